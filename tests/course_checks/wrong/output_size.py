"""Wrong answers to exercise 6.1 as students write them."""

from __future__ import annotations

import math
from typing import Any


def _kernel_forgotten(size, kernel_size, stride, padding, dilation):  # type: ignore[no-untyped-def]
    return (size + 2 * padding) // stride


WRONG: list[tuple[Any, str | None]] = [
    (lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1, "padding counted once"),
    (lambda n, k, s, p, d: (n + 2 * p - k) // s + 1, "dilation ignored"),
    (lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1, "dilation times kernel"),
    (lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s, "first place forgotten"),
    (lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1, "not rounded"),
    (
        lambda n, k, s, p, d: math.ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1,
        "rounds up",
    ),
    (lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 1, "padding ignored"),
    (_kernel_forgotten, None),
]
