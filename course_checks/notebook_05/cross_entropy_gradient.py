"""Exercise 5.4 of notebook 05: the gradient of cross-entropy with respect to the logits."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
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
    yield scores(generator, 1, 5), labels(generator, 1, 4)  # the last class does not occur
    yield scores(generator, 3, 1), labels(generator, 3, 1)
    yield scores(generator, 5, 4, scale=100.0), labels(generator, 5, 4)
    yield not_contiguous(scores(generator, 6, 10)), labels(generator, 6, 10)
    yield scores(generator, 16, 10).double(), labels(generator, 16, 10)


def _probabilities(logits: Tensor) -> Tensor:
    return torch.softmax(logits, dim=1)


def _of_the_sum(logits: Tensor, labels: Tensor) -> Tensor:
    return _probabilities(logits) - one_hot(logits, labels)


def _cross_entropy_gradient(logits: Tensor, labels: Tensor) -> Tensor:
    return _of_the_sum(logits, labels) / len(labels)


def _wrong_pairs(logits: Tensor, labels: Tensor) -> Tensor:
    gradient = _probabilities(logits)
    gradient[:, labels] -= 1
    return gradient / len(labels)


def _guessed_width(logits: Tensor, labels: Tensor) -> Tensor:
    return _probabilities(logits) - torch.nn.functional.one_hot(labels)


def _only_the_right_class(logits: Tensor, labels: Tensor) -> Tensor:
    return _cross_entropy_gradient(logits, labels) * one_hot(logits, labels)


CROSS_ENTROPY_GRADIENT = Exercise(
    number="5.4",
    name="cross_entropy_gradient",
    reference=_cross_entropy_gradient,
    cases=_batches,
    mistakes=(
        Mistake(
            "not divided by B",
            _of_the_sum,
            "That is the gradient of the summed loss. The loss is a mean over the batch: what "
            "does that do to each picture's share?",
        ),
        Mistake(
            "sign",
            lambda logits, labels: -_cross_entropy_gradient(logits, labels),
            "Every sign is turned round. If the score of the right class grows, does the loss "
            "grow or fall?",
        ),
        Mistake(
            "one-hot missing",
            lambda logits, labels: _probabilities(logits) / len(labels),
            "These are the probabilities over B; the labels have no say in them. What is "
            "different for the right class?",
        ),
        Mistake(
            "only the one-hot divided",
            lambda logits, labels: _probabilities(logits) - one_hot(logits, labels) / len(labels),
            "Only the one-hot was divided by B. Which part of the difference belongs to the mean?",
        ),
        Mistake(
            "only the softmax divided",
            lambda logits, labels: _probabilities(logits) / len(labels) - one_hot(logits, labels),
            "The 1 was taken away after the division by B. Which of the two comes first?",
        ),
        Mistake(
            "divided by K",
            lambda logits, labels: _of_the_sum(logits, labels) / logits.shape[1],
            "It was divided by the number of classes. Over what is the loss a mean?",
        ),
        Mistake(
            "divided by B and K",
            lambda logits, labels: _of_the_sum(logits, labels) / logits.numel(),
            "It was divided by all the numbers in the batch. Over what is the loss a mean?",
        ),
        Mistake(
            "wrong index pairs",
            _wrong_pairs,
            "1 was taken from whole columns. How do you name one place in each row?",
        ),
        *in_forms(
            "one_hot without K",
            "one_hot was not told how many classes there are, and guessed from the largest label. "
            "How wide is its result when the last class does not occur?",
            lambda logits, labels: _guessed_width(logits, labels) / len(labels),
            _guessed_width,
        ),
        Mistake(
            "no softmax",
            lambda logits, labels: (logits - one_hot(logits, labels)) / len(labels),
            "The 1 was taken from the scores themselves. What do the scores become first?",
        ),
        Mistake(
            "only the right class",
            _only_the_right_class,
            "The other classes have gradient 0. Does the loss change when one of their scores "
            "grows?",
        ),
        Mistake(
            "dim 0",
            lambda logits, labels: (
                (torch.softmax(logits, dim=0) - one_hot(logits, labels)) / len(labels)
            ),
            "The columns were turned into probabilities. Along which axis do the scores of one "
            "picture lie?",
        ),
        Mistake(
            "loss instead of gradient",
            lambda logits, labels: torch.nn.functional.cross_entropy(logits, labels),
            "That is the loss, one number. How many slopes does it have, if every score may move?",
        ),
    ),
)


def check_cross_entropy_gradient(answer: object) -> CheckResult:
    """Check exercise 5.4: `cross_entropy_gradient(logits, labels)`, logits [B, K], labels [B].

    Returns the gradient of the mean loss with respect to the logits, [B, K].
    """
    return CROSS_ENTROPY_GRADIENT.check(answer)
