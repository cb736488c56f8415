"""Wrong answers to exercise 8.3 as students write them."""

from __future__ import annotations

from typing import Any


def _one_picture(sizes, batch_size):  # type: ignore[no-untyped-def]
    return sum(size * 4 for size in sizes[1:])


def _with_the_input(sizes, batch_size):  # type: ignore[no-untyped-def]
    total = 0
    for size in sizes:
        total += size * batch_size * 4
    return total


def _before_and_after(sizes, batch_size):  # type: ignore[no-untyped-def]
    total = 0
    for number, size in enumerate(sizes[1:], start=1):
        total += batch_size * size * 4
        if number < len(sizes) - 1:
            total += batch_size * size * 4
    return total


def _hidden_only(sizes, batch_size):  # type: ignore[no-untyped-def]
    return 4 * batch_size * sum(sizes[1:-1])


def _numbers(sizes, batch_size):  # type: ignore[no-untyped-def]
    return sum(batch_size * size for size in sizes[1:])


def _in_kilobytes(sizes, batch_size):  # type: ignore[no-untyped-def]
    return 4 * batch_size * sum(sizes[1:]) / 1024


WRONG: list[tuple[Any, str | None]] = [
    (_one_picture, "batch forgotten"),
    (_with_the_input, "counts Flatten's view"),
    (_before_and_after, "Linear and ReLU both counted"),
    (_hidden_only, "logits left out"),
    (_numbers, "numbers instead of bytes"),
    (_in_kilobytes, None),
]
