"""Where full data sets are kept: the argument, else the environment, else the user's cache."""

import sys
from pathlib import Path

import pytest

from course_utils.datasets import data_folder


def test_the_folder_is_the_argument_else_the_environment_else_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "environment"))
    assert data_folder(tmp_path / "argument") == tmp_path / "argument"
    assert data_folder() == tmp_path / "environment"
    assert data_folder("~/data") == Path.home() / "data"
    monkeypatch.delenv("COURSE_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    home = Path.home()
    for platform, caches in (
        ("linux", tmp_path / "xdg"),
        ("darwin", home / "Library" / "Caches"),
        ("win32", tmp_path / "local"),
    ):
        monkeypatch.setattr(sys, "platform", platform)
        assert data_folder() == caches / "batch-by-batch"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(sys, "platform", "linux")
    assert data_folder() == home / ".cache" / "batch-by-batch"
    assert not any(tmp_path.iterdir())
