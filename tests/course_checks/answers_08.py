"""Answers to exercises of notebook 08: unusual right ones, and wrong ones by students."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import nn

from course_checks.declared import instead, replaced, without

# mypy: disable-error-code="no-untyped-call, no-untyped-def"

# 8.1


def _bytes_in_a_loop(tensors):
    seen, total = [], 0
    for tensor in tensors:
        place = tensor.untyped_storage().data_ptr()
        if place not in seen:
            seen.append(place)
            total += len(tensor.untyped_storage())
    return total


def _bytes_of_sets(tensors):
    storages = {(t.untyped_storage().data_ptr(), t.untyped_storage().nbytes()) for t in tensors}
    return sum(size for _, size in storages)


def _bytes_by_numpy(tensors):
    sizes = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    return np.array(list(sizes.values()), dtype=np.int64).sum()


def _bytes_that_are_seen(tensors):
    seen, total = set(), 0
    for tensor in tensors:
        if tensor.untyped_storage().data_ptr() not in seen:
            seen.add(tensor.untyped_storage().data_ptr())
            total += tensor.element_size() * tensor.numel()
    return total


# 8.2


def _by_taking_steps(model, optimizer):
    makers: dict[str, Any] = {
        "sgd": lambda one: torch.optim.SGD(one, lr=0.0),
        "momentum": lambda one: torch.optim.SGD(one, lr=0.0, momentum=0.9),
        "adam": lambda one: torch.optim.Adam(one, lr=0.0),
        "adamw": lambda one: torch.optim.AdamW(one, lr=0.0, weight_decay=0.0),
    }
    parameters = list(model.parameters())
    made = makers[optimizer](parameters)
    for parameter in parameters:
        if parameter.requires_grad:
            parameter.grad = torch.zeros_like(parameter)
    made.step()
    tensors = parameters + [one.grad for one in parameters if one.grad is not None]
    for state in made.state.values():
        tensors += [one for one in state.values() if torch.is_tensor(one) and one.dim()]
    made.zero_grad()
    return sum(one.nbytes for one in tensors)


def _by_match(model, optimizer):
    match optimizer:
        case "sgd":
            times = 2
        case "momentum":
            times = 3
        case _:
            times = 4
    total = 0
    for one in model.parameters():
        total += one.nbytes * (times if one.requires_grad else 1)
    return total


_STATE = "sma"  # plain SGD, momentum, Adam and AdamW


def _by_repeated_lists(model, optimizer):
    def size(parameters):
        return sum(math.prod(one.shape) * torch.finfo(one.dtype).bits // 8 for one in parameters)

    frozen = [one for one in model.parameters() if not one.requires_grad]
    trained = [one for one in model.parameters() if one.requires_grad]
    return size(frozen + 2 * trained + trained * (_STATE.index(optimizer[0])))


def _without_gradients(model, optimizer):
    weights = sum(one.nbytes for one in model.parameters())
    return weights * {"sgd": 1, "momentum": 2, "adam": 3, "adamw": 3}[optimizer]


def _every_state_alike(model, optimizer):
    total = 0
    for one in model.parameters():
        total += one.nbytes
        if one.requires_grad:
            total += one.nbytes if optimizer == "sgd" else 2 * one.nbytes
    return total


# 8.3


def _activations_in_a_loop(sizes, batch_size):
    total = 0
    for size in sizes[1:]:
        total += torch.zeros(batch_size, size).nbytes
    return total


def _activations_by_numpy(sizes, batch_size):
    return np.sum(np.array(sizes)[1:]) * batch_size * np.dtype("float32").itemsize


def _activations_by_running(sizes, batch_size):
    numbers, hidden = torch.zeros(batch_size, sizes[0]), sizes[1:-1]
    total = 0
    for size in hidden:
        numbers = nn.Linear(numbers.shape[1], size)(numbers).relu()
        total += numbers.untyped_storage().nbytes()
    return total + nn.Linear(numbers.shape[1], sizes[-1])(numbers).nbytes


def _before_and_after_relu(sizes, batch_size):
    total = 0
    for number, size in enumerate(sizes[1:], start=1):
        total += batch_size * size * 4
        if number < len(sizes) - 1:
            total += batch_size * size * 4
    return total


# 8.4


def _fits_by_fractions(peak_bytes, card_gib, outside_bytes, reserve):
    free = Fraction(card_gib * 2**30 - outside_bytes)
    return peak_bytes + Fraction(reserve) * free <= free


def _fits_by_if(peak_bytes, card_gib, outside_bytes, reserve):
    free = (card_gib << 30) - outside_bytes
    kept = reserve * free
    if peak_bytes > free - kept:
        return False
    return True


def _fits_by_share(peak_bytes, card_gib, outside_bytes, reserve):
    free = card_gib * 1024 * 1024 * 1024 - outside_bytes
    return not peak_bytes / free > 1 - reserve


def _reserve_of_the_card(peak_bytes, card_gib, outside_bytes, reserve):
    card = card_gib * 1024**3
    return peak_bytes + outside_bytes <= card - reserve * card


RIGHT: dict[str, list[Any]] = {
    "8.1": [_bytes_in_a_loop, _bytes_of_sets, _bytes_by_numpy],
    "8.2": [_by_taking_steps, _by_match, _by_repeated_lists],
    "8.3": [_activations_in_a_loop, _activations_by_numpy, _activations_by_running],
    "8.4": [_fits_by_fractions, _fits_by_if, _fits_by_share],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "8.1": [
        (_bytes_that_are_seen, "counts what a view shows"),
        (
            instead(
                "total = 0",
                "for tensor in tensors:",
                "    total = tensor.untyped_storage().nbytes()",
                "return total",
            ),
            "last tensor only",
        ),
    ],
    "8.2": [
        (_without_gradients, "gradients forgotten"),
        (_every_state_alike, "Adam counted once"),
        (without("total += parameter.nbytes") + replaced("(1 + copies)", "copies"), None),
        (
            replaced('"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2', '"SGD": 0, "Adam": 2'),
            None,
        ),
    ],
    "8.3": [
        (_before_and_after_relu, "Linear and ReLU both counted"),
        (replaced("sizes[1:])", "sizes[1:]) / 1024"), None),
    ],
    "8.4": [
        (instead("return peak_bytes + outside_bytes <= card_gib * 1024**3"), "reserve ignored"),
        (_reserve_of_the_card, "reserve of the whole card"),
        (
            replaced("(1 - reserve)", "(1 - reserve)\n    return 'yes' if fits else 'no'")
            + replaced("return peak", "fits = peak"),
            None,
        ),
    ],
}
