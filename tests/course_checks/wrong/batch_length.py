"""Wrong answers to exercise 0.1 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any


def batch_length_a(images: Any) -> Any:
    """Prints the number instead of returning it."""
    print(images.shape[0])


def batch_length_b(images: Any) -> Any:
    """Counts axes from 1 and returns shape[1], the channels."""
    return images.shape[1]


def batch_length_c(images: Any) -> Any:
    """Returns the whole shape."""
    return images.shape


def batch_length_d(images: Any) -> Any:
    """Calls shape with round brackets like size(0); raises TypeError."""
    return images.shape(0)


def batch_length_e(images: Any) -> Any:
    """Stores the number in a variable and forgets return."""
    n = images.shape[0]  # noqa: F841


def batch_length_f(images: Any) -> Any:
    """Slices shape[:1], so a torch.Size of one entry instead of an int."""
    return images.shape[:1]


def batch_length_g(images: Any) -> Any:
    """Takes len of the shape: the number of axes, always 4."""
    return len(images.shape)


def batch_length_h(images: Any) -> Any:
    """Copies the 32 from the example instead of using the unpacked b."""
    b, c, h, w = images.shape  # noqa: RUF059
    return 32


WRONG: list[tuple[Any, str | None]] = [
    (batch_length_a, "nothing returned"),
    (batch_length_b, "channel count"),
    (batch_length_c, "whole shape"),
    (batch_length_d, "shape called like a function"),
    (batch_length_e, "nothing returned"),
    (batch_length_f, "still inside a shape or list"),
    (batch_length_g, "number of axes"),
    (batch_length_h, "32 fixed"),
    (lambda images: images.shape[-1], "picture width"),
    (lambda images: images.shape[2], "picture height"),
    (lambda images: images.dim(), "number of axes"),
    (lambda images: list(images.shape), "whole shape"),
    (lambda images: [images.shape[0]], "still inside a shape or list"),
    (lambda images: images.size, None),  # without brackets: the method itself
    (lambda images: sum(images.shape), None),
]
