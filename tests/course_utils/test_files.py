"""A file is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from course_utils.files import write_whole


def test_the_new_content_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [*tmp_path.iterdir()] == [path]


def test_the_file_before_it_can_be_kept(tmp_path: Path) -> None:
    path, kept = tmp_path / "a.pt", tmp_path / "a.previous.pt"
    for content in (b"one", b"two", b"three"):
        write_whole(path, content, keep_as=kept)
    assert (path.read_bytes(), kept.read_bytes()) == (b"three", b"two")


def test_a_failure_leaves_the_file_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.json"
    write_whole(path, b"one")
    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"two")
    assert path.read_bytes() == b"one"
    assert [*tmp_path.iterdir()] == [path]


def test_what_a_killed_process_has_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".a.json.x1.new").write_bytes(b"half")
    (tmp_path / ".b.json.x1.new").write_bytes(b"of another file")
    write_whole(tmp_path / "a.json", b"whole")
    assert sorted(file.name for file in tmp_path.iterdir()) == [".b.json.x1.new", "a.json"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_it_is_an_ordinary_file_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"one")
    assert path.stat().st_mode & 0o777 == 0o644
    path.chmod(0o640)
    write_whole(path, b"two")
    assert path.stat().st_mode & 0o777 == 0o640
