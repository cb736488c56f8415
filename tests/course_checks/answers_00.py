"""Answers to exercises of notebook 00: unusual right ones, and wrong ones by students."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_checks.declared import replaced

# mypy: disable-error-code="no-untyped-def"


def _counted_in_a_loop(images):
    count = 0
    for _ in images:
        count += 1
    return count


RIGHT: dict[str, list[Any]] = {
    "0.1": [
        _counted_in_a_loop,
        lambda images: images.size(0),
        lambda images: np.asarray(images).shape[0],
        lambda images: images.numel() // (images.shape[1] * images.shape[2] * images.shape[3]),
        lambda images: np.int64(images.shape[0]),
    ],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "0.1": [
        (replaced("return images.shape[0]", "print(images.shape[0])"), "nothing returned"),
        (replaced("return", "n ="), "nothing returned"),
        (lambda images: len(images[0]), "channel count"),
        (lambda images: list(images.shape), "whole shape"),
        (lambda images: [images.shape[0]], "still inside a shape or list"),
        (lambda images: images.dim(), "number of axes"),
        (lambda images: images.size, None),  # without brackets: the method itself
        (lambda images: sum(images.shape), None),
    ],
}
