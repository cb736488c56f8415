"""Every exercise of the course, in order, read from the modules `notebook_NN` beside this file.

`python -m course_checks` prints the progress over the whole course.
"""

from __future__ import annotations

import html
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

from course_checks.engine import Exercise
from course_checks.progress import passed_exercises
from course_checks.result import CheckResult, show


def _declared() -> Iterator[Exercise]:
    """The exercises of every module `notebook_NN`, in the order in which they stand there."""
    for module in sorted(pkgutil.iter_modules([str(Path(__file__).parent)]), key=lambda m: m.name):
        if module.name.startswith("notebook_"):
            found = vars(importlib.import_module(f"course_checks.{module.name}")).values()
            yield from (value for value in found if isinstance(value, Exercise))


EXERCISES: dict[str, Exercise] = {exercise.number: exercise for exercise in _declared()}
"""Number ("1.2") to exercise."""


def check_of(exercise: Exercise) -> Callable[[object], CheckResult]:
    """The function that a notebook calls as `check_<name>`, with the task in its help."""

    def check(answer: object) -> CheckResult:
        return exercise.check(answer)

    check.__name__ = check.__qualname__ = f"check_{exercise.name}"
    what = inspect.getdoc(exercise.reference) if callable(exercise.reference) else exercise.name
    check.__doc__ = f"Check exercise {exercise.number}: {what}"
    return check


CHECKS = {f"check_{exercise.name}": check_of(exercise) for exercise in EXERCISES.values()}
"""Name ("check_softmax") to the function that checks an answer."""


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
