"""Wrong answers to exercise 8.4 as students write them."""

from __future__ import annotations

from typing import Any


def _no_reserve(peak_bytes, card_gib, outside_bytes, reserve):  # type: ignore[no-untyped-def]
    return peak_bytes + outside_bytes <= card_gib * 1024**3


def _nothing_outside(peak_bytes, card_gib, outside_bytes, reserve):  # type: ignore[no-untyped-def]
    return peak_bytes <= card_gib * 1024**3 * (1 - reserve)


def _gigabytes(peak_bytes, card_gib, outside_bytes, reserve):  # type: ignore[no-untyped-def]
    free = card_gib * 1_000_000_000 - outside_bytes
    return peak_bytes <= free - reserve * free


def _of_the_card(peak_bytes, card_gib, outside_bytes, reserve):  # type: ignore[no-untyped-def]
    card = card_gib * 1024**3
    return peak_bytes + outside_bytes <= card - reserve * card


def _strictly(peak_bytes, card_gib, outside_bytes, reserve):  # type: ignore[no-untyped-def]
    free = card_gib * 1024**3 - outside_bytes
    return peak_bytes < free * (1 - reserve)


def _says_yes(peak_bytes, card_gib, outside_bytes, reserve):  # type: ignore[no-untyped-def]
    fits = peak_bytes <= (card_gib * 1024**3 - outside_bytes) * (1 - reserve)
    return "yes" if fits else "no"


WRONG: list[tuple[Any, str | None]] = [
    (_no_reserve, "reserve ignored"),
    (_nothing_outside, "outside ignored"),
    (_gigabytes, "gigabytes for gibibytes"),
    (_of_the_card, "reserve of the whole card"),
    (_strictly, "a full card refused"),
    (_says_yes, None),
]
