"""Right but unusual answers to the exercises of notebook 00, and the wrong ones by exercise."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.course_checks.wrong import batch_length


def _counted_in_a_loop(images):  # type: ignore[no-untyped-def]
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
    "0.1": batch_length.WRONG,
}
