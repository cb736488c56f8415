"""Exercise 3.1 of notebook 03: how many batches an epoch has, and how long the last one is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Generator

from course_checks.engine import Exercise
from course_checks.forms import in_forms
from course_checks.notebook_03.counting import (
    DROPPED,
    KEPT,
    KEPT_OR_REMAINS,
    Answer,
    all_or_full,
    always_plus_one,
    answers,
    count_batches,
    divided,
    down,
    down_plus_one,
    half_up,
    nearest,
    nothing,
    one_step_too_far,
    rest,
    rest_or_full,
    rest_or_full_if_any,
    right_count,
    up,
    up_minus_one,
)
from course_checks.result import CheckResult


def _counts(generator: Generator) -> Iterator[tuple[int, int, bool]]:
    yield from ((5, 2, False), (5, 2, True), (6, 2, False), (6, 2, True))
    yield from ((9, 4, False), (11, 4, False))  # less and more than half a batch left over
    for _ in range(4):
        samples = int(torch.randint(50, 5_000, (1,), generator=generator))
        batch_size = int(torch.randint(2, 40, (1,), generator=generator))
        yield samples, batch_size, False
        yield samples, batch_size, True
    yield from ((10_000, 32, False), (7, 1, False), (3, 8, False), (3, 8, True), (0, 4, False))


def _wrong_way_round(right: Answer) -> Answer:
    return lambda samples, batch_size, drop_last: right(samples, batch_size, not drop_last)


def _swapped(right: Answer) -> Answer:
    return lambda samples, batch_size, drop_last: right(samples, batch_size, drop_last)[::-1]


def _none_for_few(samples: int, batch_size: int, drop_last: bool) -> tuple[int, int]:
    return (0, 0) if samples < batch_size else count_batches(samples, batch_size, drop_last)


def _two_numbers(answer: Any, samples: int, batch_size: int, drop_last: bool) -> Any:
    """The two numbers under their names, so that a difference is said in the task's words."""
    came = answer(samples, batch_size, drop_last)
    if came is None:
        return None
    pair = came if isinstance(came, tuple | list) and len(came) == 2 else (came, "missing")
    return {"number of batches": pair[0], "size of the last batch": pair[1]}


def _as_floats(samples: int, batch_size: int, drop_last: bool) -> tuple[float, float]:
    number, last = count_batches(samples, batch_size, drop_last)
    return float(number), float(last)


COUNT_BATCHES = Exercise(
    number="3.1",
    name="count_batches",
    reference=count_batches,
    cases=_counts,
    observe=_two_numbers,
    mistakes=(
        *in_forms(
            "a last batch where there is none",
            "Where no batch comes at all, you still give the last one a size. Which size does the "
            "task ask for then?",
            *answers(right_count, KEPT, DROPPED)[:-1],  # the last form is right
            *answers(right_count, KEPT, (all_or_full,)),
        ),
        *in_forms(
            "ignores drop_last",
            "The short batch is counted whatever drop_last says. Which batches are left when it "
            "is True?",
            *answers(up, KEPT),
            *answers(up, (*KEPT, rest), DROPPED),
            *answers(up, (rest,)),
        ),
        *in_forms(
            "always drops",
            "Only full batches are counted whatever drop_last says. What happens to the rest when "
            "it is False?",
            *answers(down, DROPPED),
        ),
        *in_forms(
            "floor",
            "The number is rounded down although a short batch follows the full ones. "
            "Where do the samples left over go when nothing is dropped?",
            *answers(down, KEPT_OR_REMAINS, DROPPED),
            lambda samples, batch_size, drop_last: (
                samples // batch_size,
                count_batches(samples, batch_size, drop_last)[1],
            ),
        ),
        *in_forms(
            "floor, and the remainder as last",
            "Full batches are counted and the remainder is called the last batch. "
            "When is the remainder a batch of its own, and when is there none?",
            *answers(down, (rest,)),
            *answers(down, (rest,), DROPPED),
        ),
        *in_forms(
            "last batch 0",
            "A batch of 0 samples is never made. How long is the last batch when the division "
            "leaves nothing over?",
            *answers(right_count, (rest,), DROPPED),
        ),
        *in_forms(
            "always the remainder",
            "The remainder is the last batch only if it comes as a batch. What if nothing is left "
            "over, and what if the rest is dropped?",
            *answers(right_count, (rest,)),
        ),
        *in_forms(
            "last is the remainder of what was dropped",
            "With drop_last the short batch is gone, so it cannot be the last one. "
            "Which batch is the last one then?",
            *answers(right_count, KEPT),
            *answers(right_count, (rest_or_full_if_any,), (rest_or_full,)),
            *answers(right_count, KEPT, (rest,)),
        ),
        *in_forms(
            "last batch 0 where one was dropped",
            "With drop_last the short batch is gone, and a full one is last. How long is that?",
            *answers(right_count, KEPT, (nothing,)),
        ),
        *in_forms(
            "last batch always full",
            "The last batch is not full when samples are left over and kept. How many are left "
            "over?",
            *answers(right_count, DROPPED),
            *answers(up, DROPPED),
        ),
        *in_forms(
            "last batch taken away too",
            "You took every batch away from the samples, the last one too. What remains when you "
            "stop one batch earlier?",
            *answers(right_count, (one_step_too_far,)),
            *answers(right_count, (one_step_too_far,), DROPPED),
        ),
        *in_forms(
            "one too many",
            "One batch is always added. Is there a short batch when the division leaves nothing "
            "over?",
            *answers(down_plus_one, (*KEPT, rest), DROPPED),
            *answers(always_plus_one, (*KEPT, rest)),
        ),
        *in_forms(
            "fraction of a batch",
            "`/` gives fractions, such as two and a half batches. How many whole batches come out "
            "of the loader then?",
            *answers(divided, (*KEPT, rest)),
            *answers(divided, (*KEPT, rest), DROPPED),
        ),
        *in_forms(
            "rounded to the nearest",
            "The number of batches was rounded to the nearest whole number. Does a short batch "
            "count less when it is very short?",
            *answers(nearest, KEPT_OR_REMAINS, DROPPED),
            *answers(half_up, KEPT_OR_REMAINS, DROPPED),
        ),
        *in_forms(
            "a full batch dropped",
            "drop_last took a batch away although the last one was full. Which batch does "
            "drop_last leave out, and is there always one?",
            *answers(up_minus_one, KEPT, DROPPED),
        ),
        *in_forms(
            "none for a few samples",
            "With fewer samples than batch_size there is no full batch. Is there no batch at all "
            "when nothing is dropped?",
            _none_for_few,
        ),
        *in_forms(
            "drop_last the wrong way round",
            "The short batch is dropped when drop_last is False, and kept when it is True. What "
            "does the name of the argument say?",
            *[_wrong_way_round(form) for form in answers(right_count, KEPT, DROPPED)],
        ),
        *in_forms(
            "the two swapped",
            "The two numbers look swapped. Which one is asked for first?",
            *[_swapped(form) for form in answers(right_count, KEPT, DROPPED)],
        ),
        *in_forms(
            "number only",
            "The number of batches is right, but it came alone. Which second number is asked for?",
            right_count,
        ),
        *in_forms(
            "floats",
            "The values are right, but some of them are floats. Which division or rounding gives "
            "whole numbers?",
            _as_floats,
        ),
    ),
)


def check_count_batches(answer: object) -> CheckResult:
    """Check exercise 3.1: `count_batches(samples, batch_size, drop_last)`, a pair of ints."""
    return COUNT_BATCHES.check(answer)
