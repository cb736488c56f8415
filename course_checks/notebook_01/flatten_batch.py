"""Exercise 1.1 of notebook 01: a batch of pictures as a table, one picture a row."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.result import CheckResult


def _flatten_cases(generator: Generator) -> Iterator[tuple[Tensor]]:
    # Distinct whole numbers, so that no two places can be mistaken for each other.
    for shape in ((2, 2, 1, 3), (2, 1, 2, 3)):
        yield (torch.randperm(12, generator=generator).float().reshape(shape),)
    for shape in ((4, 1, 14, 14), (3, 1, 28, 28), (5, 3, 6, 4), (1, 3, 2, 5), (1, 1, 4, 3)):
        yield (torch.rand(shape, generator=generator),)
    # Not in reading order in memory, as a picture is after `permute`.
    yield (torch.rand((2, 5, 4, 3), generator=generator).permute(0, 3, 1, 2),)


def _flatten_batch(images: Tensor) -> Tensor:
    return images.reshape(images.shape[0], -1)


FLATTEN_BATCH = Exercise(
    number="1.1",
    name="flatten_batch",
    reference=_flatten_batch,
    cases=_flatten_cases,
    mistakes=(
        *in_forms(
            "flattens everything",
            "All pictures became one long row. Which axis has to survive, and where does "
            "flattening begin if it does?",
            lambda images: images.flatten(),
            lambda images: images.view(-1),
            lambda images: images.reshape(1, -1),
            lambda images: images.view(1, -1),
        ),
        *in_forms(
            "784 fixed",
            "784 numbers a row fits grey pictures of 28 × 28 only. How could the length of a "
            "row follow from the input?",
            lambda images: images.reshape(-1, 784),
            lambda images: images.reshape(images.shape[0], 784),
        ),
        *in_forms(
            "channels forgotten",
            "H · W numbers are one channel, and a colour picture has three. How many numbers "
            "has a whole picture?",
            lambda images: images.reshape(images.shape[0], images.shape[2] * images.shape[3]),
            lambda images: images.view(images.shape[0], images.shape[2] * images.shape[3]),
        ),
        Mistake(
            "result not kept",
            lambda images: images,
            "The batch comes back as it went in. `reshape` and `flatten` leave it alone and hand "
            "back a new tensor: what became of that one?",
        ),
        Mistake(
            "order lost",
            lambda images: images.reshape(-1, images.shape[0]).T,
            "The shape is right, but numbers of different pictures share a row. Which numbers "
            "stand next to each other in memory: those of one picture, or one of each?",
        ),
        *in_forms(
            "batch axis second",
            "The result has the shape [C · H · W, B]. Which of the two axes does the task "
            "name first?",
            lambda images: images.reshape(-1, images.shape[0]),
            lambda images: images.view(-1, images.shape[0]),
            lambda images: images.flatten(start_dim=1).T,
        ),
        Mistake(
            "channels last",
            lambda images: images.permute(0, 2, 3, 1).flatten(start_dim=1),
            "Each row holds the right numbers in another order: the channels alternate. Which "
            "axis did you walk along fastest?",
        ),
        Mistake(
            "columns first",
            lambda images: images.transpose(2, 3).flatten(start_dim=1),
            "Each row holds the right numbers in another order: column by column. Which axis is "
            "walked along fastest in reading order?",
        ),
        Mistake(
            "channels kept apart",
            lambda images: images.flatten(start_dim=2),
            "The channels still have an axis of their own. Which axes belong to one picture?",
        ),
        Mistake(
            "width kept apart",
            lambda images: images.flatten(start_dim=1, end_dim=2),
            "Channels and rows became one axis, but the columns still have their own. Which axes "
            "belong to one picture?",
        ),
        *in_forms(
            "channels become pictures",
            "Each channel got a row to itself, as if it were a picture. How many rows should "
            "there be, and how many numbers has one picture?",
            lambda images: images.reshape(-1, images.shape[2] * images.shape[3]),
            lambda images: images.view(-1, images.shape[2] * images.shape[3]),
        ),
        Mistake(
            "batch and channels merged",
            lambda images: images.flatten(0, 1),
            "You merged the batch with the channels and left the pixels apart. Which axes should "
            "become one?",
        ),
        *in_forms(
            "batch of one squeezed away",
            "A batch of one has an axis of size 1 in front, and `squeeze` takes it away. Does "
            "flattening need `squeeze` at all?",
            lambda images: images.squeeze().flatten(start_dim=1),
            lambda images: images.squeeze(0).flatten(start_dim=1),
            lambda images: images.flatten(start_dim=1).squeeze(),
        ),
        Mistake(
            "first picture only",
            lambda images: images[0].flatten(),
            "Only the first picture is left. What became of the others?",
        ),
        Mistake(
            "rows left in a list",
            lambda images: [image.flatten() for image in images],
            "Every row is right, but they are separate tensors in a list. Which single operation "
            "would treat the whole batch at once?",
        ),
        Mistake(
            "view of a permuted batch",
            lambda images: images.view(images.shape[0], -1),
            "Right, until a batch comes out of `permute`: `view` never copies. Which operation of "
            "this notebook copies when it must?",
        ),
    ),
)


def check_flatten_batch(answer: object) -> CheckResult:
    """Check exercise 1.1: `flatten_batch(images)`, [B, C, H, W] to [B, C · H · W]."""
    return FLATTEN_BATCH.check(answer)
