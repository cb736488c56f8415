"""Every exercise of the course, in order: what the tests go through, so that none escapes them.

`python -m course_checks` prints the progress over the whole course.
"""

from __future__ import annotations

import html

from course_checks import (
    notebook_00,
    notebook_01,
    notebook_02,
    notebook_03,
    notebook_04,
    notebook_05,
    notebook_06,
    notebook_07,
    notebook_08,
    notebook_09,
    notebook_10,
)
from course_checks.engine import Exercise
from course_checks.progress import passed_exercises
from course_checks.result import show

EXERCISES: dict[str, Exercise] = {
    exercise.number: exercise
    for module in (
        notebook_00,
        notebook_01,
        notebook_02,
        notebook_03,
        notebook_04,
        notebook_05,
        notebook_06,
        notebook_07,
        notebook_08,
        notebook_09,
        notebook_10,
    )
    for exercise in module.EXERCISES
}
"""Number ("1.2") to exercise."""


def of_notebook(notebook: str) -> list[Exercise]:
    """The exercises of one notebook ("01"), in order.

    Raises ValueError for a notebook without exercises.
    """
    chapter = notebook.lstrip("0") or "0"
    found = [one for number, one in EXERCISES.items() if number.partition(".")[0] == chapter]
    if not found:
        raise ValueError(f'notebook: expected a number such as "01", got {notebook!r}')
    return found


def show_progress(notebook: str) -> None:
    """Show which exercises of a notebook ("01") have been passed on this machine.

    Raises ValueError for a notebook without exercises.
    """
    exercises, passed = of_notebook(notebook), passed_exercises()
    done = sum(one.number in passed for one in exercises)
    head = f"{done} of {len(exercises)} exercises of notebook {notebook} passed"
    signs = [("✓" if one.number in passed else "○", one) for one in exercises]
    lines = [f"{sign} {one.number} {one.name}" for sign, one in signs]
    items = "".join(f"<br>{html.escape(line)}" for line in lines)
    show(f"<div><b>{head}</b>{items}</div>", "\n  ".join([head, *lines]))
