"""The stored notebooks hold what is declared, and `execute` renders it into a new exercise."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from course_checks import EXERCISES
from course_launcher.exercise_blocks import rendered
from course_launcher.failures import Failure
from course_launcher.notebook_files import Notebook, joined, read

from .fakes import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def new_exercise(number: str = "1.1", **cells: str) -> Notebook:
    """A notebook with an exercise as somebody begins to write it."""
    sources = {
        "task": f"### Exercise {number} · Flatten\n\n●○○ · 3 minutes",
        "code": "from course_checks import check_flatten_batch\ncheck_flatten_batch(flatten_batch)",
        "folds": "<details>\n<summary>Solution</summary>\n\n```python\n```\n\nWhy.\n\n</details>",
        **cells,
    }
    made: list[dict[str, Any]] = [
        {"cell_type": "markdown", "metadata": {}, "source": source} for source in sources.values()
    ]
    made[1] |= {"cell_type": "code", "metadata": {"tags": ["exercise"]}}
    return {"cells": made}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_notebooks_are_rendered(path: Path) -> None:
    stored = read(path)
    for cell, wanted in zip(stored["cells"], rendered(stored)["cells"], strict=True):
        assert joined(cell["source"]) == joined(wanted["source"])


def test_a_new_exercise_gets_stub_and_solution() -> None:
    begun = new_exercise()
    before = copy.deepcopy(begun)
    made = rendered(begun)
    assert begun == before, "the argument was changed"
    stub, solution = EXERCISES["1.1"].stub_text.strip(), EXERCISES["1.1"].solution
    assert joined(made["cells"][1]["source"]) == (
        "from course_checks import check_flatten_batch\n\n\n"
        f"{stub}\n\n\ncheck_flatten_batch(flatten_batch)"
    )
    assert f"```python\n{solution}```\n\nWhy.\n" in joined(made["cells"][2]["source"])
    assert rendered(made) == made


@pytest.mark.parametrize(
    ("notebook", "words"),
    [
        (new_exercise("1.77"), "1.77 is not declared: put it into course_checks/notebook_01.py"),
        (new_exercise(code="check_flatten_batch(flatten_batch)"), "imports its check"),
        (new_exercise(folds="no fold"), "must have a Solution fold"),
    ],
)
def test_what_cannot_be_rendered_is_said(notebook: Notebook, words: str) -> None:
    with pytest.raises(Failure, match=words):
        rendered(notebook)
