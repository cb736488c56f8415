"""`python course.py assignment`: what it writes, and what it refuses."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from course_launcher.assignment import SETTINGS, assignment, source_version
from course_launcher.failures import Failure
from course_launcher.notebook_files import Notebook, read, text_of, without_outputs, write
from course_launcher.places import Places
from tests.notebooks.reading import PATHS

ROOT = PATHS[0].parents[1]
START = "00_start_here"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A course with one real notebook."""
    folder = tmp_path / "course" / "notebooks"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / f"{START}.ipynb", folder)
    return Places(folder.parent)


def make(places: Places, out: Path, name: str = "00") -> Path:
    assert assignment(places, [name, "--out", str(out)]) == 0
    return out / "source" / START / f"{START}.ipynb"


def failure(places: Places, *arguments: str) -> Failure:
    with pytest.raises(Failure) as caught:
        assignment(places, [*arguments])
    assert "\n" not in str(caught.value)
    return caught.value


def test_writes_notebook_and_settings(
    places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "my class"
    target = make(places, out)
    assert sorted(path for path in out.rglob("*") if path.is_file()) == [
        out / "nbgrader_config.py",
        target,
    ]
    assert (out / "nbgrader_config.py").read_text(encoding="utf-8") == SETTINGS
    printed = capsys.readouterr().out
    assert f"Written: {target} (exercises: 1, points: 1)" in printed
    assert f"nbgrader generate_assignment {START}" in printed


def test_a_folder_is_meant_and_named_from_where_the_command_is_typed(
    places: Places,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    make(places, Path("my_class"))
    out = tmp_path / "my_class"
    printed = capsys.readouterr().out
    assert f"Written: {out / 'source' / START / START}.ipynb" in printed
    assert f"in {out}: nbgrader generate_assignment" in printed
    assert f"{out / 'source'}" in str(failure(places, "00", "--out", "my_class"))


def test_a_target_is_never_overwritten(places: Places, tmp_path: Path) -> None:
    target = make(places, tmp_path / "out")
    target.write_text("my own changes", encoding="utf-8")
    refused = failure(places, "00", "--out", str(tmp_path / "out"))
    assert refused.exit_code == 1 and f"{target} is there already" in str(refused)
    assert target.read_text(encoding="utf-8") == "my own changes"


def test_settings_of_the_instructor_stay(
    places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "out" / "nbgrader_config.py"
    settings.parent.mkdir()
    settings.write_text("c = get_config()\n", encoding="utf-8")
    target = make(places, settings.parent)
    assert settings.read_text(encoding="utf-8") == "c = get_config()\n"
    assert SETTINGS in capsys.readouterr().out
    settings.write_bytes(SETTINGS.encode())
    target.unlink()
    make(places, settings.parent)
    assert SETTINGS not in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [[], ["00"], ["--out", "somewhere"], ["00", "--out"], ["00", "01", "--out", "x"], ["00", "-x"]],
)
def test_wrong_usage(places: Places, arguments: list[str]) -> None:
    refused = failure(places, *arguments)
    assert refused.exit_code == 2
    assert "python course.py assignment 04 --out my_class" in str(refused)


def test_unknown_notebook(places: Places, tmp_path: Path) -> None:
    refused = failure(places, "77", "--out", str(tmp_path / "out"))
    assert str(refused) == f"There is no notebook 77; these exist: {START}."
    assert refused.exit_code == 1
    assert not (tmp_path / "out").exists()


def test_a_number_that_two_notebooks_have(places: Places, tmp_path: Path) -> None:
    shutil.copy(places.notebooks / f"{START}.ipynb", places.notebooks / "00_more.ipynb")
    refused = failure(places, "00", "--out", str(tmp_path / "out"))
    assert refused.exit_code == 2 and f"00_more, {START}" in str(refused)


def exercise_cells(notebook: Notebook) -> list[dict[str, Any]]:
    """Task, code and folds of the first exercise."""
    cells: list[dict[str, Any]] = notebook["cells"]
    index = next(
        index for index, cell in enumerate(cells) if "exercise" in cell["metadata"].get("tags", ())
    )
    return cells[index - 1 : index + 2]


@pytest.mark.parametrize(
    ("cell", "old", "new", "words"),
    [
        (0, "### Exercise 0.1", "### A task", "has no exercises"),
        (0, "●○○", "easy", "no line with its difficulty"),
        (1, "from course_checks import check_batch_length", "", "import its check"),
        (1, "check_batch_length(batch_length)", "batch_length", "end with calling it"),
        (1, "...", "return (", "Python cannot read"),
        (2, "<summary>Solution", "<summary>Answer", "one Python block in its Solution fold"),
        (2, "```python", "```", "one Python block in its Solution fold"),
    ],
)
def test_what_has_not_the_form_of_an_exercise(
    places: Places, tmp_path: Path, cell: int, old: str, new: str, words: str
) -> None:
    path = places.notebooks / f"{START}.ipynb"
    notebook = read(path)
    changed = exercise_cells(notebook)[cell]
    changed["source"] = "".join(changed["source"]).replace(old, new)
    write(path, notebook)
    refused = failure(places, "00", "--out", str(tmp_path / "out"))
    assert words in str(refused) and f"{START}.ipynb" in str(refused)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("untagged", [True, False], ids=["untagged", "last cell"])
def test_a_task_without_its_code_cell(places: Places, untagged: bool) -> None:
    notebook = read(places.notebooks / f"{START}.ipynb")
    task, code, _ = exercise_cells(notebook)
    if untagged:
        code["metadata"]["tags"] = []
    else:
        del notebook["cells"][notebook["cells"].index(task) + 1 :]
    with pytest.raises(Failure, match=r"Exercise 0\.1 in x has no code cell tagged `exercise`"):
        source_version(notebook, "x")


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_everything_but_the_exercises_stays(path: Path) -> None:
    original = read(path)
    before = copy.deepcopy(original)
    made = source_version(original, path.name)
    assert original == before, "the argument was changed"
    assert {**made, "cells": []} == {**original, "cells": []}
    remaining = [
        cell for cell in made["cells"] if not cell["metadata"].get("nbgrader", {}).get("grade")
    ]
    changed = [
        index
        for index, (one, other) in enumerate(
            zip(without_outputs(original)["cells"], remaining, strict=True)
        )
        if text_of(one) != text_of(other)
    ]
    exercises = [
        index
        for index, cell in enumerate(original["cells"])
        if "exercise" in cell["metadata"].get("tags", ())
    ]
    assert changed == [place for index in exercises for place in (index, index + 1)]


def test_nothing_has_to_be_installed(tmp_path: Path) -> None:
    """-I and -S hide every installed package."""
    finished = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "course.py"), "assignment", "0", "--out", "here"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "here" / "source" / START / f"{START}.ipynb").is_file()


def test_nbgrader_stays_out_of_the_students_installation() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    assert not any("nbgrader" in name for name in project["dependencies"])
    assert any("nbgrader" in name for name in project["optional-dependencies"]["test"])
