"""What holds for every exercise of the course, read from what is declared: none can escape.

`answers_NN.py` beside this file holds answers as students write them: unusual right ones, and wrong
ones with the name that each should get.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import course_checks
from course_checks import EXERCISES, CheckResult
from course_checks.declared import made
from course_checks.engine import Exercise
from course_checks.isolation import is_stub
from tests.notebooks.reading import PATHS, Cell, CourseNotebook

EVERY = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())


def exercise_blocks() -> Iterator[tuple[str, tuple[Cell, Cell, Cell]]]:
    """Number, and (task, code cell, folds), of each exercise in the notebooks, in order."""
    for path in PATHS:
        cells = CourseNotebook(path).cells
        for block in zip(cells, cells[1:], cells[2:], strict=False):
            heading = re.match(r"### Exercise (\d+\.\d+) · \S", block[0].source)
            if heading:
                yield heading[1], block


BLOCKS = dict(exercise_blocks())


def answers(kind: str) -> list[Any]:
    """(exercise, entry) of every file of answers, named for pytest; an edit becomes an answer."""
    found = []
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("answers_"):
            continue
        stored = getattr(importlib.import_module(f"tests.course_checks.{module.name}"), kind)
        for number, entries in stored.items():
            for position, entry in enumerate(entries):
                name = f"{number}-{position}"
                found.append(pytest.param(EXERCISES[number], entry, id=name))
    return found


def test_the_notebooks_have_the_declared_exercises_in_order() -> None:
    assert list(BLOCKS) == list(EXERCISES)


@EVERY
def test_block_is_complete(exercise: Exercise) -> None:
    task, code, folds = BLOCKS[exercise.number]
    assert re.search(r"^[●○]{3} · \d+ minutes · for ", task.source, flags=re.M)
    assert "exercise" in code.tags
    assert f"from course_checks import check_{exercise.name}\n" in code.source
    for summary in ("Hint 1", "Hint 2", "Solution"):
        assert f"<summary>{summary}</summary>" in folds.source


@EVERY
def test_stub_is_not_attempted_and_the_solution_passes(exercise: Exercise) -> None:
    check = getattr(course_checks, f"check_{exercise.name}")
    assert f"exercise {exercise.number}" in check.__doc__
    untouched: CheckResult = check(made(exercise.stub_text))
    assert is_stub(made(exercise.stub_text))
    assert (untouched.attempted, untouched.passed) == (False, False)
    solved: CheckResult = check(exercise.reference)
    assert (solved.passed, solved.exercise) == (True, exercise.number), solved.message


@pytest.mark.parametrize(
    ("exercise", "mistake"),
    [
        pytest.param(one, mistake, id=f"{one.number}-{mistake.id}")
        for one in EXERCISES.values()
        for mistake in one.mistakes
    ],
)
def test_each_mistake_is_named_and_the_solution_not_told(exercise: Exercise, mistake: Any) -> None:
    for wrong in exercise.forms(mistake):
        result = exercise.judge(wrong)
        assert (result.passed, result.attempted, result.mistake) == (False, True, mistake.id)
        assert len(result.message.splitlines()) <= 5
    lines = [line.strip().removeprefix("return ") for line in exercise.solution.splitlines()[1:]]
    assert not any(line in mistake.message for line in lines if len(line) > 12)


@pytest.mark.parametrize(("exercise", "entry"), answers("RIGHT"))
def test_right_but_unusual_answers_pass(exercise: Exercise, entry: Any) -> None:
    result = exercise.judge(exercise.answer_of(entry))
    assert result.passed, result.message


@pytest.mark.parametrize(("exercise", "entry"), answers("WRONG"))
def test_wrong_answers_fail_under_their_own_name_or_none(
    exercise: Exercise, entry: tuple[Any, str | None]
) -> None:
    result = exercise.judge(exercise.answer_of(entry[0]))
    assert (result.passed, result.attempted) == (False, True)
    assert result.mistake == entry[1], result.message


def _raises(*arguments: Any, **options: Any) -> Any:
    raise KeyError("a message\nof two lines")


def _overwrites_its_input(*arguments: Any, **options: Any) -> Any:
    for argument in arguments:
        if isinstance(argument, torch.Tensor):
            argument.zero_()
        elif isinstance(argument, list):
            argument.clear()


@EVERY
@pytest.mark.parametrize("answer", [_raises, _overwrites_its_input, 7, [], torch.zeros(3)])
def test_what_is_no_answer_gets_a_verdict(exercise: Exercise, answer: Any) -> None:
    result = exercise.judge(answer)
    assert not result.passed
    assert len(result.message.splitlines()) <= 5
