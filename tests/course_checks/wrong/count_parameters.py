"""Wrong answers to exercise 6.2 as students write them."""

from __future__ import annotations

from typing import Any


def _linear_counted_as_conv(layers):  # type: ignore[no-untyped-def]
    total = 0
    for layer in layers:
        if len(layer) > 2:
            total += layer[1] * layer[2] * 9 + layer[2]
    return total


def _no_biases(layers: Any) -> int:
    total = 0
    for layer in layers:
        if layer[0] == "conv":
            total += layer[1] * layer[2] * layer[3] ** 2
        if layer[0] == "linear":
            total += layer[1] * layer[2]
    return total


def _kernel_once(layers):  # type: ignore[no-untyped-def]
    total = 0
    for layer in layers:
        if layer[0] == "conv":
            total += layer[2] * (layer[3] ** 2 + 1)
        elif layer[0] == "linear":
            total += (layer[1] + 1) * layer[2]
    return total


def _overwritten(layers):  # type: ignore[no-untyped-def]
    total = 0
    for layer in layers:
        if layer[0] == "conv":
            total = layer[1] * layer[2] * layer[3] ** 2 + layer[2]
        elif layer[0] == "linear":
            total = layer[1] * layer[2] + layer[2]
    return total


def _every_layer_has_sizes(layers):  # type: ignore[no-untyped-def]
    return sum(layer[1] * layer[2] + layer[2] for layer in layers)


def _one_bias_a_layer(layers):  # type: ignore[no-untyped-def]
    return _no_biases(layers) + sum(layer[0] in ("conv", "linear") for layer in layers)


WRONG: list[tuple[Any, str | None]] = [
    (_no_biases, "no biases"),
    (_kernel_once, "kernel once for all channels"),
    (_overwritten, "last layer with weights only"),
    (_one_bias_a_layer, "one bias per layer"),
    (_linear_counted_as_conv, None),
    (_every_layer_has_sizes, None),
]
