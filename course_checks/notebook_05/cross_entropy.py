"""Exercise 5.3 of notebook 05: cross-entropy from logits."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.notebook_05.inputs import (
    different_labels,
    labels,
    not_contiguous,
    one_hot,
    scores,
)
from course_checks.result import CheckResult


def _batches(generator: Generator) -> Iterator[tuple[Tensor, Tensor]]:
    yield scores(generator, 2, 3), different_labels(generator, 2, 3)
    yield scores(generator, 3, 3), different_labels(generator, 3, 3)
    yield scores(generator, 4, 2), labels(generator, 4, 2)
    yield scores(generator, 1, 5), labels(generator, 1, 5)
    yield scores(generator, 3, 1), labels(generator, 3, 1)
    yield torch.tensor([[0.0, 300.0], [-200.0, 200.0]]), torch.tensor([0, 1])
    yield scores(generator, 5, 4, scale=300.0), labels(generator, 5, 4)
    yield not_contiguous(scores(generator, 6, 10)), labels(generator, 6, 10)
    yield scores(generator, 64, 10).double(), labels(generator, 64, 10)


def _log_probabilities(logits: Tensor) -> Tensor:
    return torch.log_softmax(logits, dim=1)


def _picked(values: Tensor, labels: Tensor) -> Tensor:
    return values[torch.arange(len(labels)), labels]


def _cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    return -_picked(_log_probabilities(logits), labels).mean()


def _naive_log(logits: Tensor) -> Tensor:
    exponentials = logits.exp()
    return (exponentials / exponentials.sum(dim=1, keepdim=True)).log()


CROSS_ENTROPY = Exercise(
    number="5.3",
    name="cross_entropy",
    reference=_cross_entropy,
    cases=_batches,
    mistakes=(
        Mistake(
            "sum for mean",
            lambda logits, labels: -_picked(_log_probabilities(logits), labels).sum(),
            "That is the loss of the whole batch together. What makes it the loss of one picture?",
        ),
        Mistake(
            "wrong index pairs",
            lambda logits, labels: -_log_probabilities(logits)[:, labels].mean(),
            "[:, labels] takes every label from every row, [B, B] numbers. How many numbers do "
            "you want from each row?",
        ),
        Mistake(
            "applied to probabilities",
            lambda logits, labels: _cross_entropy(torch.softmax(logits, dim=1), labels),
            "Softmax was applied twice. Are the numbers that go into log-softmax still scores?",
        ),
        Mistake(
            "sign",
            lambda logits, labels: -_cross_entropy(logits, labels),
            "The loss is negative. A probability is at most one: what is the sign of its "
            "logarithm?",
        ),
        Mistake(
            "no softmax",
            lambda logits, labels: -_picked(logits.log(), labels).mean(),
            "The log of the scores was taken, and half of them are negative. What must the scores "
            "become first?",
        ),
        Mistake(
            "no log",
            lambda logits, labels: -_picked(torch.softmax(logits, dim=1), labels).mean(),
            "That is the mean probability of the right class, with a minus. Which function turns "
            "a small probability into a large loss?",
        ),
        Mistake(
            "raw scores",
            lambda logits, labels: -_picked(logits, labels).mean(),
            "That is the mean score of the right class, with a minus. How do the other scores of "
            "the row come in?",
        ),
        Mistake(
            "overflows",
            lambda logits, labels: -_picked(_naive_log(logits), labels).mean(),
            "A score of 300 has no finite exponential. What did exercise 5.2 do to a row first?",
        ),
        Mistake(
            "log of an underflowed softmax",
            lambda logits, labels: -_picked(torch.softmax(logits, dim=1).log(), labels).mean(),
            "A very small probability is stored as 0, and its log is -inf. Which function gives "
            "the log without that detour?",
        ),
        Mistake(
            "not reduced",
            lambda logits, labels: -_picked(_log_probabilities(logits), labels),
            "That is one loss for each picture. How does one number come of them?",
        ),
        Mistake(
            "number instead of tensor",
            lambda logits, labels: _cross_entropy(logits, labels).item(),
            "The value is right, but it is a plain number. What must a loss still be able to do in "
            "training?",
        ),
        Mistake(
            "divided by B and K",
            lambda logits, labels: -(one_hot(logits, labels) * _log_probabilities(logits)).mean(),
            "The mean was taken over all classes, the zeros too. Over how many pictures should it "
            "go?",
        ),
        Mistake(
            "labels ignored",
            lambda logits, labels: -_log_probabilities(logits).mean(),
            "Every class was counted. Which one number of each row does its label ask for?",
        ),
        Mistake(
            "dim 0",
            lambda logits, labels: -_picked(torch.log_softmax(logits, dim=0), labels).mean(),
            "The columns were turned into probabilities. Along which axis do the scores of one "
            "picture lie?",
        ),
    ),
)


def check_cross_entropy(answer: object) -> CheckResult:
    """Check exercise 5.3: `cross_entropy(logits, labels)`, logits [B, K], labels [B].

    Returns the mean loss, a tensor [].
    """
    return CROSS_ENTROPY.check(answer)
