"""A disk that is full in the middle of a save: said in one sentence, and nothing is lost.

`benchmarks/full_disk.py` shows the same on a real file system without room.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from course_utils.models import SoftmaxRegression
from course_utils.training import load_checkpoint, save_checkpoint
from tests.course_utils.train.launching import SMALL, assert_same_bits, program

Fill = Callable[[int], None]


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Fill:
    """`room(n)`: from now on the disk takes n more bytes, of however many files."""
    fdopen, left = os.fdopen, [0]

    class Disk:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Disk:
            return self

        def __exit__(self, *error: object) -> None:
            self.file.close()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

        def write(self, content: bytes) -> None:
            self.file.write(content[: left[0]])
            left[0] -= len(content)
            if left[0] < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill(count: int) -> None:
        left[0] = count
        monkeypatch.setattr(os, "fdopen", lambda *arguments: Disk(fdopen(*arguments)))

    return fill


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_save_that_finds_no_room_leaves_what_was_there(
    room: Fill, share: float, tmp_path: Path
) -> None:
    path = tmp_path / "run.pt"
    for epoch in (1, 2):
        save_checkpoint(path, SoftmaxRegression(), epoch)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    room(int(share * path.stat().st_size))
    with pytest.raises(RuntimeError) as caught:
        save_checkpoint(path, SoftmaxRegression(), 3)
    sentence = str(caught.value)
    assert sentence.startswith(f"path: the checkpoint {path} could not be written (")
    assert "No space left on device" in sentence and "\n" not in sentence
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert load_checkpoint(path, SoftmaxRegression()) == 2


def test_ctrl_c_in_a_save_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.pt"
    save_checkpoint(path, SoftmaxRegression(), 1)
    before = path.read_bytes()

    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(path, SoftmaxRegression(), 2)
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]
    assert path.read_bytes() == before


def test_what_a_killed_save_left_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "run [1].pt"  # what glob would take for a pattern
    left, others = tmp_path / ".run [1].pt.abc.new", tmp_path / ".run 1.pt.abc.new"
    left.write_bytes(b"half")
    others.write_bytes(b"half")
    save_checkpoint(path, SoftmaxRegression(), 1)
    assert sorted(file.name for file in tmp_path.iterdir()) == [others.name, path.name]


def test_the_program_ends_with_a_sentence_and_goes_on_once_there_is_room(
    room: Fill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = (*SMALL, "--epochs", 4)
    assert program(*run, "--checkpoint-dir", tmp_path / "whole") == 0
    size = (tmp_path / "whole" / "checkpoint.pt").stat().st_size
    full = tmp_path / "full"
    room(int(2.5 * size))
    assert program(*run, "--checkpoint-dir", full) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"the checkpoint {full / 'checkpoint.pt'} could not be written (")
    assert "No space left on device" in error and error.count("\n") == 1
    kept = {file.name: torch.load(file, weights_only=True)["epoch"] for file in full.iterdir()}
    assert kept == {"checkpoint.pt": 2, "checkpoint.previous.pt": 1}
    monkeypatch.undo()
    assert program(*run, "--checkpoint-dir", full, "--resume") == 0
    assert_same_bits(tmp_path / "whole", full)
