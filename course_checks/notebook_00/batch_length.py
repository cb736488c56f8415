"""Exercise 0.1 of notebook 00: the number of pictures in a batch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult


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
            "picture height",
            lambda images: images.shape[2],
            "That is the height of one picture. Which position of the shape counts the pictures?",
        ),
        Mistake(
            "picture width",
            lambda images: images.shape[-1],
            "That is the width of one picture. Which position of the shape counts the pictures?",
        ),
        Mistake(
            "whole shape",
            lambda images: images.shape,
            "That is the whole shape. Which one of its four numbers is asked for?",
        ),
        Mistake(
            "still inside a shape or list",
            lambda images: images.shape[:1],
            "The number is right, but it still sits in a shape or a list with one entry. How do "
            "you take it out?",
        ),
        Mistake(
            "number of axes",
            lambda images: len(images.shape),
            "That counts the numbers in the shape, and every batch has four of them. Which of the "
            "four do you want?",
        ),
        Mistake(
            "number of pixels",
            lambda images: images.numel(),
            "That counts every number in the batch. How would you count only the pictures?",
        ),
        Mistake(
            "32 fixed",
            lambda images: 32,
            "32 belongs to the example. Where does a batch of another size say how many pictures "
            "it holds?",
        ),
        Mistake(
            "shape called like a function",
            lambda images: images.shape(0),
            "Round brackets call a function, but a shape works like a list. With which brackets "
            "do you take one entry out of a list?",
        ),
    ),
)


def check_batch_length(answer: object) -> CheckResult:
    """Check exercise 0.1: `batch_length(images)`, images [B, C, H, W], returns B as an int."""
    return BATCH_LENGTH.check(answer)
