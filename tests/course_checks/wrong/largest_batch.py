"""Wrong answers to exercise 9.1 as students write them."""

from __future__ import annotations

import math
from typing import Any


def _divides_the_card(first, second, capacity, share):  # type: ignore[no-untyped-def]
    per_sample = (second[1] - first[1]) / (second[0] - first[0])
    return int(capacity * share / per_sample)


def _rounds_up(first, second, capacity, share):  # type: ignore[no-untyped-def]
    slope = (second[1] - first[1]) / (second[0] - first[0])
    return max(math.ceil((capacity * share - (second[1] - slope * second[0])) / slope), 0)


def _reserve_at_both_ends(first, second, capacity, share):  # type: ignore[no-untyped-def]
    slope = (second[1] - first[1]) / (second[0] - first[0])
    fixed = second[1] - slope * second[0]
    usable = share * capacity
    return max(int(share * ((usable - fixed) // slope)), 0)


def _reserve_of_the_batch(first, second, capacity, share):  # type: ignore[no-untyped-def]
    slope = (second[1] - first[1]) / (second[0] - first[0])
    fixed = second[1] - slope * second[0]
    return int(share * max((capacity - fixed) // slope, 0))


def _forgets_share(first, second, capacity, share):  # type: ignore[no-untyped-def]
    slope = (second[1] - first[1]) / (second[0] - first[0])
    return max(0, int((capacity - (first[1] - slope * first[0])) / slope))


def _no_floor_at_zero(first, second, capacity, share):  # type: ignore[no-untyped-def]
    slope = (second[1] - first[1]) / (second[0] - first[0])
    return int((share * capacity - first[1]) // slope + first[0])


def _returns_a_float(first, second, capacity, share):  # type: ignore[no-untyped-def]
    slope = (second[1] - first[1]) / (second[0] - first[0])
    return max(0.0, (share * capacity - first[1] + slope * first[0]) // slope)


def _from_one_point(first, second, capacity, share):  # type: ignore[no-untyped-def]
    return int(share * capacity // (first[1] / first[0]))


def _adds_a_sample(first, second, capacity, share):  # type: ignore[no-untyped-def]
    slope = (second[1] - first[1]) / (second[0] - first[0])
    fixed = first[1] - slope * first[0]
    return max(0, int((share * capacity - fixed) // slope) + 1)


WRONG: list[tuple[Any, str | None]] = [
    (_divides_the_card, "fixed part ignored"),
    (_rounds_up, "rounds up"),
    (_reserve_at_both_ends, "headroom applied twice"),
    (_reserve_of_the_batch, "headroom taken from the batch"),
    (_forgets_share, "headroom ignored"),
    (_no_floor_at_zero, "below zero"),
    (_returns_a_float, "still a float"),
    (_from_one_point, "fixed part ignored"),
    (_adds_a_sample, None),
]
