"""Wrong answers to exercise 5.3 as students write them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn


def _loss_summed(logits: Tensor, labels: Tensor) -> Tensor:
    total = torch.zeros((), dtype=logits.dtype)
    for row, label in zip(torch.log_softmax(logits, 1), labels, strict=True):
        total -= row[label]
    return total


def _loss_all_pairs(logits: Tensor, labels: Tensor) -> Tensor:
    return torch.mean(-torch.log_softmax(logits, dim=-1)[:, labels])


def _loss_twice_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(nn.functional.softmax(logits, dim=1), labels)


def _loss_lost_minus(logits: Tensor, labels: Tensor) -> Tensor:
    return torch.log_softmax(logits, 1)[range(len(labels)), labels].mean()


def _loss_naive(logits: Tensor, labels: Tensor) -> Tensor:
    e = torch.exp(logits)
    p = e / e.sum(1, keepdim=True)
    return (-torch.log(p[range(len(labels)), labels])).mean()


def _loss_of_stable_probabilities(logits: Tensor, labels: Tensor) -> Tensor:
    p = torch.softmax(logits, 1)
    return -p[range(len(p)), labels].log().mean()


def _loss_each(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits, labels, reduction="none")


def _loss_as_number(logits: Tensor, labels: Tensor) -> float:
    own = logits.gather(1, labels.unsqueeze(1)).squeeze(1)
    return (logits.logsumexp(dim=1) - own).mean().item()


def _loss_base_two(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits, labels) / math.log(2)


WRONG: list[tuple[Any, str | None]] = [
    (_loss_summed, "sum for mean"),
    (_loss_all_pairs, "wrong index pairs"),
    (_loss_twice_softmax, "applied to probabilities"),
    (_loss_lost_minus, "sign"),
    (_loss_naive, "overflows"),
    (_loss_of_stable_probabilities, "log of an underflowed softmax"),
    (_loss_each, "not reduced"),
    (_loss_as_number, "number instead of tensor"),
    (_loss_base_two, None),
]
