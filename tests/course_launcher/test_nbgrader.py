"""What nbgrader itself makes of an assignment, from the source to the exported grade."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from course_checks import EXERCISES
from course_launcher.assignment import assignment
from course_launcher.exercise_blocks import blocks
from course_launcher.notebook_files import Cell, Notebook, joined, read, write
from course_launcher.places import Places

from .fakes import ROOT

NAME = "01_tensor_shapes"

# A right answer may warn: nbgrader by itself would take that for a failed test.
NOISE = """
import sys
import warnings

def flatten_batch(images, quiet=flatten_batch):
    print("a word on stderr", file=sys.stderr)
    warnings.warn("a warning", stacklevel=1)
    return quiet(images)
"""

ANSWERS = {
    "exercise-1-1": EXERCISES["1.1"].solution + NOISE,
    "exercise-1-2": "def picture_to_tensor(pixels):\n    return torch.from_numpy(pixels)",
    "exercise-1-4": "def channel_statistics(images):\n    raise SystemExit",
}
"""What the student hands in: right, wrong, not touched (1.3), and an answer that ends Python."""


def nbgrader(folder: Path, *command: str) -> None:
    """Run one of nbgrader's commands in the course's folder; it must succeed."""
    home = folder.parent / "home"
    finished = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=folder,
        env={
            **os.environ,
            **dict.fromkeys(("HOME", "USERPROFILE", "APPDATA"), str(home)),
            **{f"JUPYTER_{kind}_DIR": str(home / kind) for kind in ("CONFIG", "DATA", "RUNTIME")},
            "IPYTHONDIR": str(home / "ipython"),
            "COURSE_PROGRESS": str(home / "progress.json"),
            # nbgrader starts `alembic` by its bare name.
            "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert finished.returncode == 0, finished.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instructor's course with one assignment and one submission, graded and exported."""
    folder = tmp_path_factory.mktemp("nbgrader") / "class"
    assert assignment(Places(ROOT), [NAME, "--out", str(folder)]) == 0
    nbgrader(folder, "generate_assignment", NAME)
    notebook = stored(folder, "release")
    for block in blocks(notebook):
        grade_id = block.code["metadata"]["nbgrader"]["grade_id"]
        if grade_id in ANSWERS:
            notebook["cells"][block.at + 1] = block.code_with(ANSWERS[grade_id])
    target = folder / "submitted" / "ada" / NAME / f"{NAME}.ipynb"
    target.parent.mkdir(parents=True)
    write(target, notebook)
    nbgrader(folder, "autograde", NAME)
    nbgrader(folder, "export")
    return folder


def stored(course: Path, *stage: str) -> Notebook:
    return read(course.joinpath(*stage, NAME, f"{NAME}.ipynb"))


def graded_cells(notebook: Notebook) -> dict[str, Cell]:
    """Grade id to the cell that holds a graded test."""
    entries = [(cell["metadata"].get("nbgrader", {}), cell) for cell in notebook["cells"]]
    return {entry["grade_id"]: cell for entry, cell in entries if entry.get("grade")}


def test_students_get_stubs_and_hints_and_no_solution(course: Path) -> None:
    released = stored(course, "release")
    everything = "\n".join(joined(cell["source"]) for cell in released["cells"])
    for word in ("BEGIN", "END SOLUTION", "HIDDEN", "<summary>Solution"):
        assert word not in everything
    assert everything.count("<summary>Hint 1") == 4
    for block in blocks(released):
        given = EXERCISES[block.number].stub_text.strip()
        assert block.stub == given.replace("    ...", "    # YOUR CODE HERE\n    ...")


def test_the_grade_is_the_points_of_what_is_right(course: Path) -> None:
    points = {
        grade_id: cell["metadata"]["nbgrader"]["points"]
        for grade_id, cell in graded_cells(stored(course, "source")).items()
    }
    with (course / "grades.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["max_score"]) == sum(points.values())
    assert float(row["score"]) == points["exercise-1-1-check"]


def test_the_notebook_runs_through_and_the_student_reads_the_verdicts(course: Path) -> None:
    graded = stored(course, "autograded", "ada")
    failed = [id for id, cell in graded_cells(graded).items() if "error" in kinds(cell)]
    assert failed == ["exercise-1-2-check", "exercise-1-3-check", "exercise-1-4-check"]
    words = ["correct", "not yet", "not attempted yet", "not yet"]
    for block, word in zip(blocks(graded), words, strict=True):
        assert word in shown(block.code["outputs"])


def kinds(cell: Cell) -> set[str]:
    return {output["output_type"] for output in cell["outputs"]}


def shown(outputs: list[dict[str, Any]]) -> str:
    return "\n".join(joined(output.get("data", {}).get("text/plain", "")) for output in outputs)


def test_grading_is_not_the_instructors_progress(course: Path) -> None:
    assert not (course.parent / "home" / "progress.json").exists()
    assert (course / "autograded" / "ada" / NAME / "progress.json").exists()
