"""`python course.py assignment`: what it writes, and what it refuses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from course_checks import EXERCISES
from course_checks.declared import made
from course_checks.engine import Exercise
from course_checks.isolation import is_stub
from course_launcher.assignment import SETTINGS, assignment, source_version, with_regions
from course_launcher.exercise_blocks import blocks
from course_launcher.failures import WRONG_USAGE, Failure
from course_launcher.notebook_files import read, without_outputs
from course_launcher.places import Places

from .fakes import ROOT

START = "00_start_here"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


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


def refused(places: Places, *arguments: str) -> Failure:
    with pytest.raises(Failure) as caught:
        assignment(places, [*arguments])
    assert "\n" not in str(caught.value)
    return caught.value


def test_writes_notebook_and_settings_below_the_folder_it_is_typed_in(
    places: Places,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    make(places, Path("my class"))
    out = tmp_path / "my class"
    target = out / "source" / START / f"{START}.ipynb"
    assert {path for path in out.rglob("*") if path.is_file()} == {
        out / "nbgrader_config.py",
        target,
    }
    assert (out / "nbgrader_config.py").read_text(encoding="utf-8") == SETTINGS
    printed = capsys.readouterr().out
    assert f"Written: {target} (exercises: 1, points: 1)" in printed
    assert f"in {out}: nbgrader generate_assignment {START}" in printed


def test_what_is_there_already_stays(
    places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
    target = make(places, out)
    assert SETTINGS in capsys.readouterr().out
    assert (out / "nbgrader_config.py").read_text(encoding="utf-8") == "c = get_config()\n"
    target.write_text("my own changes", encoding="utf-8")
    assert f"{target} is there already" in str(refused(places, "00", "--out", str(out)))
    assert target.read_text(encoding="utf-8") == "my own changes"


@pytest.mark.parametrize("arguments", [[], ["00"], ["--out", "x"], ["00", "01", "--out", "x"]])
def test_wrong_usage(places: Places, arguments: list[str]) -> None:
    failure = refused(places, *arguments)
    assert failure.exit_code == WRONG_USAGE
    assert "python course.py assignment 04 --out my_class" in str(failure)


def test_unknown_notebook_and_a_number_that_two_have(places: Places, tmp_path: Path) -> None:
    out = tmp_path / "out"
    unknown = refused(places, "77", "--out", str(out))
    assert str(unknown) == f"There is no notebook 77; these exist: {START}."
    shutil.copy(places.notebooks / f"{START}.ipynb", places.notebooks / "00_more.ipynb")
    assert f"00_more, {START}" in str(refused(places, "00", "--out", str(out)))
    assert not out.exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("### Exercise 0.1", "### A task", "has no exercises"),
        ("●○○", "easy", "no line with its difficulty"),
        ("from course_checks import check_batch_length", "", "imports its check"),
        ("<summary>Solution", "<summary>Answer", "must have a Solution fold"),
    ],
)
def test_what_has_not_the_form_of_an_exercise(
    places: Places, tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = places.notebooks / f"{START}.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert words in str(refused(places, "00", "--out", str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


def test_a_task_without_its_code_cell(places: Places) -> None:
    notebook = read(places.notebooks / f"{START}.ipynb")
    (block,) = blocks(notebook)
    del notebook["cells"][block.at + 1 :]
    with pytest.raises(Failure, match=r"Exercise 0\.1: .* a code cell tagged `exercise`"):
        source_version(notebook)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_exercise_has_a_solution_and_a_test_and_all_else_stays(path: Path) -> None:
    original, source = read(path), source_version(read(path))
    graded = [cell for cell in source["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
    rest = [cell for cell in source["cells"] if cell not in graded]
    exercises = list(blocks(original))
    ids = [f"exercise-{block.number.replace('.', '-')}" for block in exercises]
    assert [cell["metadata"]["nbgrader"]["grade_id"] for cell in graded] == [
        f"{id}-check" for id in ids
    ]
    assert all(cell["metadata"]["nbgrader"]["points"] in (1, 2, 3) for cell in graded)
    changed = {block.at + offset for block in exercises for offset in (1, 2)}
    pairs = zip(without_outputs(original)["cells"], rest, strict=True)
    assert {at for at, (one, other) in enumerate(pairs) if one != other} == changed
    assert len({cell["id"] for cell in source["cells"]}) == len(source["cells"])


def emptied(source: str) -> str:
    """What nbgrader makes of the regions, with the settings that we write for it."""
    region = r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION$"
    return re.sub(region, r"\1# YOUR CODE HERE\n\1...", source, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())
def test_the_solution_is_in_regions_that_leave_a_stub(exercise: Exercise) -> None:
    stub, solution = exercise.stub_text.strip(), exercise.solution.strip()
    filled = with_regions(stub, solution)
    assert exercise.judge(made(filled)).passed
    left = emptied(filled)
    assert "# YOUR CODE HERE" in left
    assert is_stub(made(left.removesuffix("\n\n# YOUR CODE HERE\n...")))
    for line in stub.splitlines():
        assert line.removesuffix("...").rstrip() in left


DOUBLE = 'def double(number):\n    """A number -> twice that number."""\n    ...'


@pytest.mark.parametrize(
    ("solution", "inside"),
    [
        ("def double(number):\n    # Twice.\n    return 2 * number", True),
        ('def double(number):\n    """Other words."""\n\n    return 2 * number', True),
        ("import operator\n\n\ndef double(number):\n    return operator.mul(2, number)", False),
        ("def double(number, /):\n    return 2 * number", False),
        ("def double(number): return 2 * number", False),
        ("double = lambda number: 2 * number", False),
    ],
)
def test_regions_are_inside_functions_where_that_leaves_the_stub(
    solution: str, inside: bool
) -> None:
    filled = with_regions(DOUBLE, solution)
    assert filled.startswith(DOUBLE) is not inside
    assert made(filled)(21) == 42
    assert is_stub(made(emptied(filled).removesuffix("\n\n# YOUR CODE HERE\n...")))
