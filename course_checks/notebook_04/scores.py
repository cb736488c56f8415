"""Scores and labels of which it is known where each label ranks: the cases of notebook 04."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor


def scored(
    generator: Generator, ranks: Sequence[int], classes: int, scale: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Scores [B, K] and labels [B] in which the label of row i has rank `ranks[i]` (0 is the best).

    No two scores of a row are equal, so the right answer does not depend on how ties are broken,
    and none is a whole number, so that a score is never mistaken for a label.
    """
    values = (classes / 2 - torch.arange(classes) + 0.25) * scale
    scores = torch.empty(len(ranks), classes)
    labels = torch.empty(len(ranks), dtype=torch.int64)
    for row, rank in enumerate(ranks):
        best_first = torch.randperm(classes, generator=generator)
        scores[row, best_first] = values
        labels[row] = best_first[rank]
    return scores, labels


def scored_with_whole_numbers(generator: Generator) -> tuple[Tensor, Tensor]:
    """Scores [4, 6] of whole numbers, some of them equal to their label [4].

    One label is ranked first, one second. The largest score of each row is 5, which is the label of
    the two other rows. So whoever compares scores with labels counts some, but not the right ones.
    """
    scores = torch.stack([torch.randperm(6, generator=generator) for _ in range(4)]).float()
    for row, column in ((2, 5), (3, 5)):  # the largest score may not stand at place 5 there
        if scores[row, column] == 5:
            scores[row] = scores[row].roll(1)
    best_first = scores.argsort(dim=1, descending=True)
    return scores, torch.stack([best_first[0, 0], best_first[1, 1], *torch.tensor([5, 5])])


def random_ranks(generator: Generator, batch: int, classes: int) -> list[int]:
    """About half of the labels first, the others anywhere."""
    first = torch.rand(batch, generator=generator) < 0.5
    ranks = torch.randint(classes, (batch,), generator=generator).masked_fill(first, 0)
    return [int(rank) for rank in ranks]


def not_contiguous(scores: Tensor) -> Tensor:
    """The same numbers, stored column by column."""
    return scores.t().contiguous().t()


def num_correct(preds: Tensor, labels: Tensor) -> int:
    """How many rows of scores [B, K] have their largest at the label [B]."""
    return int(preds.argmax(dim=1).eq(labels).sum().item())
