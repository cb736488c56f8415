"""Scores and labels for the exercises of notebook 05."""

from __future__ import annotations

import torch
from torch import Generator, Tensor


def scores(generator: Generator, batch: int, classes: int, scale: float = 1.0) -> Tensor:
    """Random scores [B, K], float32."""
    return torch.randn(batch, classes, generator=generator) * scale


def labels(generator: Generator, batch: int, classes: int) -> Tensor:
    """Random labels [B], int64."""
    return torch.randint(classes, (batch,), generator=generator)


def different_labels(generator: Generator, batch: int, classes: int) -> Tensor:
    """Labels [B] that are all different (B at most K)."""
    return torch.randperm(classes, generator=generator)[:batch]


def not_contiguous(tensor: Tensor) -> Tensor:
    """The same numbers, stored column by column."""
    return tensor.t().contiguous().t()


def one_hot(like: Tensor, labels: Tensor) -> Tensor:
    """1 at the label of each row and 0 elsewhere, [B, K], of the dtype of `like`."""
    hot = torch.zeros_like(like)
    hot[torch.arange(len(labels)), labels] = 1
    return hot
