"""Exercise 5.1 of notebook 05: scores to probabilities, for scores of moderate size."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.notebook_05.inputs import not_contiguous, scores
from course_checks.result import CheckResult


def _logits(generator: Generator) -> Iterator[tuple[Tensor]]:
    """No score beyond about 20, so that the plain formula is right too."""
    yield (scores(generator, 2, 3),)
    yield (scores(generator, 3, 3),)
    yield (scores(generator, 1, 4),)
    yield (scores(generator, 4, 1),)
    yield (not_contiguous(scores(generator, 5, 10, scale=3.0)),)
    yield (scores(generator, 3, 4).double(),)
    yield (scores(generator, 256, 10, scale=4.0),)


def _softmax(logits: Tensor) -> Tensor:
    return torch.softmax(logits, dim=1)


def _divided(numerators: Tensor) -> Tensor:
    return numerators / numerators.sum(dim=1, keepdim=True)


SOFTMAX = Exercise(
    number="5.1",
    name="softmax",
    reference=_softmax,
    cases=_logits,
    mistakes=(
        Mistake(
            "dim 0",
            lambda logits: torch.softmax(logits, dim=0),
            "The columns sum to one. The scores of one picture lie in a row: along which axis do "
            "you walk to add them up?",
        ),
        Mistake(
            "no keepdim",
            lambda logits: logits.exp() / logits.exp().sum(dim=1),
            "The row sums had shape [B], which meets the classes, not the rows. Which shape must "
            "they keep to stand beside their rows?",
        ),
        Mistake(
            "global sum",
            lambda logits: logits.exp() / logits.exp().sum(),
            "All numbers of the batch together sum to one. How many numbers share one whole?",
        ),
        Mistake(
            "no exp",
            _divided,
            "The scores themselves were divided by their sum. What makes every one of them "
            "positive first?",
        ),
        Mistake(
            "not divided",
            torch.exp,
            "The numbers are positive, but a row does not sum to one. By what do you divide it?",
        ),
        Mistake(
            "absolute values",
            lambda logits: _divided(logits.abs()),
            "Without their signs, a bad score and a good one look alike. Which function is "
            "positive and keeps the order?",
        ),
        Mistake(
            "log-softmax",
            lambda logits: torch.log_softmax(logits, dim=1),
            "These are the logarithms of the probabilities. What do you get without the log?",
        ),
    ),
)


def check_softmax(answer: object) -> CheckResult:
    """Check exercise 5.1: `softmax(logits)`, logits [B, K], returns probabilities [B, K]."""
    return SOFTMAX.check(answer)
