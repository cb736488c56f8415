"""Exercise 8.3: what an MLP keeps between its forward and its backward pass."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Generator

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult


def _networks(generator: Generator) -> Iterator[tuple[list[int], int]]:
    yield [3, 2], 1
    yield [3, 2], 5
    yield [4, 3, 2], 1
    yield [4, 3, 2], 6
    yield [784, 128, 10], 64
    yield [784, 128, 10], 1
    yield [2, 7, 7, 5], 3
    for _ in range(5):
        hidden = torch.randint(11, 60, (3,), generator=generator).tolist()
        batch_size = int(torch.randint(2, 300, (1,), generator=generator))
        yield [90, *hidden, 10], batch_size


def _activation_bytes(sizes: list[int], batch_size: int) -> int:
    return 4 * batch_size * sum(sizes[1:])


def _parameters(sizes: list[int]) -> int:
    return sum(inputs * outputs + outputs for inputs, outputs in pairwise(sizes))


ACTIVATION_BYTES = Exercise(
    number="8.3",
    name="activation_bytes",
    reference=_activation_bytes,
    cases=_networks,
    mistakes=(
        Mistake(
            "batch forgotten",
            lambda sizes, batch_size: 4 * sum(sizes[1:]),
            "That is what one picture takes. How many go through the network at once?",
        ),
        Mistake(
            "counts Flatten's view",
            lambda sizes, batch_size: 4 * batch_size * sum(sizes),
            "The flattened pictures were counted. Does Flatten make new numbers, or look at those "
            "of the batch?",
        ),
        Mistake(
            "batch and Flatten wrong",
            lambda sizes, batch_size: 4 * sum(sizes),
            "One picture was counted, and its flattened view with it. How many are there, and "
            "which memory does the view use?",
        ),
        Mistake(
            "Linear and ReLU both counted",
            lambda sizes, batch_size: 4 * batch_size * (2 * sum(sizes[1:-1]) + sizes[-1]),
            "Hidden layers were counted twice, before and after ReLU. Which of the two does the "
            "backward pass need?",
        ),
        Mistake(
            "logits left out",
            lambda sizes, batch_size: 4 * batch_size * sum(sizes[1:-1]),
            "The hidden layers are right. What does the loss look at?",
        ),
        Mistake(
            "loss counted",
            lambda sizes, batch_size: 4 * batch_size * (sum(sizes[1:]) + sizes[-1]),
            "The last layer was counted twice, as logits and as what the loss makes of them. What "
            "does the task leave out?",
        ),
        Mistake(
            "loss counted",
            lambda sizes, batch_size: 4 * batch_size * sum(sizes[1:]) + 4,
            "One number too many was counted, the loss itself. What does the task leave out?",
        ),
        Mistake(
            "logits only",
            lambda sizes, batch_size: 4 * batch_size * sizes[-1],
            "These are the logits alone. What did the layers before them leave?",
        ),
        Mistake(
            "numbers instead of bytes",
            lambda sizes, batch_size: batch_size * sum(sizes[1:]),
            "You counted numbers. How many bytes does a float32 take?",
        ),
        Mistake(
            "bits",
            lambda sizes, batch_size: 32 * batch_size * sum(sizes[1:]),
            "That is eight times too much. What is the difference between 32 bits and 32 bytes?",
        ),
        Mistake(
            "weights counted",
            lambda sizes, batch_size: 4 * _parameters(sizes),
            "These are the weights. What changes when the batch is twice as large, they or the "
            "outputs?",
        ),
        Mistake(
            "weights times batch",
            lambda sizes, batch_size: 4 * batch_size * _parameters(sizes),
            "Each picture was given a set of weights. Which numbers does a layer produce for each "
            "picture?",
        ),
        Mistake(
            "sizes multiplied",
            lambda sizes, batch_size: (
                4 * batch_size * sum(inputs * outputs for inputs, outputs in pairwise(sizes))
            ),
            "Sizes of neighbours were multiplied: that counts connections. How many numbers come "
            "out of a layer?",
        ),
    ),
)


def check_activation_bytes(answer: object) -> CheckResult:
    """Check exercise 8.3: `activation_bytes(sizes, batch_size)`, a list and an int, returns an int.

    sizes: the numbers of features, from the input to the logits.
    """
    return ACTIVATION_BYTES.check(answer)
