"""Answers to the exercises of notebook 06, for `test_registry.py`."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

# --- 6.1 ----------------------------------------------------------------------------------------


def _size_by_walking(size, kernel_size, stride, padding, dilation):  # type: ignore[no-untyped-def]
    places, start = 0, -padding
    while start + dilation * (kernel_size - 1) < size + padding:
        places += 1
        start += stride
    return places


def _size_by_a_layer(size, kernel_size, stride, padding, dilation):  # type: ignore[no-untyped-def]
    layer = nn.Conv1d(1, 1, kernel_size, stride, padding, dilation)
    return layer(torch.zeros(1, 1, size)).shape[-1]


def _size_by_unfolding(size, kernel_size, stride, padding, dilation):  # type: ignore[no-untyped-def]
    row = np.zeros(size + 2 * padding)
    return row[dilation * (kernel_size - 1) :: stride].size


def _size_with_math(n, k, s, p, d):  # type: ignore[no-untyped-def]
    return math.floor((n + 2 * p - d * (k - 1) - 1) / s + 1)


def _kernel_forgotten(size, kernel_size, stride, padding, dilation):  # type: ignore[no-untyped-def]
    return (size + 2 * padding) // stride


# --- 6.2 ----------------------------------------------------------------------------------------


def _built_and_counted(layers):  # type: ignore[no-untyped-def]
    kinds = {"conv": nn.Conv2d, "linear": nn.Linear}
    built = [kinds[kind](*sizes) for kind, *sizes in layers if kind in kinds]
    return sum(parameter.numel() for layer in built for parameter in layer.parameters())


def _counted_by_match(layers):  # type: ignore[no-untyped-def]
    total = 0
    for layer in layers:
        match layer:
            case ("conv", channels, filters, k):
                total += (channels * k**2 + 1) * filters
            case ("linear", features, outputs):
                total += (features + 1) * outputs
    return total


def _counted_by_numpy(layers):  # type: ignore[no-untyped-def]
    inputs = [np.array([*layer[1:2], *layer[3:], *layer[3:]]) for layer in layers if layer[2:]]
    outputs = [layer[2] for layer in layers if layer[2:]]
    return sum((np.prod(one) + 1) * other for one, other in zip(inputs, outputs, strict=True))


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


# --- 6.3 ----------------------------------------------------------------------------------------


def _convolve_in_loops(image, weight, bias):  # type: ignore[no-untyped-def]
    filters, channels, rows, columns = weight.shape
    height, width = image.shape[1] - rows + 1, image.shape[2] - columns + 1
    result = torch.zeros(filters, height, width)
    for d in range(filters):
        for i in range(height):
            for j in range(width):
                for c in range(channels):
                    for a in range(rows):
                        for b in range(columns):
                            result[d, i, j] += image[c, i + a, j + b] * weight[d, c, a, b]
                result[d, i, j] += bias[d]
    return result


def _convolve_by_unfolding(image, weight, bias):  # type: ignore[no-untyped-def]
    rows, columns = weight.shape[2:]
    windows = image.unfold(1, rows, 1).unfold(2, columns, 1)  # [C, H', W', h, w]
    return torch.einsum("cijab,dcab->dij", windows, weight) + bias[:, None, None]


def _convolve_by_sliding_the_picture(image, weight, bias):  # type: ignore[no-untyped-def]
    _, _, rows, columns = weight.shape
    height, width = image.shape[1] - rows + 1, image.shape[2] - columns + 1
    total = bias.reshape(-1, 1, 1)
    for a in range(rows):
        for b in range(columns):
            part = image[:, a : a + height, b : b + width]
            total = total + torch.tensordot(weight[:, :, a, b], part, dims=1)
    return total


def _convolve_in_numpy(image, weight, bias):  # type: ignore[no-untyped-def]
    windows = np.lib.stride_tricks.sliding_window_view(
        image.numpy().astype(np.float64), tuple(weight.shape[1:])
    )[0]
    maps = np.tensordot(windows, weight.numpy(), axes=([2, 3, 4], [1, 2, 3]))
    return torch.from_numpy(maps + bias.numpy()).permute(2, 0, 1).float()


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


# --- 6.4 ----------------------------------------------------------------------------------------


def _a_copy_in_train_mode(features, image_shape):  # type: ignore[no-untyped-def]
    with torch.no_grad():
        return copy.deepcopy(features)(torch.rand(2, *image_shape)).numel() // 2


def _flattened_in_eval_mode(features, image_shape):  # type: ignore[no-untyped-def]
    before = features.training
    features.eval()
    rows = nn.Flatten()(features(torch.zeros((3, *image_shape))))
    features.train(before)
    return rows.shape[1]


def _by_arithmetic(features, image_shape):  # type: ignore[no-untyped-def]
    def two(value: Any) -> Any:
        return value if isinstance(value, tuple) else (value, value)

    channels, *sides = image_shape
    for layer in features:
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            settings = zip(
                two(layer.kernel_size),
                two(layer.stride),
                two(layer.padding),
                two(layer.dilation),
                strict=True,
            )
            sides = [
                (n + 2 * p - d * (k - 1) - 1) // s + 1
                for n, (k, s, p, d) in zip(sides, settings, strict=True)
            ]
        if isinstance(layer, nn.Conv2d):
            channels = layer.out_channels
    return channels * sides[0] * sides[1]


def _mode_forgotten(features, image_shape):  # type: ignore[no-untyped-def]
    return features(torch.zeros(1, *image_shape)).flatten(start_dim=1).shape[1]


def _eval_forgotten(features, image_shape):  # type: ignore[no-untyped-def]
    features.eval()
    with torch.no_grad():
        return features(torch.rand(image_shape).unsqueeze(0)).numel()


def _shape_handed_over(features, image_shape):  # type: ignore[no-untyped-def]
    before = features.training
    features.eval()
    shape = features(torch.zeros(1, *image_shape))[0].shape
    features.train(before)
    return shape


def _one_map(features, image_shape):  # type: ignore[no-untyped-def]
    before = features.training
    shape = features.eval()(torch.zeros(1, *image_shape)).shape
    features.train(before)
    return shape[-2] * shape[-1]


def _a_batch_of_ten(features, image_shape):  # type: ignore[no-untyped-def]
    before = features.training
    count = features.eval()(torch.zeros(10, *image_shape)).numel()
    features.train(before)
    return count


def _train_at_the_end(features, image_shape):  # type: ignore[no-untyped-def]
    features.eval()
    with torch.no_grad():
        count = features(torch.ones(1, *image_shape)).numel()
    features.train()
    return count


RIGHT: dict[str, list[Any]] = {
    "6.1": [_size_by_walking, _size_by_a_layer, _size_by_unfolding, _size_with_math],
    "6.2": [_built_and_counted, _counted_by_match, _counted_by_numpy],
    "6.3": [
        F.conv2d,
        _convolve_in_loops,
        _convolve_by_unfolding,
        _convolve_by_sliding_the_picture,
        _convolve_in_numpy,
    ],
    "6.4": [_a_copy_in_train_mode, _flattened_in_eval_mode, _by_arithmetic],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "6.1": [
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
    ],
    "6.2": [
        (_no_biases, "no biases"),
        (_kernel_once, "kernel once for all channels"),
        (_overwritten, "last layer with weights only"),
        (_one_bias_a_layer, "one bias per layer"),
        (_linear_counted_as_conv, None),
        (_every_layer_has_sizes, None),
    ],
    "6.3": [
        (_loops(turn=True), "kernel flipped"),
        (_loops(bias_in_the_loop=True), "bias once per channel"),
        (_loops(channels=slice(0, 1)), "first channel only"),
        (_loops(short=1), "last place forgotten"),
        (_overwrites_channels, "last channel only"),
        (_forgets_the_bias, "no bias"),
        (_steps_by_the_kernel, None),
    ],
    "6.4": [
        (_mode_forgotten, "mode not looked at"),
        (_eval_forgotten, "left in eval mode"),
        (_train_at_the_end, "left in train mode"),
        (_shape_handed_over, "shape instead of count"),
        (_one_map, "channels forgotten"),
        (_a_batch_of_ten, None),
    ],
}
