"""The exercise of notebook 00, which shows how a check answers."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from course_checks.declared import replaced
from course_checks.engine import Exercise, Mistake


def _batches(generator: Generator) -> Iterator[tuple[Tensor]]:
    for shape in ((2, 1, 3, 4), (7, 3, 5, 4), (1, 1, 28, 28), (64, 3, 8, 8)):
        yield (torch.rand(shape, generator=generator),)


BATCH_LENGTH = Exercise(
    number="0.1",
    name="batch_length",
    solution='''\
def batch_length(images):
    """images [B, C, H, W] -> the number of pictures, an int."""
    return images.shape[0]
''',
    cases=_batches,
    mistakes=(
        Mistake(
            "channel count",
            replaced("shape[0]", "shape[1]"),
            "That is the number of channels. Which position of the shape counts the pictures?",
        ),
        Mistake(
            "picture height",
            replaced("shape[0]", "shape[2]"),
            "That is the height of one picture. Which position of the shape counts the pictures?",
        ),
        Mistake(
            "picture width",
            replaced("shape[0]", "shape[-1]"),
            "That is the width of one picture. Which position of the shape counts the pictures?",
        ),
        Mistake(
            "whole shape",
            replaced("shape[0]", "shape"),
            "That is the whole shape. Which one of its four numbers is asked for?",
        ),
        Mistake(
            "still inside a shape or list",
            replaced("shape[0]", "shape[:1]"),
            "The number is right, but it still sits in a shape or a list with one entry. How do "
            "you take it out?",
        ),
        Mistake(
            "number of axes",
            replaced("images.shape[0]", "len(images.shape)"),
            "That counts the numbers in the shape, and every batch has four of them. Which of the "
            "four do you want?",
        ),
        Mistake(
            "number of pixels",
            replaced("shape[0]", "numel()"),
            "That counts every number in the batch. How would you count only the pictures?",
        ),
        Mistake(
            "32 fixed",
            replaced("images.shape[0]", "32"),
            "32 belongs to the example. Where does a batch of another size say how many pictures "
            "it holds?",
        ),
        Mistake(
            "shape called like a function",
            replaced("shape[0]", "shape(0)"),
            "Round brackets call a function, but a shape works like a list. With which brackets "
            "do you take one entry out of a list?",
        ),
    ),
)
