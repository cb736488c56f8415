"""Wrong answers to exercise 6.3 as students write them."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F


def _loops(
    channels: slice | None = None,
    bias_in_the_loop: bool = False,
    turn: bool = False,
    short: int = 0,
) -> Any:
    """A family of answers in loops over places, each with something gone wrong."""

    def convolve(image, weight, bias):  # type: ignore[no-untyped-def]
        filters, depth, rows, columns = weight.shape
        height = image.shape[1] - rows + 1 - short
        width = image.shape[2] - columns + 1 - short
        result = torch.zeros(filters, height, width)
        for d in range(filters):
            for i in range(height):
                for j in range(width):
                    for c in range(depth)[channels or slice(None)]:
                        kernel = weight[d, c].flip(0, 1) if turn else weight[d, c]
                        window = image[c, i : i + rows, j : j + columns]
                        result[d, i, j] += (window * kernel).sum()
                        if bias_in_the_loop:
                            result[d, i, j] += bias[d]
                    if not bias_in_the_loop:
                        result[d, i, j] += bias[d]
        return result

    return convolve


def _overwrites_channels(image, weight, bias):  # type: ignore[no-untyped-def]
    filters, depth, rows, columns = weight.shape
    height, width = image.shape[1] - rows + 1, image.shape[2] - columns + 1
    result = torch.zeros(filters, height, width)
    for d in range(filters):
        for c in range(depth):
            for i in range(height):
                for j in range(width):
                    window = image[c, i : i + rows, j : j + columns]
                    result[d, i, j] = (window * weight[d, c]).sum() + bias[d]
    return result


def _forgets_the_bias(image, weight, bias):  # type: ignore[no-untyped-def]
    return F.conv2d(image, weight)


def _steps_by_the_kernel(image, weight, bias):  # type: ignore[no-untyped-def]
    return F.conv2d(image, weight, bias, stride=tuple(weight.shape[2:]))


WRONG: list[tuple[Any, str | None]] = [
    (_loops(turn=True), "kernel flipped"),
    (_loops(bias_in_the_loop=True), "bias once per channel"),
    (_loops(channels=slice(0, 1)), "first channel only"),
    (_loops(short=1), "last place forgotten"),
    (_overwrites_channels, "last channel only"),
    (_forgets_the_bias, "no bias"),
    (_steps_by_the_kernel, None),
]
