"""Exercise 9.1 of notebook 09: the largest batch on the line through two measurements."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Generator

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms

Point = tuple[int, int]
"""A batch size and the peak bytes of a step with it."""


def _measurements(generator: Generator) -> Iterator[tuple[Point, Point, int, float]]:
    """Two points, the card's bytes, the share that may be used."""
    yield (1, 130), (3, 190), 500, 0.8  # to the byte
    yield (1, 130), (3, 190), 419, 1.0  # one byte short of the eleventh
    yield (13, 1050), (10, 1000), 5005, 1.0  # the larger first; 50 bytes for 3 samples
    for _ in range(4):
        per_sample, fixed, size, more, fits = (
            int(torch.randint(low, high, (), generator=generator))
            for low, high in ((20, 90), (200, 900), (2, 9), (3, 40), (30, 300))
        )
        # Most of one more sample is left over: rounding up or to the nearest is seen.
        usable = fixed + per_sample * fits + per_sample * 3 // 4
        share = float(torch.randint(5, 9, (), generator=generator)) / 10
        first, second = (
            (batch_size, fixed + per_sample * batch_size) for batch_size in (size, size + more)
        )
        yield first, second, round(usable / share), share
    yield (64, 18_766_760), (128, 35_583_912), 16 * 1024**2, 1.0  # the CNN of the notebook
    yield (4, 900), (2, 700), 590, 1.0  # not one sample
    yield (4, 900), (2, 700), 700, 0.5  # not even the fixed part


def _line(first: Point, second: Point) -> tuple[float, float]:
    per_sample = (second[1] - first[1]) / (second[0] - first[0])
    return first[1] - first[0] * per_sample, per_sample


def _largest_batch(first: Point, second: Point, capacity: int, share: float) -> int:
    fixed, per_sample = _line(first, second)
    return max(0, math.floor((share * capacity - fixed) / per_sample))


Made = Callable[[float, float, int, float], float]


def _made(result: Made) -> Callable[[Point, Point, int, float], float]:
    """A wrong answer from the right line: fixed, per_sample, capacity, share -> batch size."""

    def wrong(first: Point, second: Point, capacity: int, share: float) -> float:
        return max(0, result(*_line(first, second), capacity, share))

    return wrong


def _below_zero(first: Point, second: Point, capacity: int, share: float) -> int:
    fixed, per_sample = _line(first, second)
    return math.floor((share * capacity - fixed) / per_sample)


def _cut_below_zero(first: Point, second: Point, capacity: int, share: float) -> int:
    fixed, per_sample = _line(first, second)
    return int((share * capacity - fixed) / per_sample)


def _one_point(which: int) -> Callable[..., int]:
    """The bytes of one measurement divided by its batch size, as if nothing were fixed."""

    def wrong(first: Point, second: Point, capacity: int, share: float) -> int:
        size, nbytes = (first, second)[which]
        return int(share * capacity // (nbytes / size))

    return wrong


def _difference_undivided(first: Point, second: Point, capacity: int, share: float) -> int:
    per_sample = second[1] - first[1]
    return max(0, math.floor((share * capacity - (first[1] - first[0] * per_sample)) / per_sample))


def _slope_rounded(first: Point, second: Point, capacity: int, share: float) -> int:
    per_sample = (second[1] - first[1]) // (second[0] - first[0])
    return max(0, math.floor((share * capacity - (first[1] - first[0] * per_sample)) / per_sample))


def _difference_taken_away(first: Point, second: Point, capacity: int, share: float) -> int:
    per_sample = second[1] - first[1]
    return max(0, math.floor((share * capacity - (first[1] - per_sample)) / per_sample))


def _cut_towards_zero(first: Point, second: Point, capacity: int, share: float) -> int:
    _, per_sample = _line(first, second)
    return max(0, int((share * capacity - first[1]) / per_sample) + first[0])


def _first_is_fixed(first: Point, second: Point, capacity: int, share: float) -> int:
    _, per_sample = _line(first, second)
    return max(0, math.floor((share * capacity - first[1]) / per_sample))


LARGEST_BATCH = Exercise(
    number="9.1",
    name="largest_batch",
    reference=_largest_batch,
    cases=_measurements,
    mistakes=(
        *in_forms(
            "fixed part ignored",
            "All of the memory was shared out among the samples. "
            "What lies on the card before the first sample comes?",
            _made(lambda fixed, each, capacity, share: math.floor(share * capacity / each)),
            _one_point(0),
            _one_point(1),
        ),
        Mistake(
            "rounds up",
            _made(
                lambda fixed, each, capacity, share: math.ceil((share * capacity - fixed) / each)
            ),
            "A sample was counted that fits only in part. What does the card do with it?",
        ),
        Mistake(
            "rounds to the nearest",
            _made(lambda fixed, each, capacity, share: round((share * capacity - fixed) / each)),
            "`round` sometimes goes up, and then the step runs out of memory. "
            "Which way must a part of a sample be rounded?",
        ),
        *in_forms(
            "headroom applied twice",
            "The reserve was taken twice. Once the share of the capacity has been formed, "
            "is there anything left to reduce?",
            _made(lambda fixed, each, capacity, share: (share**2 * capacity - fixed) // each),
            _made(
                lambda fixed, each, capacity, share: math.floor(
                    (share**2 * capacity - fixed) / each
                )
            ),
            _made(
                lambda fixed, each, capacity, share: math.floor(
                    share * (share * capacity - fixed) / each
                )
            ),
            _made(
                lambda fixed, each, capacity, share: int(
                    share * math.floor((share * capacity - fixed) / each)
                )
            ),
        ),
        *in_forms(
            "headroom taken from the batch",
            "The share was taken of the samples, after the fixed part. "
            "Of which number does the task ask for a share?",
            _made(
                lambda fixed, each, capacity, share: int(
                    share * math.floor((capacity - fixed) / each)
                )
            ),
            _made(
                lambda fixed, each, capacity, share: math.floor(share * (capacity - fixed) / each)
            ),
        ),
        Mistake(
            "headroom ignored",
            _made(lambda fixed, each, capacity, share: math.floor((capacity - fixed) / each)),
            "This batch would fill the whole card. How much of it may be used?",
        ),
        *in_forms(
            "below zero",
            "There is no batch with a negative number of samples. "
            "What should come back if not even the fixed part fits?",
            _below_zero,
            _cut_below_zero,
        ),
        *in_forms(
            "difference undivided",
            "The difference in bytes was taken for one sample's. "
            "By how many samples do the two batches differ?",
            _difference_undivided,
            _difference_taken_away,
        ),
        Mistake(
            "cut towards zero",
            _cut_towards_zero,
            "Right unless the answer lies below the batch that you start from. "
            "Does `int` round a negative number down or up?",
        ),
        Mistake(
            "slope rounded",
            _slope_rounded,
            "The bytes per sample were rounded, and hundreds of samples make the error large. "
            "At which point is rounding right?",
        ),
        Mistake(
            "first measurement taken for fixed",
            _first_is_fixed,
            "The bytes of the first measurement were taken for the fixed part. "
            "How many samples are in them?",
        ),
        Mistake(
            "fixed part added",
            _made(
                lambda fixed, each, capacity, share: math.floor((share * capacity + fixed) / each)
            ),
            "The fixed part made the batch larger. Does it take memory or give it?",
        ),
        Mistake(
            "not rounded",
            _made(lambda fixed, each, capacity, share: (share * capacity - fixed) / each),
            "The result is a float, at times with a fraction. What is a part of a sample worth?",
        ),
        Mistake(
            "still a float",
            lambda *arguments: float(_largest_batch(*arguments)),
            "The value is right, but it is a float, and `//` with floats gives one. "
            "What makes a whole number of it?",
        ),
    ),
)
