"""Wrong answers to exercise 10.2 as students write them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

Gradients = list[list[Tensor]]


def average_summed(gradients: Gradients) -> Any:
    total = [sum(tensors) for tensors in zip(*gradients, strict=True)]
    return [total for _ in gradients]


def average_at_the_first(gradients: Gradients) -> Any:
    result = [list(rank) for rank in gradients]
    for i in range(len(gradients[0])):
        result[0][i] = sum(rank[i] for rank in gradients) / len(gradients)  # type: ignore[assignment]
    return result


def average_broadcast(gradients: Gradients) -> Any:
    return [gradients[0] for _ in gradients]


def average_by_parameters(gradients: Gradients) -> Any:
    n = len(gradients[0])
    return [[sum(t) / n for t in zip(*gradients, strict=True)] for _ in gradients]


def average_within_ranks(gradients: Gradients) -> Any:
    return [[sum(rank) / len(rank) for _ in rank] for rank in gradients]


def average_to_numbers(gradients: Gradients) -> Any:
    return [
        [torch.stack(tensors).mean() for tensors in zip(*gradients, strict=True)] for _ in gradients
    ]


def average_divides(gradients: Gradients) -> Any:
    return [[tensor.div(len(gradients)) for tensor in rank] for rank in gradients]


def average_one_after_another(gradients: Gradients) -> Any:
    result = [[tensor.clone() for tensor in rank] for rank in gradients]
    for rank in result:
        for i in range(len(rank)):
            rank[i] = sum(other[i] for other in result) / len(result)  # type: ignore[assignment]
    return result


def average_one_list(gradients: Gradients) -> Any:
    return [sum(tensors) / len(gradients) for tensors in zip(*gradients, strict=True)]


def average_in_place(gradients: Gradients) -> Any:
    """Right values, and the caller's tensors are gone."""
    for tensors in zip(*gradients, strict=True):
        mean = torch.stack(tensors).mean(dim=0)
        for tensor in tensors:
            tensor.copy_(mean)
    return gradients


def average_stacks_everything(gradients: Gradients) -> Any:
    return torch.stack([torch.stack(rank) for rank in gradients]).mean(dim=0)


WRONG: list[tuple[Any, str | None]] = [
    (average_summed, "sum"),
    (average_at_the_first, "only rank 0"),
    (average_broadcast, "the gradients of rank 0"),
    (average_by_parameters, "divided by the number of parameters"),
    (average_within_ranks, "averaged over parameters"),
    (average_to_numbers, "one number"),
    (average_divides, "divided, not added"),
    (average_one_after_another, "averages of averages"),
    (average_one_list, "once"),
    (average_in_place, None),
    (average_stacks_everything, None),
]
