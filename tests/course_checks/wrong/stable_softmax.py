"""Wrong answers to exercise 5.2 as students write them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def _stable_plain_formula(logits: Tensor) -> tuple[Tensor, Tensor]:
    p = torch.exp(logits) / torch.exp(logits).sum(dim=1, keepdim=True)
    return p, torch.log(p)


def _stable_one_max(logits: Tensor) -> tuple[Tensor, Tensor]:
    logits = logits - torch.max(logits)
    e = torch.exp(logits)
    total = torch.sum(e, 1, True)
    return e / total, logits - torch.log(total)


def _stable_then_log(logits: Tensor) -> tuple[Tensor, Tensor]:
    m, _ = logits.max(dim=1, keepdim=True)
    e = torch.exp(logits - m)
    p = e / e.sum(dim=1, keepdim=True)
    return p, p.log()


def _stable_log_unshifted(logits: Tensor) -> tuple[Tensor, Tensor]:
    m = logits.max(dim=1, keepdim=True).values
    e = torch.exp(logits - m)
    return e / e.sum(1, keepdim=True), logits - torch.log(torch.exp(logits).sum(1, keepdim=True))


def _stable_max_of_columns(logits: Tensor) -> tuple[Tensor, Tensor]:
    shifted = logits - logits.max(dim=0).values
    e = shifted.exp()
    return e / e.sum(1, keepdim=True), shifted - e.sum(1, keepdim=True).log()


def _stable_lost_maximum(logits: Tensor) -> tuple[Tensor, Tensor]:
    m = logits.amax(1, keepdim=True)
    total = (logits - m).exp().sum(1, keepdim=True)
    return (logits - m).exp() / total, logits - total.log()


def _stable_little_offset(logits: Tensor) -> tuple[Tensor, Tensor]:
    p = torch.softmax(logits, 1)
    return p, torch.log(p + 1e-9)


WRONG: list[tuple[Any, str | None]] = [
    (_stable_plain_formula, "overflows"),
    (_stable_one_max, "global maximum"),
    (_stable_then_log, "log of an underflowed softmax"),
    (_stable_log_unshifted, "log-softmax overflows"),
    (_stable_max_of_columns, "column maximum"),
    (_stable_lost_maximum, "maximum forgotten in the log"),
    (_stable_little_offset, None),
]
