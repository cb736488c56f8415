"""Answers to exercises of notebook 09: unusual right ones, and wrong ones by students."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from course_checks.declared import replaced, without

# mypy: disable-error-code="no-untyped-def, union-attr"

# 9.1


def _largest_by_counting(first, second, capacity, share):
    slope = Fraction(second[1] - first[1], second[0] - first[0])
    size, used = 0, first[1] - first[0] * slope
    while used + slope <= share * capacity:
        used += slope
        size += 1
    return size


def _largest_from_the_second_point(first, second, capacity, share):
    slope = (first[1] - second[1]) / (first[0] - second[0])
    more = math.floor((capacity * share - second[1]) / slope)
    return max(second[0] + more, 0)


def _largest_with_numpy(first, second, capacity, share):
    matrix = np.array([[1, first[0]], [1, second[0]]], dtype=float)
    fixed, slope = np.linalg.solve(matrix, np.array([first[1], second[1]], dtype=float))
    # Solving rounds; a thousandth of a sample is far below what is asked.
    return np.int64(max(0, np.floor((share * capacity - fixed) / slope + 1e-3)))


def _reserve_at_both_ends(first, second, capacity, share):
    slope = (second[1] - first[1]) / (second[0] - first[0])
    usable = share * capacity - second[1] + slope * second[0]
    return max(int(share * (usable // slope)), 0)


def _no_floor_at_zero(first, second, capacity, share):
    slope = (second[1] - first[1]) / (second[0] - first[0])
    return int((share * capacity - first[1]) // slope + first[0])


# 9.2


def _accumulate_with_one_graph(model, batches, optimizer, group_size):
    steps = 0
    for start in range(0, len(batches), group_size):
        images, labels = zip(*batches[start : start + group_size], strict=True)
        optimizer.zero_grad()
        F.cross_entropy(model(torch.cat(images)), torch.cat(labels)).backward()
        optimizer.step()
        steps += 1
    return steps


def _accumulate_dividing_gradients(model, batches, optimizer, group_size):
    steps = seen = 0
    for number, (images, labels) in enumerate(batches, start=1):
        F.cross_entropy(model(images), labels, reduction="sum").backward()
        seen += len(labels)
        if number % group_size == 0 or number == len(batches):
            for param in model.parameters():
                param.grad /= seen
            optimizer.step()
            model.zero_grad()
            steps, seen = steps + 1, 0
    return steps


def _accumulate_by_the_picture(model, batches, optimizer, group_size):
    groups = [batches[i : i + group_size] for i in range(0, len(batches), group_size)]
    for group in groups:
        pairs = [pair for batch in group for pair in zip(*batch, strict=True)]
        optimizer.zero_grad(set_to_none=False)
        for image, label in pairs:
            (F.cross_entropy(model(image[None]), label[None]) / len(pairs)).backward()
        optimizer.step()
    return len(groups)


def _snippet_from_the_web(divided: bool, steps_at_the_end: bool) -> Any:
    """The usual loop over single batches, with or without its two finer points."""

    def accumulate(model, batches, optimizer, group_size):
        steps = 0
        optimizer.zero_grad()
        for i, (images, labels) in enumerate(batches):
            loss = F.cross_entropy(model(images), labels)
            (loss / group_size if divided else loss).backward()
            if (i + 1) % group_size == 0 or (steps_at_the_end and i + 1 == len(batches)):
                optimizer.step()
                optimizer.zero_grad()
                steps += 1
        return steps

    return accumulate


def _mean_of_means(model, batches, optimizer, group_size):
    steps = 0
    while batches:
        group, batches = batches[:group_size], batches[group_size:]
        optimizer.zero_grad()
        losses = [F.cross_entropy(model(images), labels) for images, labels in group]
        (sum(losses) / len(losses)).backward()
        optimizer.step()
        steps += 1
    return steps


# 9.3


def _rescale_by_counting(samples, old, rate, new):
    return len(range(0, samples, new)), rate / old * new


def _rescale_with_a_list(samples, old, rate, new):
    return [np.int64(np.ceil(samples / new)), np.float64(rate) * (new / old)]


def _rescale_with_divmod(samples, old, rate, new):
    whole, rest = divmod(samples, new)
    return whole + (rest > 0), float(Fraction(new, old) * Fraction(rate))


RIGHT: dict[str, list[Any]] = {
    "9.1": [_largest_by_counting, _largest_from_the_second_point, _largest_with_numpy],
    "9.2": [
        _accumulate_dividing_gradients,
        _accumulate_by_the_picture,
    ],
    "9.3": [_rescale_by_counting, _rescale_with_a_list, _rescale_with_divmod],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "9.1": [
        (_reserve_at_both_ends, "headroom applied twice"),
        (_no_floor_at_zero, "below zero"),
        (replaced("per_sample))", "per_sample) + 1)"), None),
    ],
    "9.2": [
        (_snippet_from_the_web(True, False), "last incomplete group lost"),
        (_snippet_from_the_web(False, False), "not divided, last group lost"),
        (_snippet_from_the_web(False, True), "not divided"),
        (_snippet_from_the_web(True, True), "divided by group_size"),
        (_mean_of_means, "the whole group kept"),
        (_accumulate_with_one_graph, "the whole group kept"),
        (without("return steps"), "nothing returned"),
        (replaced("range(0, len(batches), group_size)", "[0]"), "first turn of the loop only"),
    ],
    "9.3": [
        (lambda n, old, rate, new: (int(n / new) + 1, rate * new / old), "one step too many"),
        (
            lambda n, old, rate, new: (math.ceil(n / new), rate / (new / old)),
            "rate scaled the wrong way",
        ),
        (lambda n, old, rate, new: (math.ceil(n / new), rate * (new / old) ** 0.5), "square root"),
        (lambda n, old, rate, new: (rate * new / old, math.ceil(n / new)), "order swapped"),
        (lambda n, old, rate, new: (n // new, rate), None),
    ],
}
