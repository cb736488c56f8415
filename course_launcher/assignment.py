"""`python course.py assignment`: a notebook as a source assignment for nbgrader.

nbgrader itself is not needed for that. What it makes of the files (the students' version without
solutions, the grades) it makes in the instructor's own installation.
"""

import argparse
import ast
import os
import re
from pathlib import Path
from typing import NoReturn

from course_launcher import notebook_files
from course_launcher.exercise_blocks import Block, blocks, with_source
from course_launcher.failures import WRONG_USAGE, Failure
from course_launcher.files import write_whole
from course_launcher.notebook_files import Cell, Notebook, source_of
from course_launcher.places import Places

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

_DIFFICULTY = re.compile(r"^([●○]{3}) · ", re.MULTILINE)


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
    notebook = source_version(notebook_files.read(paths[0]))
    target.parent.mkdir(parents=True, exist_ok=True)
    settings = course / "nbgrader_config.py"
    wanted = SETTINGS.encode("utf-8")
    if not os.path.lexists(settings):
        write_whole(settings, wanted)
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


def source_version(notebook: Notebook) -> Notebook:
    """The notebook as nbgrader's source: solutions in their cells, graded tests below them.

    The solution's fold goes, the hints stay, and so does every cell that is no exercise. Raises
    `Failure` for a notebook without exercises, or with one that has not the course's form.
    """
    made = notebook_files.without_outputs(notebook)
    exercises = list(blocks(made))
    if not exercises:
        raise Failure("This notebook has no exercises: there is nothing to make an assignment of.")
    cells: list[Cell] = made["cells"]
    for block in reversed(exercises):
        cells[block.at + 1 : block.at + 3] = [
            _solution_cell(block),
            _graded_cell(block),
            with_source(block.folds, block.hints),
        ]
    return made


def _solution_cell(block: Block) -> Cell:
    cell = block.code_with(with_regions(block.stub, block.solution))
    return _with_metadata(cell, _grade_id(block), solution=True)


def _graded_cell(block: Block) -> Cell:
    difficulty = _DIFFICULTY.search(source_of(block.task))
    if difficulty is None:
        raise Failure(
            f"Exercise {block.number}: its task has no line with its difficulty, such as "
            "`●●○ · 5 minutes`."
        )
    points = difficulty[1].count("●")
    cell: Cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": f"{block.code['id'][:50]}-check",
        "metadata": {"slideshow": {"slide_type": "skip"}},
        "outputs": [],
    }
    source = _HIDDEN_TEST.format(
        number=block.number, points=points, imports=block.imports, call=block.call
    )
    cell = with_source(cell, source)
    return _with_metadata(cell, f"{_grade_id(block)}-check", grade=True, points=points)


def _grade_id(block: Block) -> str:
    return "exercise-" + block.number.replace(".", "-")


def _with_metadata(
    cell: Cell,
    grade_id: str,
    *,
    grade: bool = False,
    solution: bool = False,
    points: int | None = None,
) -> Cell:
    """The cell with nbgrader's own entry in its metadata; a graded cell is locked."""
    entry: dict[str, object] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": grade,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        entry["points"] = points
    return {**cell, "metadata": {**cell["metadata"], "nbgrader": entry}}


# --- the regions that nbgrader empties for the students -----------------------------------------


def with_regions(stub: str, solution: str) -> str:
    """The solution with regions that nbgrader empties for the students, which leaves the stub.

    Where the solution is functions, the regions are their bodies: students keep the signatures and
    docstrings. Where that would not leave the stub, one region below the stub takes its place.
    """
    regions, emptied = solution.splitlines(), solution.splitlines()
    for function in reversed(_functions(solution)):
        body = function.body[ast.get_docstring(function) is not None :]
        if not body or body[0].lineno == function.lineno:
            continue
        first, last = body[0].lineno - 1, function.end_lineno
        while regions[first - 1].lstrip().startswith("#"):
            first -= 1
        indent = " " * body[0].col_offset
        begin, end = f"{indent}### BEGIN SOLUTION", f"{indent}### END SOLUTION"
        regions[first:last] = [begin, *regions[first:last], end]
        emptied[first:last] = [f"{indent}..."]
    if _meaning("\n".join(emptied)) == _meaning(stub):
        return "\n".join(regions)
    return f"{stub}\n\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"


def _functions(source: str) -> list[ast.FunctionDef]:
    """The functions at the top level and the methods of its classes, in order."""
    found = []
    for statement in ast.parse(source).body:
        parts = statement.body if isinstance(statement, ast.ClassDef) else [statement]
        found += [part for part in parts if isinstance(part, ast.FunctionDef)]
    return found


def _meaning(source: str) -> str:
    """The code without comments, layout and docstrings, to be compared."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
