"""A program that differs from the solution in one token does not pass, unless nobody can tell."""

from __future__ import annotations

import contextlib

import pytest

from course_checks import EXERCISES
from course_checks.declared import made
from course_checks.engine import Exercise
from tests.course_checks.mutants import mutants

EQUIVALENT = {
    ("5.6", "line 8: True → False"): "the task says nothing of a wrong number of values",
    ("9.1", "line 6: FloorDiv → Div"): "`int` cuts what `//` rounds down; below 0, both are 0",
    ("9.1", "line 6: arguments exchanged"): "the larger of two numbers, in whichever order",
}
"""Mutants that behave like the solution in every way a student could see, and why."""


def survivors(exercise: Exercise) -> set[tuple[str, str]]:
    """The mutants of the solution that the check lets pass."""
    found = set()
    for words, text in mutants(exercise.solution):
        with contextlib.suppress(TypeError, ValueError, AttributeError, NameError):
            if exercise.judge(made(text)).passed:
                found.add((exercise.number, words))
    return found


@pytest.mark.parametrize(
    "exercise",
    [pytest.param(one, id=number) for number, one in EXERCISES.items() if not one.stub],
)
def test_every_other_mutant_fails(exercise: Exercise) -> None:
    known = {key for key in EQUIVALENT if key[0] == exercise.number}
    assert survivors(exercise) == known
