"""The exercise of notebook 00, which shows how a check answers."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from course_utils.exercises.engine import Exercise, Mistake
from course_utils.exercises.result import CheckResult


def _batches(generator: Generator) -> Iterator[tuple[Tensor]]:
    for shape in ((2, 1, 3, 4), (7, 3, 5, 4), (1, 1, 28, 28), (64, 3, 8, 8)):
        yield (torch.rand(shape, generator=generator),)


def _batch_length(images: Tensor) -> int:
    return images.shape[0]


BATCH_LENGTH = Exercise(
    number="0.1",
    name="batch_length",
    reference=_batch_length,
    cases=_batches,
    mistakes=(
        Mistake(
            "channel count",
            lambda images: images.shape[1],
            "That is the number of channels. Which position of the shape counts the pictures?",
        ),
        Mistake(
            "whole shape",
            lambda images: images.shape,
            "That is the whole shape. Which one of its four numbers is asked for?",
        ),
        Mistake(
            "number of pixels",
            lambda images: images.numel(),
            "That counts every number in the batch. How would you count only the pictures?",
        ),
    ),
)


def check_batch_length(answer: object) -> CheckResult:
    """Check exercise 0.1: `batch_length(images)`, images [B, C, H, W], returns B as an int."""
    return BATCH_LENGTH.check(answer)


EXERCISES = (BATCH_LENGTH,)
