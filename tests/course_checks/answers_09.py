"""Right but unusual answers to the exercises of notebook 09, and the wrong ones by exercise."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from tests.course_checks.wrong import accumulate, largest_batch, rescale

Point = tuple[int, int]
Batches = list[tuple[Tensor, Tensor]]

# 9.1


def _largest_by_counting(first: Point, second: Point, capacity: int, share: float) -> int:
    slope = Fraction(second[1] - first[1], second[0] - first[0])
    size, used = 0, first[1] - first[0] * slope
    while used + slope <= share * capacity:
        used += slope
        size += 1
    return size


def _largest_from_the_second_point(first: Point, second: Point, capacity: int, share: float) -> int:
    slope = (first[1] - second[1]) / (first[0] - second[0])
    more = math.floor((capacity * share - second[1]) / slope)
    return max(second[0] + more, 0)


def _largest_with_numpy(first: Point, second: Point, capacity: int, share: float) -> Any:
    matrix = np.array([[1, first[0]], [1, second[0]]], dtype=float)
    fixed, slope = np.linalg.solve(matrix, np.array([first[1], second[1]], dtype=float))
    # Solving rounds; a thousandth of a sample is far below what is asked.
    return np.int64(max(0, np.floor((share * capacity - fixed) / slope + 1e-3)))


# 9.2


def _accumulate_with_one_graph(
    model: nn.Module, batches: Batches, optimizer: Optimizer, group_size: int
) -> int:
    steps = 0
    for start in range(0, len(batches), group_size):
        images, labels = zip(*batches[start : start + group_size], strict=True)
        optimizer.zero_grad()
        F.cross_entropy(model(torch.cat(images)), torch.cat(labels)).backward()
        optimizer.step()
        steps += 1
    return steps


def _accumulate_dividing_gradients(
    model: nn.Module, batches: Batches, optimizer: Optimizer, group_size: int
) -> int:
    steps = seen = 0
    for number, (images, labels) in enumerate(batches, start=1):
        F.cross_entropy(model(images), labels, reduction="sum").backward()
        seen += len(labels)
        if number % group_size == 0 or number == len(batches):
            for param in model.parameters():
                assert param.grad is not None
                param.grad /= seen
            optimizer.step()
            model.zero_grad()
            steps, seen = steps + 1, 0
    return steps


def _accumulate_by_the_picture(
    model: nn.Module, batches: Batches, optimizer: Optimizer, group_size: int
) -> int:
    groups = [batches[i : i + group_size] for i in range(0, len(batches), group_size)]
    for group in groups:
        pairs = [pair for batch in group for pair in zip(*batch, strict=True)]
        optimizer.zero_grad(set_to_none=False)
        for image, label in pairs:
            (F.cross_entropy(model(image[None]), label[None]) / len(pairs)).backward()
        optimizer.step()
    return len(groups)


# 9.3


def _rescale_by_counting(samples: int, old: int, rate: float, new: int) -> tuple[int, float]:
    return len(range(0, samples, new)), rate / old * new


def _rescale_with_a_list(samples: int, old: int, rate: float, new: int) -> Any:
    return [np.int64(np.ceil(samples / new)), np.float64(rate) * (new / old)]


def _rescale_with_divmod(samples: int, old: int, rate: float, new: int) -> tuple[int, float]:
    whole, rest = divmod(samples, new)
    return whole + (rest > 0), float(Fraction(new, old) * Fraction(rate))


RIGHT: dict[str, list[Any]] = {
    "9.1": [_largest_by_counting, _largest_from_the_second_point, _largest_with_numpy],
    "9.2": [
        _accumulate_with_one_graph,
        _accumulate_dividing_gradients,
        _accumulate_by_the_picture,
    ],
    "9.3": [_rescale_by_counting, _rescale_with_a_list, _rescale_with_divmod],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "9.1": largest_batch.WRONG,
    "9.2": accumulate.WRONG,
    "9.3": rescale.WRONG,
}
