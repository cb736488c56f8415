"""Exercise 9.3 of notebook 09: steps and learning rate for another batch size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator

from course_checks.engine import Exercise, Mistake

Result = tuple[int, float]


def _recipes(generator: Generator) -> Iterator[tuple[int, int, float, int]]:
    """Samples, a recipe's batch size and learning rate, the new batch size."""
    yield 10, 2, 0.5, 4  # 4, 4 and 2
    yield 12, 2, 0.5, 6  # divides
    yield 10_000, 16, 0.01, 128
    yield 10_000, 128, 0.25, 16  # a smaller batch
    for _ in range(3):
        samples, old, new = (
            int(torch.randint(low, high, (), generator=generator))
            for low, high in ((1000, 9000), (20, 60), (70, 300))
        )
        yield samples, old, int(torch.randint(1, 50, (), generator=generator)) / 100, new
    yield 100, 10, 0.125, 250  # one short batch
    yield 7, 3, 0.1, 1


def _steps(num_samples: int, batch_size: int) -> int:
    return math.ceil(num_samples / batch_size)


def _rescale(
    num_samples: int, batch_size: int, learning_rate: float, new_batch_size: int
) -> Result:
    return _steps(num_samples, new_batch_size), learning_rate * new_batch_size / batch_size


Part = Callable[[int, int, int], Any]


def _with_steps(steps: Part) -> Callable[[int, int, float, int], tuple[Any, float]]:
    """The right rate with other steps: samples, old size, new size -> steps."""

    def wrong(
        num_samples: int, batch_size: int, learning_rate: float, new_batch_size: int
    ) -> tuple[Any, float]:
        rate = learning_rate * new_batch_size / batch_size
        return steps(num_samples, batch_size, new_batch_size), rate

    return wrong


def _with_rate(factor: Callable[[float], float]) -> Callable[[int, int, float, int], Result]:
    """The right steps with another rate: the factor by which the batch grew -> the rate's."""

    def wrong(
        num_samples: int, batch_size: int, learning_rate: float, new_batch_size: int
    ) -> Result:
        growth = new_batch_size / batch_size
        return _steps(num_samples, new_batch_size), learning_rate * factor(growth)

    return wrong


RESCALE = Exercise(
    number="9.3",
    name="rescale",
    reference=_rescale,
    cases=_recipes,
    mistakes=(
        Mistake(
            "short batch not counted",
            _with_steps(lambda samples, old, new: samples // new),
            "Whole batches only. What becomes of the samples that are left at the end of an epoch?",
        ),
        Mistake(
            "one step too many",
            _with_steps(lambda samples, old, new: samples // new + 1),
            "Right unless the batch size divides the samples. "
            "How large would the last batch be then?",
        ),
        Mistake(
            "rounds to the nearest",
            _with_steps(lambda samples, old, new: round(samples / new)),
            "The steps were rounded to the nearest. Does a short batch get a step or not?",
        ),
        Mistake(
            "steps not rounded",
            _with_steps(lambda samples, old, new: samples / new),
            "The steps are a float, at times with a fraction. Can a part of a step be taken?",
        ),
        Mistake(
            "steps of the old size",
            _with_steps(lambda samples, old, new: _steps(samples, old)),
            "These are the steps of the recipe's own batch size. Which size will your loader have?",
        ),
        Mistake(
            "old steps scaled",
            _with_steps(lambda samples, old, new: _steps(samples, old) * old // new),
            "The old steps were scaled and rounded down. "
            "From which two numbers do the new steps follow directly?",
        ),
        Mistake(
            "rate unchanged",
            _with_rate(lambda growth: 1.0),
            "The steps are right, and the rate is the old one. "
            "How far do fewer steps of the same length go?",
        ),
        Mistake(
            "rate scaled the wrong way",
            _with_rate(lambda growth: 1 / growth),
            "The rate shrinks when the batch grows. "
            "With fewer steps in an epoch, should each be shorter or longer?",
        ),
        Mistake(
            "square root",
            _with_rate(math.sqrt),
            "The rate grew like the square root of the batch, a rule that exists too. "
            "What does the linear one say for twice the batch?",
        ),
        Mistake(
            "factor rounded",
            lambda num_samples, batch_size, learning_rate, new_batch_size: (
                _steps(num_samples, new_batch_size),
                learning_rate * (new_batch_size // batch_size),
            ),
            "The batch's growth was rounded down to a whole number. "
            "What is it when the batch gets smaller?",
        ),
        Mistake(
            "rate times the new size",
            lambda num_samples, batch_size, learning_rate, new_batch_size: (
                _steps(num_samples, new_batch_size),
                learning_rate * new_batch_size,
            ),
            "The rate was multiplied by the new batch size. "
            "By which factor has the batch grown from the recipe's?",
        ),
        Mistake(
            "order swapped",
            lambda *recipe: _rescale(*recipe)[::-1],
            "Both numbers are right. In which order does the task ask for them?",
        ),
    ),
)
