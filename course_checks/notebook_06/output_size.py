"""Exercise 6.1: in how many places a window fits."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Generator

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult

Settings = tuple[int, int, int, int, int]


def _settings(generator: Generator) -> Iterator[Settings]:
    """(size, kernel_size, stride, padding, dilation), in all of which the window fits."""
    # One setting at a time first, so that the smallest wrong case shows which one went wrong.
    yield from ((5, 3, 1, 0, 1), (7, 3, 2, 0, 1), (6, 3, 2, 0, 1), (5, 3, 1, 1, 1), (7, 3, 1, 0, 2))
    for _ in range(8):
        kernel_size, stride, padding, dilation = (
            int(torch.randint(low, high, (1,), generator=generator))
            for low, high in ((2, 6), (1, 4), (0, 4), (1, 4))
        )
        reach = dilation * (kernel_size - 1) + 1
        rest = int(torch.randint(0, 30, (1,), generator=generator))
        yield reach + rest, kernel_size, stride, padding, dilation
    # Together they tell the ways of rounding apart; then the usual layers, and a window that fits
    # once or sees a single pixel.
    yield from ((9, 2, 4, 0, 1), (8, 2, 4, 0, 1), (12, 3, 4, 1, 2), (10, 3, 3, 0, 1))
    yield from ((28, 2, 2, 0, 1), (224, 7, 2, 3, 1), (5, 5, 1, 0, 1), (9, 1, 1, 0, 3))


def _output_size(size: int, kernel_size: int, stride: int, padding: int, dilation: int) -> int:
    reach = dilation * (kernel_size - 1) + 1
    return (size + 2 * padding - reach) // stride + 1


def _rounds_up(size: int, kernel_size: int, stride: int, padding: int, dilation: int) -> int:
    reach = dilation * (kernel_size - 1) + 1
    return math.ceil((size + 2 * padding - reach) / stride) + 1


def _rounds_to_nearest(
    size: int, kernel_size: int, stride: int, padding: int, dilation: int
) -> int:
    reach = dilation * (kernel_size - 1) + 1
    return round((size + 2 * padding - reach) / stride) + 1


OUTPUT_SIZE = Exercise(
    number="6.1",
    name="output_size",
    reference=_output_size,
    cases=_settings,
    mistakes=(
        Mistake(
            "padding counted once",
            lambda size, kernel_size, stride, padding, dilation: _output_size(
                size + padding, kernel_size, stride, 0, dilation
            ),
            "Padding was added once. On how many sides of the row do the extra zeros stand?",
        ),
        Mistake(
            "padding ignored",
            lambda size, kernel_size, stride, padding, dilation: _output_size(
                size, kernel_size, stride, 0, dilation
            ),
            "The result is that of a row without padding. How long is the row once zeros stand "
            "around it?",
        ),
        Mistake(
            "rounds up",
            _rounds_up,
            "A place was counted where the window hangs over the end. What happens to columns "
            "that are left over?",
        ),
        Mistake(
            "rounds to the nearest",
            _rounds_to_nearest,
            "`round` sometimes goes up, and then the window hangs over the end. Which way must a "
            "part of a step be rounded?",
        ),
        Mistake(
            "dilation ignored",
            lambda size, kernel_size, stride, padding, dilation: _output_size(
                size, kernel_size, stride, padding, 1
            ),
            "The result is that of a window without gaps. From its first to its last number, over "
            "how many columns does the window reach?",
        ),
        Mistake(
            "dilation times kernel",
            lambda size, kernel_size, stride, padding, dilation: _output_size(
                size, dilation * kernel_size, stride, padding, 1
            ),
            "You made the window `dilation * kernel_size` wide. How many gaps lie between "
            "`kernel_size` numbers?",
        ),
        Mistake(
            "first place forgotten",
            lambda *settings: _output_size(*settings) - 1,
            "One too few: that is the number of steps. How many places does a window visit that "
            "makes no step at all?",
        ),
        Mistake(
            "one added before the division",
            lambda size, kernel_size, stride, padding, dilation: (
                (size + 2 * padding - dilation * (kernel_size - 1)) // stride
            ),
            "Right for stride 1. With larger steps, is the first place itself one of the things "
            "that are divided by the stride?",
        ),
        Mistake(
            "stride ignored",
            lambda size, kernel_size, stride, padding, dilation: _output_size(
                size, kernel_size, 1, padding, dilation
            ),
            "You counted the places of a window that moves by one. How many of them are visited "
            "with this stride?",
        ),
        Mistake(
            "not rounded",
            lambda size, kernel_size, stride, padding, dilation: (
                (size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1
            ),
            "`/` gives a float, at times with a fraction. What is a part of a step worth here?",
        ),
        Mistake(
            "still a float",
            lambda *settings: float(_output_size(*settings)),
            "The value is right, but it is a float: no layer takes 13.0 features. Which division "
            "gives a whole number?",
        ),
    ),
)


def check_output_size(answer: object) -> CheckResult:
    """Check exercise 6.1: `output_size(size, kernel_size, stride, padding, dilation)`, an int."""
    return OUTPUT_SIZE.check(answer)
