"""Fixtures: a course folder, and the machine that pretends to run commands in it."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_launcher import commands, lab
from course_launcher.failures import GIB
from course_launcher.places import Places

from .fakes import FakeMachine, make_course


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A course of two notebooks in which nobody has passed anything."""
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    return make_course(tmp_path / "my course")


@pytest.fixture
def machine(places: Places, monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    fake = FakeMachine(places)
    for name in ("run", "run_keeping_errors", "answer_of"):
        monkeypatch.setattr(commands, name, getattr(fake, name))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100 * GIB))
    monkeypatch.setattr(lab, "is_root", lambda: False)
    return fake
