"""Exercise 4.3 of notebook 04: how many labels are among the k highest scores of their row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.notebook_04.scores import (
    not_contiguous,
    num_correct,
    random_ranks,
    scored,
    scored_with_whole_numbers,
)
from course_checks.result import CheckResult


def _ranked(generator: Generator) -> Iterator[tuple[Tensor, Tensor, int]]:
    yield *scored(generator, (0, 1, 2, 0), 3), 2
    yield *scored(generator, (1, 0, 3, 0, 2), 4), 1
    yield *scored(generator, (0, 1, 2, 3, 4, 2, 1), 5), 3
    yield *scored(generator, (3, 0, 6), 8), 5
    yield *scored(generator, (2, 1, 0, 4, 3), 5), 2
    yield *scored(generator, (2, 1, 0, 3), 4), 4
    yield *scored(generator, (1,), 6), 2
    yield *scored(generator, (0, 0), 1), 1
    yield *scored_with_whole_numbers(generator), 2
    scores, labels = scored(generator, random_ranks(generator, 30, 10), 10, scale=1e6)
    yield scores.double(), labels, 3
    scores, labels = scored(generator, random_ranks(generator, 20, 7), 7)
    yield not_contiguous(scores), labels, 4


def _best(preds: Tensor, k: int) -> Tensor:
    """The classes [B, k] of the k highest scores of each row; all of them where k is too large."""
    return preds.argsort(dim=1, descending=True)[:, :k].contiguous()


def _hits(best: Tensor, labels: Tensor) -> Tensor:
    """True or False [B]: whether a label is among the classes [B, k] of its row."""
    return best.eq(labels.unsqueeze(1)).any(dim=1)


def _topk_correct(preds: Tensor, labels: Tensor, k: int) -> int:
    return int(_hits(_best(preds, k), labels).sum().item())


def _with_k(fixed: int) -> Any:
    return lambda preds, labels, k: _hits(preds.topk(fixed, dim=1).indices, labels).sum().item()


TOPK_CORRECT = Exercise(
    number="4.3",
    name="topk_correct",
    reference=_topk_correct,
    cases=_ranked,
    mistakes=(
        Mistake(
            "k fixed to 1",
            lambda preds, labels, k: num_correct(preds, labels),
            "Only the single highest score was looked at. Where does k come in?",
        ),
        *in_forms(
            "k fixed to another number",
            "The same number of classes was looked at for every k. Where does k come in?",
            _with_k(2),
            _with_k(3),
            _with_k(5),
        ),
        *in_forms(
            "wrong axis",
            "The k highest were taken down each column, over the pictures. Along which axis do "
            "the scores of one picture lie?",
            lambda preds, labels, k: _hits(preds.topk(k, dim=0).indices, labels).sum().item(),
            lambda preds, labels, k: (
                preds.topk(k, dim=0).indices.eq(labels).any(dim=0).sum().item()
            ),
            lambda preds, labels, k: preds.topk(k, dim=0).indices.eq(labels).sum().item(),
        ),
        *in_forms(
            "labels as a row",
            "The top classes have shape [B, k], the labels [B]. Which shape lets a label meet all "
            "of its own row?",
            lambda preds, labels, k: _best(preds, k).eq(labels).any(dim=1).sum().item(),
            lambda preds, labels, k: _best(preds, k).eq(labels).sum().item(),
        ),
        Mistake(
            "any over the pictures",
            lambda preds, labels, k: (
                _best(preds, k).eq(labels.unsqueeze(1)).any(dim=0).sum().item()
            ),
            "You asked of each of the k places whether any picture hits there. Which axis has to "
            "disappear, so that each picture counts once?",
        ),
        Mistake(
            "all instead of any",
            lambda preds, labels, k: (
                _best(preds, k).eq(labels.unsqueeze(1)).all(dim=1).sum().item()
            ),
            "Your rows count only if all k places hold the label. In how many of them can a label "
            "stand?",
        ),
        Mistake(
            "labels found in another row",
            lambda preds, labels, k: torch.isin(labels, _best(preds, k)).sum().item(),
            "A label counted as soon as it was in the top k of any picture. In whose top k should "
            "it be?",
        ),
        Mistake(
            "k-th only",
            lambda preds, labels, k: _best(preds, k)[:, -1].eq(labels).sum().item(),
            "Only the class in place k was compared. Which places count as a hit?",
        ),
        Mistake(
            "lowest k",
            lambda preds, labels, k: _hits(preds.argsort(dim=1)[:, :k], labels).sum().item(),
            "These are the k lowest scores. In which order does sorting put them?",
        ),
        *in_forms(
            "one too many",
            "A label in place k + 1 was counted as well. How many classes may score higher than a "
            "label that is still a hit?",
            lambda preds, labels, k: _topk_correct(preds, labels, k + 1),
            lambda preds, labels, k: _hits(preds.topk(k + 1, dim=1).indices, labels).sum().item(),
        ),
        *in_forms(
            "one too few",
            "A label in place k was not counted. How many classes may score higher than a label "
            "that is still a hit?",
            lambda preds, labels, k: _topk_correct(preds, labels, k - 1),
            lambda preds, labels, k: (  # [-k + 1:] takes all of them for k = 1
                _topk_correct(preds, labels, k - 1 or preds.shape[1])
            ),
        ),
        Mistake(
            "compares scores",
            lambda preds, labels, k: (
                preds.topk(k, dim=1).values.eq(labels.unsqueeze(1)).sum().item()
            ),
            "Scores were compared with labels. What else does topk return beside the values?",
        ),
        *in_forms(
            "compares topk's pair",
            "`topk` hands back two tensors at once, and you compared the pair. Which of the two "
            "holds classes?",
            lambda preds, labels, k: (preds.topk(k, dim=1) == labels.unsqueeze(1)).any(),
            lambda preds, labels, k: (preds.topk(k, dim=1) == labels.unsqueeze(1)).sum(),
            lambda preds, labels, k: preds.topk(k, dim=1).eq(labels.unsqueeze(1)),
        ),
        *in_forms(
            "returns a tensor",
            "The count is right, but it is still a tensor. Which method takes the one number out?",
            lambda preds, labels, k: _hits(_best(preds, k), labels).sum(),
            lambda preds, labels, k: _hits(_best(preds, k), labels).float().sum(),
        ),
        Mistake(
            "returns a float",
            lambda preds, labels, k: float(_topk_correct(preds, labels, k)),
            "The value is right, but a count should be an int. Does a True need to become a float "
            "to be summed?",
        ),
        *in_forms(
            "returns a fraction",
            "That is the share of hits. What do you get before you divide?",
            lambda preds, labels, k: _topk_correct(preds, labels, k) / len(labels),
            lambda preds, labels, k: _hits(_best(preds, k), labels).float().mean(),
        ),
        Mistake(
            "not counted",
            lambda preds, labels, k: _hits(_best(preds, k), labels),
            "That is one True or False for each picture. How do you make one number of them?",
        ),
        Mistake(
            "divides by every comparison",
            lambda preds, labels, k: _best(preds, k).eq(labels.unsqueeze(1)).float().mean().item(),
            "That is a mean over all B times k comparisons. Which number was asked for?",
        ),
    ),
)


def check_topk_correct(answer: object) -> CheckResult:
    """Check exercise 4.3: `topk_correct(preds, labels, k)`, preds [B, K], labels [B], an int."""
    return TOPK_CORRECT.check(answer)
