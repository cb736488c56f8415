"""`python course.py assignment`: a notebook as a source assignment for nbgrader.

nbgrader itself is not needed for that. What it makes of the files (the students' version without
solutions, the grades) it makes in the instructor's own installation.
"""

import argparse
import ast
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from course_launcher import notebook_files
from course_launcher.failures import Failure
from course_launcher.notebook_files import Cell, Notebook, joined
from course_launcher.places import Places
from course_launcher.solution_regions import with_regions

WRONG_USAGE = 2

SETTINGS = '''\
"""What nbgrader has to know about assignments that come from the course Batch by Batch."""

import os

c = get_config()  # noqa: F821

# An exercise that nobody has touched then stays a stub, and its check says "not attempted yet".
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\n..."}

# The first import of torch can take longer than nbgrader's 30 seconds.
c.Execute.timeout = 120

# Beside each graded submission: what your students pass is not your own progress.
os.environ["COURSE_PROGRESS"] = "progress.json"
'''

# nbgrader takes whatever a graded cell writes to stderr for a failure, a mere warning too.
_HIDDEN_TEST = """\
# Exercise {number} is graded here, with the check that you see above. Points: {points}
### BEGIN HIDDEN TESTS
import contextlib
import io

{imports}

with contextlib.redirect_stderr(io.StringIO()):
    assert {call}.passed
### END HIDDEN TESTS"""

_HEADING = re.compile(r"### Exercise (\d+\.\d+) · \S")
_DIFFICULTY = re.compile(r"^([●○]{3}) · ", re.MULTILINE)
_SOLUTION_FOLD = re.compile(
    r"\s*<details>\s*<summary>Solution</summary>(.*?)</details>\s*", re.DOTALL
)
_FENCED = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


# --- the command --------------------------------------------------------------------------------


def assignment(places: Places, arguments: list[str]) -> int:
    """Write a notebook into an nbgrader course folder, where no earlier version of it is."""
    words = _parser().parse_args(arguments)
    paths = notebook_files.choose(places.notebooks, [words.notebook])
    if len(paths) > 1:
        names = ", ".join(path.stem for path in paths)
        raise Failure(f"{words.notebook} means more than one notebook: {names}.", WRONG_USAGE)
    name, course = paths[0].stem, Path(words.out).absolute()
    target = course / "source" / name / paths[0].name
    if os.path.lexists(target):
        raise Failure(f"{target} is there already: move it away or choose another folder.")
    notebook = source_version(notebook_files.read(paths[0]), paths[0].name)
    target.parent.mkdir(parents=True, exist_ok=True)
    settings = course / "nbgrader_config.py"
    wanted = SETTINGS.encode("utf-8")
    if not os.path.lexists(settings):
        notebook_files.write_bytes(settings, wanted)
    elif settings.read_bytes() != wanted:
        print(f"{settings} stays as it is; put these lines into it:\n\n{SETTINGS}")
    notebook_files.write(target, notebook)
    points = [
        cell["metadata"]["nbgrader"]["points"]
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade")
    ]
    print(f"Written: {target} (exercises: {len(points)}, points: {sum(points)})")
    print(
        "Next, with the environment activated that holds nbgrader and the course, in "
        f"{course}: nbgrader generate_assignment {name}"
    )
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Failure(
            f"Which notebook, and where to ({message})? For example: "
            "python course.py assignment 04 --out my_class",
            WRONG_USAGE,
        )


def _parser() -> argparse.ArgumentParser:
    made = _Parser(prog="python course.py assignment", add_help=False, allow_abbrev=False)
    made.add_argument("notebook", metavar="NOTEBOOK")
    made.add_argument("--out", metavar="FOLDER", required=True)
    return made


# --- the notebook -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Exercise:
    """One exercise: its number, its points, the code of its cell in parts, and its solution."""

    number: str
    points: int
    source: str
    imports: str
    stub: str
    call: str
    solution: str

    @property
    def grade_id(self) -> str:
        return "exercise-" + self.number.replace(".", "-")


def source_version(notebook: Notebook, name: str) -> Notebook:
    """The notebook `name` as nbgrader's source: solutions in their cells, graded tests below.

    The solution's fold goes, the hints stay, and so does every cell that is no exercise. Raises
    `Failure` for a notebook without exercises, or with one that has not the course's form.
    """
    cells: list[Cell] = []
    remaining = iter(notebook_files.without_outputs(notebook)["cells"])
    found = False
    for cell in remaining:
        cells.append(cell)
        heading = _HEADING.match(joined(cell["source"]))
        if cell["cell_type"] != "markdown" or heading is None:
            continue
        found = True
        where = f"Exercise {heading[1]} in {name}"
        code: Cell = next(remaining, {})
        folds: Cell = next(remaining, {})
        exercise = _exercise(heading[1], where, cell, code, folds)
        cells += [
            _solution_cell(exercise, code),
            _graded_cell(exercise, code),
            _with_source(folds, _SOLUTION_FOLD.sub("\n", joined(folds["source"])).strip()),
        ]
    if not found:
        raise Failure(f"{name} has no exercises, so there is nothing to make an assignment of.")
    return {**notebook, "cells": cells}


def _exercise(number: str, where: str, task: Cell, code: Cell, folds: Cell) -> _Exercise:
    """Read the three cells of an exercise. Raises `Failure` where they have not its form."""
    difficulty = _DIFFICULTY.search(joined(task["source"]))
    if difficulty is None:
        raise Failure(f"{where} has no line with its difficulty, such as `●●○ · 5 minutes`.")
    if "exercise" not in code.get("metadata", {}).get("tags", ()):
        raise Failure(f"{where} has no code cell tagged `exercise` right after its task.")
    fold = _SOLUTION_FOLD.search(joined(folds.get("source", "")))
    solutions = _FENCED.findall(fold[1]) if fold else []
    if len(solutions) != 1:
        raise Failure(f"{where} must have one Python block in its Solution fold.")
    source = joined(code["source"])
    try:
        statements = ast.parse(source).body
        ast.parse(solutions[0])
    except SyntaxError as error:
        raise Failure(f"{where} holds code that Python cannot read: {error}.") from error
    imports = [one for one in statements if _imports_check(one)]
    if not imports or len(statements) < 3 or not _calls_check(statements[-1]):
        raise Failure(f"{where}: its cell must import its check and end with calling it.")
    lines = source.splitlines()
    first, last = imports[-1].end_lineno or 0, statements[-1].lineno - 1
    return _Exercise(
        number=number,
        points=difficulty[1].count("●"),
        source=source,
        imports="\n".join(lines[:first]),
        stub="\n".join(lines[first:last]).strip("\n"),
        call="\n".join(lines[last:]),
        solution=solutions[0].strip("\n"),
    )


def _imports_check(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "course_checks"


def _calls_check(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    function = statement.value.func
    return isinstance(function, ast.Name) and function.id.startswith("check_")


def _solution_cell(exercise: _Exercise, cell: Cell) -> Cell:
    answer = with_regions(exercise.stub, exercise.solution)
    source = exercise.source.replace(exercise.stub, answer, 1)
    return _with_source(cell, source, _metadata(exercise.grade_id, solution=True))


def _graded_cell(exercise: _Exercise, cell: Cell) -> Cell:
    metadata = _metadata(f"{exercise.grade_id}-check", grade=True, points=exercise.points)
    made: Cell = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"slideshow": {"slide_type": "skip"}},
        "outputs": [],
    }
    if "id" in cell:
        made["id"] = f"{cell['id'][:50]}-check"
    source = _HIDDEN_TEST.format(
        number=exercise.number,
        points=exercise.points,
        imports=exercise.imports,
        call=exercise.call,
    )
    return _with_source(made, source, metadata)


def _metadata(
    grade_id: str, *, grade: bool = False, solution: bool = False, points: int | None = None
) -> dict[str, object]:
    """nbgrader's own entry in a cell's metadata; a graded cell is locked."""
    metadata: dict[str, object] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": grade,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return metadata if points is None else {**metadata, "points": points}


def _with_source(cell: Cell, source: str, nbgrader: dict[str, object] | None = None) -> Cell:
    metadata = cell["metadata"] if nbgrader is None else {**cell["metadata"], "nbgrader": nbgrader}
    return {**cell, "metadata": metadata, "source": source.splitlines(keepends=True)}
