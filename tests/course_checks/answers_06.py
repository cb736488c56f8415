"""Answers to exercises of notebook 06: unusual right ones, and wrong ones by students."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from course_checks.declared import instead, replaced

# mypy: disable-error-code="no-untyped-def"

# 6.1


def _size_by_walking(size, kernel_size, stride, padding, dilation):
    places, start = 0, -padding
    while start + dilation * (kernel_size - 1) < size + padding:
        places += 1
        start += stride
    return places


def _size_by_a_layer(size, kernel_size, stride, padding, dilation):
    layer = nn.Conv1d(1, 1, kernel_size, stride, padding, dilation)
    return layer(torch.zeros(1, 1, size)).shape[-1]


def _size_by_unfolding(size, kernel_size, stride, padding, dilation):
    row = np.zeros(size + 2 * padding)
    return row[dilation * (kernel_size - 1) :: stride].size


def _size_with_math(n, k, s, p, d):
    return math.floor((n + 2 * p - d * (k - 1) - 1) / s + 1)


# 6.2


def _built_and_counted(layers):
    kinds = {"conv": nn.Conv2d, "linear": nn.Linear}
    built = [kinds[kind](*sizes) for kind, *sizes in layers if kind in kinds]
    return sum(parameter.numel() for layer in built for parameter in layer.parameters())


def _counted_by_match(layers):
    total = 0
    for layer in layers:
        match layer:
            case ("conv", channels, filters, k):
                total += (channels * k**2 + 1) * filters
            case ("linear", features, outputs):
                total += (features + 1) * outputs
    return total


def _counted_by_numpy(layers):
    inputs = [np.array([*layer[1:2], *layer[3:], *layer[3:]]) for layer in layers if layer[2:]]
    outputs = [layer[2] for layer in layers if layer[2:]]
    return sum((np.prod(one) + 1) * other for one, other in zip(inputs, outputs, strict=True))


# 6.3


def _convolve_by_unfolding(image, weight, bias):
    rows, columns = weight.shape[2:]
    windows = image.unfold(1, rows, 1).unfold(2, columns, 1)  # [C, H', W', h, w]
    return torch.einsum("cijab,dcab->dij", windows, weight) + bias[:, None, None]


def _convolve_by_sliding_the_picture(image, weight, bias):
    _, _, rows, columns = weight.shape
    height, width = image.shape[1] - rows + 1, image.shape[2] - columns + 1
    total = bias.reshape(-1, 1, 1)
    for a in range(rows):
        for b in range(columns):
            part = image[:, a : a + height, b : b + width]
            total = total + torch.tensordot(weight[:, :, a, b], part, dims=1)
    return total


def _convolve_in_numpy(image, weight, bias):
    windows = np.lib.stride_tricks.sliding_window_view(
        image.numpy().astype(np.float64), tuple(weight.shape[1:])
    )[0]
    maps = np.tensordot(windows, weight.numpy(), axes=([2, 3, 4], [1, 2, 3]))
    return torch.from_numpy(maps + bias.numpy()).permute(2, 0, 1).float()


def _overwrites_channels(image, weight, bias):
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


# 6.4


def _a_copy_in_train_mode(features, image_shape):
    with torch.no_grad():
        return copy.deepcopy(features)(torch.rand(2, *image_shape)).numel() // 2


def _flattened_in_eval_mode(features, image_shape):
    before = features.training
    features.eval()
    rows = nn.Flatten()(features(torch.zeros((3, *image_shape))))
    features.train(before)
    return rows.shape[1]


def _by_arithmetic(features, image_shape):
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


def _mode_forgotten(features, image_shape):
    return features(torch.zeros(1, *image_shape)).flatten(start_dim=1).shape[1]


RIGHT: dict[str, list[Any]] = {
    "6.1": [_size_by_walking, _size_by_unfolding, _size_with_math],
    "6.2": [_built_and_counted, _counted_by_match, _counted_by_numpy],
    "6.3": [
        _convolve_by_unfolding,
        _convolve_by_sliding_the_picture,
        _convolve_in_numpy,
    ],
    "6.4": [_a_copy_in_train_mode, _flattened_in_eval_mode, _by_arithmetic],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "6.1": [
        (_size_by_a_layer, "ruled out"),
        (lambda n, k, s, p, d: (n + 2 * p - k) // s + 1, "dilation ignored"),
        (replaced(" - reach) // stride + 1", ") // stride"), None),
    ],
    "6.2": [
        (replaced("size * size", "9") + replaced("features *", "9 * features *"), None),
        (instead("return sum(layer[1] * layer[2] + layer[2] for layer in layers)"), None),
    ],
    "6.3": [
        (F.conv2d, "ruled out"),
        (lambda image, weight, bias: F.conv2d(image, weight), "no bias"),
        (_overwrites_channels, "last channel only"),
        (
            lambda image, weight, bias: F.conv2d(image, weight, bias, tuple(weight.shape[2:])),
            None,
        ),
    ],
    "6.4": [
        (_mode_forgotten, "mode not looked at"),
        (replaced("zeros(1,", "zeros(10,"), "several pictures counted"),
        (replaced("zeros(1,", "zeros(7,"), None),
    ],
}
