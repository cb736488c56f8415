"""Wrong answers to exercise 5.1 as students write them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor


def _softmax_wrong_sum_axis(logits: Tensor) -> Tensor:
    e = torch.exp(logits)
    return e / torch.sum(e, 0)


def _softmax_forgot_keepdim(logits: Tensor) -> Tensor:
    e = torch.exp(logits)
    row_sums = e.sum(1)
    return e / row_sums


def _softmax_summed_everything(logits: Tensor) -> Tensor:
    total = torch.zeros((), dtype=logits.dtype)
    for row in logits:
        for score in row:
            total += torch.exp(score)
    return torch.exp(logits) / total


def _softmax_without_exp(logits: Tensor) -> Tensor:
    return logits / torch.sum(logits, dim=1, keepdim=True)


def _softmax_only_exp(logits: Tensor) -> Tensor:
    return torch.pow(torch.tensor(math.e, dtype=logits.dtype), logits)


def _softmax_with_two(logits: Tensor) -> Tensor:
    powers = 2**logits
    return powers / powers.sum(dim=1, keepdim=True)


WRONG: list[tuple[Any, str | None]] = [
    (_softmax_wrong_sum_axis, "dim 0"),
    (_softmax_forgot_keepdim, "no keepdim"),
    (_softmax_summed_everything, "global sum"),
    (_softmax_without_exp, "no exp"),
    (_softmax_only_exp, "not divided"),
    (_softmax_with_two, None),
]
