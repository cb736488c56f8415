"""Right but unusual answers to the exercises of notebook 06, and the wrong ones by exercise."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.course_checks.wrong import convolve, count_parameters, flat_features, output_size

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
    "6.1": output_size.WRONG,
    "6.2": count_parameters.WRONG,
    "6.3": convolve.WRONG,
    "6.4": flat_features.WRONG,
}
