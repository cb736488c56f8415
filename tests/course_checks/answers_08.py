"""Right answers to the exercises of notebook 08, written in unusual ways, and wrong ones."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import nn

from tests.course_checks.wrong import activation_bytes, fixed_bytes, tensor_bytes, will_it_fit

# --- 8.1 ----------------------------------------------------------------------------------------


def _bytes_in_a_loop(tensors):  # type: ignore[no-untyped-def]
    seen, total = [], 0
    for tensor in tensors:
        place = tensor.untyped_storage().data_ptr()
        if place not in seen:
            seen.append(place)
            total += len(tensor.untyped_storage())
    return total


def _bytes_of_sets(tensors):  # type: ignore[no-untyped-def]
    storages = {(t.untyped_storage().data_ptr(), t.untyped_storage().nbytes()) for t in tensors}
    return sum(size for _, size in storages)


def _bytes_by_numpy(tensors):  # type: ignore[no-untyped-def]
    sizes = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    return np.array(list(sizes.values()), dtype=np.int64).sum()


# --- 8.2 ----------------------------------------------------------------------------------------


def _by_taking_steps(model, optimizer):  # type: ignore[no-untyped-def]
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


def _by_match(model, optimizer):  # type: ignore[no-untyped-def]
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


def _by_repeated_lists(model, optimizer):  # type: ignore[no-untyped-def]
    def size(parameters: list[nn.Parameter]) -> int:
        return sum(math.prod(one.shape) * torch.finfo(one.dtype).bits // 8 for one in parameters)

    frozen = [one for one in model.parameters() if not one.requires_grad]
    trained = [one for one in model.parameters() if one.requires_grad]
    return size(frozen + 2 * trained + trained * (_STATE.index(optimizer[0])))


# --- 8.3 ----------------------------------------------------------------------------------------


def _activations_in_a_loop(sizes, batch_size):  # type: ignore[no-untyped-def]
    total = 0
    for size in sizes[1:]:
        total += torch.zeros(batch_size, size).nbytes
    return total


def _activations_by_numpy(sizes, batch_size):  # type: ignore[no-untyped-def]
    return np.sum(np.array(sizes)[1:]) * batch_size * np.dtype("float32").itemsize


def _activations_by_running(sizes, batch_size):  # type: ignore[no-untyped-def]
    numbers, hidden = torch.zeros(batch_size, sizes[0]), sizes[1:-1]
    total = 0
    for size in hidden:
        numbers = nn.Linear(numbers.shape[1], size)(numbers).relu()
        total += numbers.untyped_storage().nbytes()
    return total + nn.Linear(numbers.shape[1], sizes[-1])(numbers).nbytes


# --- 8.4 ----------------------------------------------------------------------------------------


def _fits_by_fractions(peak_bytes, card_gib, outside_bytes, reserve):  # type: ignore[no-untyped-def]
    free = Fraction(card_gib * 2**30 - outside_bytes)
    return peak_bytes + Fraction(reserve) * free <= free


def _fits_by_if(peak_bytes, card_gib, outside_bytes, reserve):  # type: ignore[no-untyped-def]
    free = (card_gib << 30) - outside_bytes
    kept = reserve * free
    if peak_bytes > free - kept:
        return False
    return True


def _fits_by_share(peak_bytes, card_gib, outside_bytes, reserve):  # type: ignore[no-untyped-def]
    free = card_gib * 1024 * 1024 * 1024 - outside_bytes
    return not peak_bytes / free > 1 - reserve


RIGHT: dict[str, list[Any]] = {
    "8.1": [_bytes_in_a_loop, _bytes_of_sets, _bytes_by_numpy],
    "8.2": [_by_taking_steps, _by_match, _by_repeated_lists],
    "8.3": [_activations_in_a_loop, _activations_by_numpy, _activations_by_running],
    "8.4": [_fits_by_fractions, _fits_by_if, _fits_by_share],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "8.1": tensor_bytes.WRONG,
    "8.2": fixed_bytes.WRONG,
    "8.3": activation_bytes.WRONG,
    "8.4": will_it_fit.WRONG,
}
