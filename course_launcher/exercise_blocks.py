"""The exercises of a notebook: three cells each, rendered from what `course_checks` declares.

The task in Markdown under its heading, the code cell with the import of the check, the stub and the
call of the check, and a Markdown cell with the folds for hints and solution.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from course_launcher.failures import Failure
from course_launcher.notebook_files import Cell, Notebook, lines, source_of

_HEADING = re.compile(r"### Exercise (\d+\.\d+) · \S")
_CODE = re.compile(
    r"(?P<imports>.*^from course_checks import \w+$)(?P<stub>.*)^(?P<call>check_\w+\(.*\))$",
    re.DOTALL | re.MULTILINE,
)
_FOLD = re.compile(r"\s*<details>\s*<summary>Solution</summary>.*?</details>\s*", re.DOTALL)
_PYTHON = re.compile(r"(?<=^```python\n).*?(?=^```)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One exercise: its number, the index of its first cell, and its three cells."""

    number: str
    at: int
    task: Cell
    code: Cell
    folds: Cell

    @property
    def imports(self) -> str:
        """The lines of the code cell up to the import of the check."""
        return self._code["imports"]

    @property
    def stub(self) -> str:
        """What a student finds between the imports and the call, without blank lines around it."""
        return self._code["stub"].strip("\n")

    @property
    def call(self) -> str:
        """The code cell's last line, which calls the check."""
        return self._code["call"]

    @property
    def solution(self) -> str:
        """The Python code in the fold of the solution."""
        return self._solution[0].strip("\n")

    @property
    def hints(self) -> str:
        """The folds without that of the solution."""
        return _FOLD.sub("\n", source_of(self.folds)).strip()

    def code_with(self, stub: str) -> Cell:
        """The code cell with another text in place of the stub."""
        # As ruff lays it out: two blank lines around functions and classes.
        before, after = ("\n\n\n",) * 2 if re.match("def |class ", stub) else ("\n\n", "\n")
        return with_source(self.code, f"{self.imports}{before}{stub}{after}{self.call}")

    def folds_with(self, solution: str) -> Cell:
        """The folds with another text in place of the solution."""
        start, end = self._solution.span()
        text = source_of(self.folds)
        return with_source(self.folds, f"{text[:start]}{solution}\n{text[end:]}")

    @property
    def _code(self) -> re.Match[str]:
        found = _CODE.fullmatch(source_of(self.code))
        if found is None or "exercise" not in self.code.get("metadata", {}).get("tags", ()):
            raise Failure(
                f"Exercise {self.number}: after its task there must be a code cell tagged "
                "`exercise` that imports its check from course_checks and ends with calling it."
            )
        return found

    @property
    def _solution(self) -> re.Match[str]:
        text = source_of(self.folds)
        fold = _FOLD.search(text)
        found = _PYTHON.search(text, *fold.span()) if fold else None
        if found is None:
            raise Failure(
                f"Exercise {self.number}: the cell after its code must have a Solution fold with a "
                "block of Python in it."
            )
        return found


def blocks(notebook: Notebook) -> Iterator[Block]:
    """The exercises of the notebook in order."""
    cells = [*notebook["cells"], {}, {}]
    for at, task in enumerate(notebook["cells"]):
        heading = _HEADING.match(source_of(task))
        if task.get("cell_type") == "markdown" and heading:
            yield Block(heading[1], at, task, cells[at + 1], cells[at + 2])


def rendered(notebook: Notebook) -> Notebook:
    """The notebook with the declared stub and solution in each exercise; the argument stays.

    Raises `Failure` for an exercise that is not declared, or whose cells have not the form.
    """
    cells = list(notebook["cells"])
    for block in blocks(notebook):
        from course_checks import EXERCISES  # late: the launcher starts before it is installed

        if block.number not in EXERCISES:
            module = f"course_checks/notebook_{block.number.partition('.')[0].zfill(2)}.py"
            raise Failure(f"Exercise {block.number} is not declared: put it into {module}.")
        exercise = EXERCISES[block.number]
        cells[block.at + 1] = block.code_with(exercise.stub_text.strip("\n"))
        cells[block.at + 2] = block.folds_with(exercise.solution.strip("\n"))
    return {**notebook, "cells": cells}


def with_source(cell: Cell, source: str) -> Cell:
    """The cell with another source."""
    return {**cell, "source": lines(source)}
