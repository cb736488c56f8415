"""An instructor's nbgrader course in a folder of its own, driven by nbgrader's commands."""

from __future__ import annotations

import ast
import csv
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_launcher.assignment import assignment
from course_launcher.notebook_files import Cell, Notebook, joined, read, write
from course_launcher.places import Places
from tests.notebooks.reading import FOLDER

PLACES = Places(FOLDER.parent)


@dataclass(frozen=True)
class NbgraderCourse:
    """The folder of the course, and a home in which nbgrader, Jupyter and IPython may write."""

    folder: Path
    home: Path

    def add(self, name: str) -> None:
        """Write the course's notebook `name` as a source assignment."""
        assert assignment(PLACES, [name, "--out", str(self.folder)]) == 0

    def run(self, *command: str) -> str:
        """Run one nbgrader command; return what it printed. It must succeed."""
        finished = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        assert finished.returncode == 0, finished.stdout
        return finished.stdout

    def _environment(self) -> dict[str, str]:
        """This process's, with every place that something is written to inside the folders."""
        home = str(self.home)
        # nbgrader starts `alembic` by its bare name, and kernels share the tests' one thread.
        paths = [sysconfig.get_path("scripts"), os.environ.get("PATH", "")]
        return {
            **os.environ,
            "HOME": home,
            "USERPROFILE": home,
            "APPDATA": home,
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "IPYTHONDIR": str(self.home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "MPLCONFIGDIR": str(self.home / "matplotlib"),
            "COURSE_PROGRESS": str(self.home / "progress.json"),
            "OMP_NUM_THREADS": "1",
            "PATH": os.pathsep.join(paths),
        }

    def source(self, name: str) -> Notebook:
        """What our command wrote."""
        return read(self.folder / "source" / name / f"{name}.ipynb")

    def released(self, name: str) -> Notebook:
        """What nbgrader made of it for the students."""
        return read(self.folder / "release" / name / f"{name}.ipynb")

    def autograded(self, student: str, name: str) -> Notebook:
        """A submission as nbgrader has run it."""
        return read(self.folder / "autograded" / student / name / f"{name}.ipynb")

    def submit(self, student: str, name: str, answers: dict[str, str]) -> None:
        """Hand in the released notebook, with an answer in place of each stub it is given for."""
        notebook = self.released(name)
        for grade_id, cell in nbgrader_cells(notebook, "solution").items():
            if grade_id in answers:
                before, _, call = parts(joined(cell["source"]))
                cell["source"] = f"{before}\n\n{answers[grade_id]}\n\n{call}"
        target = self.folder / "submitted" / student / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True)
        write(target, notebook)

    def scores(self) -> dict[tuple[str, str], tuple[float, float]]:
        """(student, assignment) to score and maximum, from the file of nbgrader's export."""
        with (self.folder / "grades.csv").open(encoding="utf-8", newline="") as file:
            return {
                (row["student_id"], row["assignment"]): (
                    float(row["score"]),
                    float(row["max_score"]),
                )
                for row in csv.DictReader(file)
            }


def nbgrader_cells(notebook: Notebook, role: str) -> dict[str, Cell]:
    """The cells of one role ("solution" or "grade"), by grade id without the test's suffix."""
    return {
        cell["metadata"]["nbgrader"]["grade_id"].removesuffix("-check"): cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get(role)
    }


def grade_id(number: str) -> str:
    """The grade id of exercise `number` ("1.2")."""
    return "exercise-" + number.replace(".", "-")


def parts(source: str) -> tuple[str, str, str]:
    """An exercise's cell: the import of its check, the student's part, the call of the check."""
    lines, statements = source.splitlines(), ast.parse(source).body
    first, last = statements[0].end_lineno or 0, statements[-1].lineno - 1
    return "\n".join(lines[:first]), "\n".join(lines[first:last]), "\n".join(lines[last:])


def imports(notebook: Notebook) -> dict[str, Any]:
    """The names that the notebook's cells import, as a scope to run one of its cells in."""
    scope: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            for statement in ast.parse(joined(cell["source"])).body:
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    run([statement], scope)
    return scope


def run(code: str | list[ast.stmt], scope: dict[str, Any]) -> Any:
    """Run code as a notebook does; return the value of its last line, if that is an expression."""
    body = ast.parse(code).body if isinstance(code, str) else code
    last = body[-1] if body and isinstance(body[-1], ast.Expr) else None
    module = ast.Module(body=body[:-1] if last else body, type_ignores=[])
    _as_cell(module, scope, exec)
    return _as_cell(ast.Expression(last.value), scope, eval) if last else None


def _as_cell(
    tree: ast.Module | ast.Expression, scope: dict[str, Any], how: Callable[..., Any]
) -> Any:
    mode = "exec" if isinstance(tree, ast.Module) else "eval"
    return how(compile(tree, "<cell>", mode), scope)
