"""What holds for every exercise of the course, generated from the registry: none can escape.

Each notebook's right answers, right but unusual answers, and wrong answers as students write them
stand in `answers_NN.py` beside this file.
"""

from __future__ import annotations

import importlib
import inspect
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import course_checks as exercises
from course_checks import EXERCISES, CheckResult
from course_checks.engine import Exercise
from tests.notebooks.reading import PATHS, Cell, CourseNotebook

NOTEBOOKS = [CourseNotebook(path) for path in PATHS]
CHAPTERS = sorted({number.partition(".")[0].zfill(2) for number in EXERCISES})
ANSWERS = {
    chapter: importlib.import_module(f"tests.course_checks.answers_{chapter}")
    for chapter in CHAPTERS
}

EVERY = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())
MISTAKES = [(one, mistake) for one in EXERCISES.values() for mistake in one.mistakes]


def answers(kind: str) -> list[Any]:
    """(exercise, answer[, allowed names]) of every notebook's list of `kind`, named for pytest."""
    found = []
    for module in ANSWERS.values():
        for number, entries in getattr(module, kind).items():
            for position, entry in enumerate(entries):
                name = f"{number}-{position}"
                found.append(pytest.param(EXERCISES[number], entry, id=name))
    return found


def exercise_blocks() -> Iterator[tuple[str, Cell, Cell, Cell]]:
    """(number, task, code cell, folds) of each exercise in the notebooks, in order."""
    for notebook in NOTEBOOKS:
        for task, code, folds in zip(
            notebook.cells, notebook.cells[1:], notebook.cells[2:], strict=False
        ):
            heading = re.match(r"### Exercise (\d+\.\d+) · \S", task.source)
            if heading:
                yield heading[1], task, code, folds


BLOCKS = {number: (task, code, folds) for number, task, code, folds in exercise_blocks()}


def run_cell(source: str, name: str) -> tuple[Any, CheckResult]:
    """Run an exercise's cell as the notebook would: the student's object and the verdict."""
    scope: dict[str, Any] = {"torch": torch}
    lines = source.rstrip().splitlines()
    call = lines.pop()
    exec(compile("\n".join(lines), "<cell>", "exec"), scope)
    result = eval(call, scope)
    return scope.get(name), result


def solution_of(folds: Cell) -> str:
    """The solution in the folds, as a reader would copy it."""
    solution = folds.source.partition("<summary>Solution</summary>")[2]
    blocks = re.findall(r"```python\n(.*?)```", solution, flags=re.S)
    assert len(blocks) == 1
    return str(blocks[0])


def test_the_notebooks_have_exactly_these_exercises() -> None:
    assert list(BLOCKS) == list(EXERCISES)
    assert len(EXERCISES) >= 15
    assert len(MISTAKES) >= 45


@EVERY
def test_block_is_complete(exercise: Exercise) -> None:
    task, code, folds = BLOCKS[exercise.number]
    assert re.search(r"^[●○]{3} · \d+ minutes · for ", task.source, flags=re.M)
    assert "exercise" in code.tags
    assert f"import check_{exercise.name}\n" in code.source
    for summary in ("Hint 1", "Hint 2", "Solution"):
        assert f"<summary>{summary}</summary>" in folds.source


@EVERY
def test_the_check_is_public_and_says_what_it_wants(exercise: Exercise) -> None:
    check = getattr(exercises, f"check_{exercise.name}")
    assert f"exercise {exercise.number}" in (inspect.getdoc(check) or "")
    assert check(exercise.reference).exercise == exercise.number


@EVERY
def test_stub_is_not_attempted(exercise: Exercise) -> None:
    _, result = run_cell(BLOCKS[exercise.number][1].source, exercise.name)
    assert not result.attempted
    assert not result.passed


@EVERY
def test_folded_solution_passes(exercise: Exercise) -> None:
    _, code, folds = BLOCKS[exercise.number]
    call = code.source.rstrip().splitlines()[-1]
    imports = [line for line in code.source.splitlines() if re.match(r"(from|import) ", line)]
    _, result = run_cell("\n".join([*imports, solution_of(folds), call]), exercise.name)
    assert result.passed, result.message


@pytest.mark.parametrize(
    ("exercise", "mistake"),
    MISTAKES,
    ids=[f"{one.number}-{mistake.id}" for one, mistake in MISTAKES],
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_mistake_is_named(exercise: Exercise, mistake: Any, seed: int) -> None:
    result = exercise.judge(mistake.wrong, seed)
    assert (result.passed, result.attempted, result.mistake) == (False, True, mistake.id)
    assert len(result.message.splitlines()) <= 5
    assert len(mistake.message) <= 220


@EVERY
def test_messages_do_not_give_the_solution(exercise: Exercise) -> None:
    """No line of the folded solution stands in a message."""
    solution = solution_of(BLOCKS[exercise.number][2]).splitlines()[1:]
    telling = [line.strip().removeprefix("return ") for line in solution if len(line.strip()) > 12]
    for mistake in exercise.mistakes:
        assert not any(line in mistake.message for line in telling)


@pytest.mark.parametrize(("exercise", "answer"), answers("RIGHT"))
def test_right_but_unusual_answers_pass(exercise: Exercise, answer: Any) -> None:
    result = exercise.judge(answer)
    assert result.passed, result.message


@EVERY
def test_there_are_unusual_answers(exercise: Exercise) -> None:
    right = ANSWERS[exercise.number.partition(".")[0].zfill(2)].RIGHT
    assert len(right.get(exercise.number, ())) >= (3 if callable(exercise.reference) else 0)


@EVERY
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**40))
def test_a_right_answer_never_fails(exercise: Exercise, seed: int) -> None:
    assert exercise.judge(exercise.reference, seed).passed


def _raises(*arguments: Any, **options: Any) -> Any:
    raise KeyError("a message\nof two lines")


def _prints(*arguments: Any, **options: Any) -> Any:
    print("x" * 1000)


def _returns_none_after_work(*arguments: Any, **options: Any) -> Any:
    _ = [1 for _ in range(10)]


def _returns_a_wrong_type(*arguments: Any, **options: Any) -> Any:
    return {"a": object()}


def _changes_its_input(*arguments: Any, **options: Any) -> Any:
    for argument in arguments:
        if isinstance(argument, torch.Tensor):
            argument.zero_()
        elif isinstance(argument, list):
            argument.clear()
        elif isinstance(argument, torch.nn.Module):
            argument.train()


def _changes_global_state(*arguments: Any, **options: Any) -> Any:
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1 if torch.get_num_threads() > 1 else 2)
    sys.setrecursionlimit(sys.getrecursionlimit() + 7)


def _recurses(*arguments: Any, **options: Any) -> Any:
    return _recurses(*arguments, **options)


def _is_slow(*arguments: Any, **options: Any) -> Any:
    time.sleep(0.02)


def _leaves(*arguments: Any, **options: Any) -> Any:
    sys.exit(3)


class _NotAnAnswer:
    """A class where a function is expected, with methods that do nothing of use."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.arguments = arguments


HOSTILE: list[Any] = [
    _raises, _prints, _returns_none_after_work, _returns_a_wrong_type, _changes_its_input,
    _changes_global_state, _recurses, _is_slow, _leaves, _NotAnAnswer, 7, "text", [], {}, object(),
    torch.zeros(3), lambda: None,
]  # fmt: skip


def global_state() -> tuple[Any, ...]:
    """What an answer must not be able to change."""
    return (
        torch.get_rng_state().tolist(),
        str(np.random.get_state()),
        random.getstate(),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.get_num_threads(),
        sys.getrecursionlimit(),
        sys.stdout,
    )


@EVERY
@pytest.mark.parametrize(
    "answer", HOSTILE, ids=[getattr(one, "__name__", repr(one)[:20]) for one in HOSTILE]
)
def test_hostile_answers_get_a_verdict_and_do_no_harm(
    exercise: Exercise, answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before = global_state()
    result = getattr(exercises, f"check_{exercise.name}")(answer)
    assert not result.passed
    assert len(result.message.splitlines()) <= 5
    assert "Traceback" not in capsys.readouterr().out
    assert global_state() == before


@pytest.mark.parametrize(("exercise", "entry"), answers("WRONG"))
def test_students_wrong_answers(exercise: Exercise, entry: tuple[Callable[..., Any], Any]) -> None:
    """A wrong answer never passes, and is named as nothing that it is not.

    An entry is the answer with the id of the mistake it makes, or None where no known name fits.
    """
    answer, name = entry
    result = exercise.judge(answer)
    assert not result.passed
    assert result.attempted
    assert result.mistake == name, result.message


def test_most_wrong_answers_are_named() -> None:
    entries = [
        entry for module in ANSWERS.values() for one in module.WRONG.values() for entry in one
    ]
    named = [name for _, name in entries if name is not None]
    assert len(entries) >= 40
    assert len(named) >= 0.7 * len(entries)
