"""Wrong answers to exercise 5.4 as students write them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def _gradient_of_sum(logits: Tensor, labels: Tensor) -> Tensor:
    p = torch.softmax(logits, 1)
    p[range(len(labels)), labels] -= 1
    return p


def _gradient_label_minus(logits: Tensor, labels: Tensor) -> Tensor:
    hot = nn.functional.one_hot(labels, logits.shape[1])
    return (hot - torch.softmax(logits, 1)) / len(labels)


def _gradient_without_labels(logits: Tensor, labels: Tensor) -> Tensor:
    e = (logits - logits.amax(1, keepdim=True)).exp()
    return e / e.sum(1, keepdim=True) / len(logits)


def _gradient_precedence(logits: Tensor, labels: Tensor) -> Tensor:
    hot = nn.functional.one_hot(labels, logits.shape[1])
    return torch.softmax(logits, 1) - hot / len(labels)


def _gradient_whole_columns(logits: Tensor, labels: Tensor) -> Tensor:
    p = torch.softmax(logits, 1)
    p[:, labels] = p[:, labels] - 1
    return p / len(p)


def _gradient_mean_of_all(logits: Tensor, labels: Tensor) -> Tensor:
    return _gradient_of_sum(logits, labels) / logits.numel()


def _gradient_in_place_of_labels(logits: Tensor, labels: Tensor) -> Tensor:
    return (torch.softmax(logits, 1) - labels.unsqueeze(1)) / len(labels)


def _gradient_guessed_width(logits: Tensor, labels: Tensor) -> Tensor:
    return (torch.softmax(logits, dim=1) - nn.functional.one_hot(labels)) / len(labels)


def _gradient_guessed_width_of_sum(logits: Tensor, labels: Tensor) -> Tensor:
    p = torch.softmax(logits, dim=1)
    p -= nn.functional.one_hot(labels).float()
    return p


WRONG: list[tuple[Any, str | None]] = [
    (_gradient_of_sum, "not divided by B"),
    (_gradient_label_minus, "sign"),
    (_gradient_without_labels, "one-hot missing"),
    (_gradient_precedence, "only the one-hot divided"),
    (_gradient_whole_columns, "wrong index pairs"),
    (_gradient_mean_of_all, "divided by B and K"),
    (_gradient_in_place_of_labels, None),
    (_gradient_guessed_width, "one_hot without K"),
    (_gradient_guessed_width_of_sum, "one_hot without K"),
]
