"""Exercise 8.4: whether a training step fits on a card, with a reserve."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Generator

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult

GIB = 1024**3
Answer = Callable[[int, int, int, float], bool]


def _cards(generator: Generator) -> Iterator[tuple[int, int, int, float]]:
    """(peak_bytes, card_gib, outside_bytes, reserve); reserves that a float holds exactly."""
    yield GIB // 2, 1, 0, 0.0
    yield 2 * GIB, 1, 0, 0.0
    yield 3 * GIB, 4, 2 * GIB, 0.0  # not beside what is there already
    yield 7 * GIB, 8, 0, 0.25  # not with the reserve
    yield 6 * GIB, 8, 0, 0.25  # to the last byte
    yield 6 * GIB + 1, 8, 0, 0.25
    yield GIB, 1, 0, 0.0
    # The reserve is of what is free (2 GiB), not of the card (1 GiB left).
    yield GIB * 7 // 5, 4, 2 * GIB, 0.25
    # Between 10 ** 9 and 2 ** 30 for each GiB.
    yield 21 * GIB // 2, 12, GIB // 2, 0.0
    yield 25 * 10**9, 24, 0, 0.0
    # Peak and a quarter of it: 5.0 of 6 GiB; three quarters of what is free: 4.5.
    yield GIB * 47 // 10, 6, 0, 0.25
    yield 7 * GIB, 8, 2 * GIB, 0.125
    for _ in range(20):
        card = int(torch.randint(4, 33, (1,), generator=generator))
        outside = int(torch.randint(1, 2 * GIB, (1,), generator=generator))
        peak = int(torch.randint(1, 16 * GIB, (1,), generator=generator))
        yield peak, card, outside, 0.125


def _will_it_fit(peak_bytes: int, card_gib: int, outside_bytes: int, reserve: float) -> bool:
    return peak_bytes <= (card_gib * GIB - outside_bytes) * (1 - reserve)


WILL_IT_FIT = Exercise(
    number="8.4",
    name="will_it_fit",
    reference=_will_it_fit,
    cases=_cards,
    mistakes=(
        Mistake(
            "reserve ignored",
            lambda peak_bytes, card_gib, outside_bytes, reserve: _will_it_fit(
                peak_bytes, card_gib, outside_bytes, 0.0
            ),
            "Filled to the last byte. Which part of the free memory was to stay empty?",
        ),
        Mistake(
            "outside ignored",
            lambda peak_bytes, card_gib, outside_bytes, reserve: _will_it_fit(
                peak_bytes, card_gib, 0, reserve
            ),
            "The whole card was taken for free. What is on it before the first tensor comes?",
        ),
        Mistake(
            "peak alone",
            lambda peak_bytes, card_gib, outside_bytes, reserve: _will_it_fit(
                peak_bytes, card_gib, 0, 0.0
            ),
            "The peak was compared with the whole card. What else lies there, and what was to "
            "stay empty?",
        ),
        Mistake(
            "gigabytes for gibibytes",
            lambda peak_bytes, card_gib, outside_bytes, reserve: (
                peak_bytes <= (card_gib * 10**9 - outside_bytes) * (1 - reserve)
            ),
            "Your card is about 7 % too small. How many bytes has a GiB?",
        ),
        Mistake(
            "reserve of the whole card",
            lambda peak_bytes, card_gib, outside_bytes, reserve: (
                peak_bytes <= card_gib * GIB * (1 - reserve) - outside_bytes
            ),
            "The reserve was taken from the whole card. Which memory was it to be a part of?",
        ),
        Mistake(
            "reserve added to the peak",
            lambda peak_bytes, card_gib, outside_bytes, reserve: (
                peak_bytes * (1 + reserve) <= card_gib * GIB - outside_bytes
            ),
            "The reserve was made a part of the peak. A quarter of what was to stay empty?",
        ),
        Mistake(
            "reserve added to the peak",
            lambda peak_bytes, card_gib, outside_bytes, reserve: (
                (peak_bytes + outside_bytes) * (1 + reserve) <= card_gib * GIB
            ),
            "The reserve was made a part of what is in use. A quarter of what was to stay empty?",
        ),
        Mistake(
            "bytes taken from GiB",
            lambda peak_bytes, card_gib, outside_bytes, reserve: (
                peak_bytes / GIB <= (card_gib - outside_bytes) * (1 - reserve)
            ),
            "Bytes were subtracted from GiB. In which unit is each of the arguments?",
        ),
        Mistake(
            "only the reserve is filled",
            lambda peak_bytes, card_gib, outside_bytes, reserve: (
                peak_bytes <= (card_gib * GIB - outside_bytes) * reserve
            ),
            "You allow the reserve to be filled, and nothing else. Which part is left beside it?",
        ),
        Mistake(
            "a full card refused",
            lambda peak_bytes, card_gib, outside_bytes, reserve: (
                peak_bytes < (card_gib * GIB - outside_bytes) * (1 - reserve)
            ),
            "A step that needs exactly what there is was refused. Which byte is missing?",
        ),
        Mistake(
            "the wrong way round",
            lambda peak_bytes, card_gib, outside_bytes, reserve: (
                peak_bytes >= (card_gib * GIB - outside_bytes) * (1 - reserve)
            ),
            "The answer is yes where it should be no. Which side must be the smaller one?",
        ),
        Mistake(
            "the bytes left over",
            lambda peak_bytes, card_gib, outside_bytes, reserve: int(
                (card_gib * GIB - outside_bytes) * (1 - reserve) - peak_bytes
            ),
            "These are the bytes left over. What does the question ask for?",
        ),
    ),
)


def check_will_it_fit(answer: object) -> CheckResult:
    """Check exercise 8.4: `will_it_fit(peak_bytes, card_gib, outside_bytes, reserve)` is a bool."""
    return WILL_IT_FIT.check(answer)
