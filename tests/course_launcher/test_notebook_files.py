"""Notebook files: by number, written whole or not at all, and what they say of themselves."""

import copy
import os
from pathlib import Path

import pytest

from course_launcher import notebook_files
from course_launcher.failures import Failure
from course_launcher.notebook_files import (
    content_hash,
    joined,
    lessons,
    read,
    without_outputs,
    write,
)

from .fakes import ROOT, notebook_with, store


def test_without_outputs_keeps_all_else() -> None:
    notebook = notebook_with("x")
    bare = without_outputs(notebook)
    assert bare["cells"][0]["outputs"] == [] and bare["cells"][0]["execution_count"] is None
    assert notebook["cells"][0]["execution_count"] == 7
    assert content_hash(bare) == content_hash(notebook)


def test_content_is_types_and_sources_whatever_the_line_ends() -> None:
    notebook = notebook_with("x\ny")
    assert content_hash(notebook) == content_hash(notebook_with("x\r\ny\n"))
    assert content_hash(notebook) != content_hash(notebook_with("y"))
    prose = copy.deepcopy(notebook)
    prose["cells"][0]["cell_type"] = "markdown"
    assert content_hash(prose) != content_hash(notebook)


@pytest.mark.parametrize("text", ["{", "<<<<<<< HEAD", "[]", '{"cells": [1]}'])
def test_what_is_no_notebook_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "03_broken.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Failure, match=r"03_broken\.ipynb"):
        read(path)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(path, notebook_with("new"))
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.ipynb"]


@pytest.mark.parametrize(
    "name", ["5", "05", "05_softmax", "05_softmax.ipynb", "notebooks/05_softmax"]
)
def test_choose(tmp_path: Path, name: str) -> None:
    for stem in ("00_start", "05_softmax", "10_beyond"):
        store(tmp_path / f"{stem}.ipynb", "x")
    assert [path.stem for path in notebook_files.choose(tmp_path, [name])] == ["05_softmax"]


def test_choose_several_all_and_none(tmp_path: Path) -> None:
    for stem in ("00_start", "05_softmax", "10_beyond"):
        store(tmp_path / f"{stem}.ipynb", "x")
    chosen = notebook_files.choose(tmp_path, ["10", "0", "10_beyond"])
    assert [path.stem for path in chosen] == ["10_beyond", "00_start"]
    assert len(notebook_files.choose(tmp_path, [])) == 3
    with pytest.raises(Failure, match="no notebook 7; these exist: 00_start, 05_softmax, 10_"):
        notebook_files.choose(tmp_path, ["5", "7"])


def test_joined() -> None:
    assert joined(["a\n", "b"]) == joined("a\nb") == "a\nb"


def test_the_notebooks_describe_themselves() -> None:
    for number, lesson in enumerate(lessons(ROOT / "notebooks")):
        assert lesson.title.startswith(f"{number:02} · ") and lesson.file.startswith(
            f"{number:02}_"
        )
        assert lesson.promise.endswith(".") and lesson.minutes.isdecimal() and lesson.exercises
        assert all(one.partition(".")[0] == str(number) for one in lesson.exercises)
