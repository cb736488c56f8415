"""Every test of the environment begins on a machine that is well."""

import shutil

import pytest

from tests.course_launcher.environment.looking import Usage


@pytest.fixture(autouse=True)
def a_known_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is there and a disk with room; everything else as it is on this machine."""
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2e12, 1e12, 1e12))
