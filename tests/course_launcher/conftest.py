"""Fixtures: a course folder, and the machine that pretends to run commands in it."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from course_launcher import commands, lab
from course_launcher.failures import GIB
from course_launcher.places import Places

from .fakes import FakeMachine, make_course


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(params=[False, True], ids=["posix", "windows"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    return make_course(tmp_path / "my course", windows=request.param)


@pytest.fixture
def machine(places: Places, monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    fake = FakeMachine(places)
    for name in ("run", "run_keeping_errors", "answer_of"):
        monkeypatch.setattr(commands, name, getattr(fake, name))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: _Usage(0, 0, 100 * GIB))
    monkeypatch.setattr(lab, "is_root", lambda: False)
    return fake
