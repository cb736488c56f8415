"""Exercise 5.6 of notebook 05: running sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Generator

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult


class _Accumulator:
    def __init__(self, n: int) -> None:
        self.data: list[Any] = [0.0] * n

    def add(self, *values: Any) -> None:
        pairs = zip(self.data, values, strict=True)
        self.data = [total + float(value) for total, value in pairs]

    def reset(self) -> None:
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> Any:
        return self.data[index]


class _Overwrites(_Accumulator):
    def add(self, *values: Any) -> None:
        self.data = [float(value) for value in values]


class _KeepsTensors(_Accumulator):
    def add(self, *values: Any) -> None:
        self.data = [total + value for total, value in zip(self.data, values, strict=True)]


class _OneArgument(_Accumulator):
    def add(self, values: Any) -> None:
        super().add(*values)


# The message names the class, and a student's has the name that was asked for.
_OneArgument.add.__qualname__ = "Accumulator.add"


class _EmptyAfterReset(_Accumulator):
    def reset(self) -> None:
        self.data = []


class _NotReset(_Accumulator):
    def reset(self) -> None:
        self.data = list(self.data)


class _ResetForgetsOthers(_Accumulator):
    def reset(self) -> None:
        self.data[0] = 0.0


class _Appends(_Accumulator):
    def add(self, *values: Any) -> None:
        self.data += [float(value) for value in values]


class _EverythingToEverySum(_Accumulator):
    def add(self, *values: Any) -> None:
        self.data = [total + sum(float(value) for value in values) for total in self.data]


class _OnlyFirst(_Accumulator):
    def add(self, *values: Any) -> None:
        self.data[0] += float(values[0])


class _CountsFromOne(_Accumulator):
    def __getitem__(self, index: int) -> Any:
        return self.data[index - 1]


class _WholeNumbers(_Accumulator):
    def add(self, *values: Any) -> None:
        pairs = zip(self.data, values, strict=True)
        self.data = [total + int(value) for total, value in pairs]


class _Shared(_Accumulator):
    """One list for all: what `data` written in the class body, not in `__init__`, amounts to."""

    everyone: list[float]

    def __init__(self, n: int) -> None:
        if len(getattr(_Shared, "everyone", [])) != n:
            _Shared.everyone = [0.0] * n
        self.data = _Shared.everyone

    def add(self, *values: Any) -> None:
        for index, value in enumerate(values):
            self.data[index] += float(value)

    def reset(self) -> None:
        for index in range(len(self.data)):
            self.data[index] = 0.0


def _scripts(generator: Generator) -> Iterator[tuple[int, list[list[Any]]]]:
    """How many sums, and the values of each call of `add`."""

    def draw(n: int) -> list[float]:
        # Not whole, not 0, and never the same twice in one call.
        return [
            round(float(value), 2) + 0.5
            for value in 1 + torch.randperm(20, generator=generator)[:n]
        ]

    yield 2, [draw(2), draw(2)]
    yield 3, [draw(3) for _ in range(4)]
    yield 5, [draw(5)]
    yield 2, [[torch.tensor(value) for value in draw(2)], draw(2)]
    yield 4, [[True, 2, -1.5, 1e6], draw(4)]


def _watch(answer: Any, n: int, calls: list[list[Any]]) -> dict[str, Any]:
    """Let two objects of the class work beside each other, and read all their sums."""

    def sums(metric: Any) -> list[Any]:
        return [metric[index] for index in range(n)]

    metric, other = answer(n), answer(n)
    seen = {"at the start": sums(metric)}
    _add_all(metric, calls[:1])
    seen["after the first add"] = sums(metric)
    _add_all(metric, calls[1:])
    seen["after every add"] = sums(metric)
    seen["in a second Accumulator"] = sums(other)
    metric.reset()
    seen["after reset"] = sums(metric)
    _add_all(metric, calls[-1:])
    seen["after reset and one add"] = sums(metric)
    metric.reset()
    return seen


def _add_all(metric: Any, calls: Sequence[Sequence[Any]]) -> None:
    for values in calls:
        metric.add(*values)


ACCUMULATOR = Exercise(
    number="5.6",
    name="accumulator",
    reference=_Accumulator,
    cases=_scripts,
    observe=_watch,
    mistakes=(
        Mistake(
            "overwrites",
            _Overwrites,
            "After two calls of add, only the second is left. Where should the old sums come in?",
        ),
        Mistake(
            "keeps tensors",
            _KeepsTensors,
            "The sums of tensors are tensors, and they keep all the notes of the training. What "
            "makes a Python number of a value?",
        ),
        Mistake(
            "takes one list",
            _OneArgument,
            "add is called with several values, one beside the other. Which sign before the "
            "parameter's name collects them?",
        ),
        Mistake(
            "empty after reset",
            _EmptyAfterReset,
            "After reset there are no sums left to read. How many should there be, and of what "
            "value?",
        ),
        Mistake(
            "not reset",
            _NotReset,
            "After reset the sums are what they were. What should each of them become?",
        ),
        Mistake(
            "resets the first sum only",
            _ResetForgetsOthers,
            "After reset only the first sum is 0. What about the others?",
        ),
        Mistake(
            "appends",
            _Appends,
            "The values were put behind the sums and not added to them. What does + do between "
            "two lists?",
        ),
        Mistake(
            "adds everything to every sum",
            _EverythingToEverySum,
            "Every sum got all the values. Which value belongs to which sum?",
        ),
        Mistake(
            "first sum only",
            _OnlyFirst,
            "Only the first sum grows. How do you walk through sums and values together?",
        ),
        Mistake(
            "counts from one",
            _CountsFromOne,
            "metric[0] gave the last sum. Which index has the first entry of a list?",
        ),
        Mistake(
            "whole numbers",
            _WholeNumbers,
            "The sums lost what stands after the decimal point. A loss is rarely a whole number: "
            "which type keeps it?",
        ),
        Mistake(
            "shared",
            _Shared,
            "What one object adds, another one shows. Does every object make its own list?",
        ),
    ),
)


def check_accumulator(answer: object) -> CheckResult:
    """Check exercise 5.6: the class `Accumulator(n)` with `add`, `reset` and `metric[i]`."""
    return ACCUMULATOR.check(answer)
