"""Exercise 9.2 of notebook 09: the step of a large batch from small ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms

Batches = list[tuple[Tensor, Tensor]]

_OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "SGD": lambda params: torch.optim.SGD(params, lr=0.5),
    "SGD with momentum": lambda params: torch.optim.SGD(params, lr=0.2, momentum=0.9),
}


def _epochs(generator: Generator) -> Iterator[tuple[nn.Sequential, Batches, str, int]]:
    """A model, its batches, the kind of optimizer, batches per step."""
    for sizes, features, classes, optimizer, group_size in (
        ((1, 1, 1), 2, 2, "SGD", 2),  # the last group is incomplete
        ((3, 3, 3, 3), 4, 3, "SGD", 2),  # whole groups
        ((4, 4, 4, 1), 4, 3, "SGD", 2),  # the last batch is short
        ((3, 3, 3, 3, 2), 5, 4, "SGD", 3),  # both
        ((2, 2, 2), 3, 2, "SGD", 1),  # a step for each
        ((2, 2, 1), 3, 4, "SGD", 5),  # fewer batches than a group
        ((4, 4, 4, 4, 4, 4, 4), 6, 5, "SGD with momentum", 4),
        ((5,), 3, 3, "SGD", 1),
    ):
        with torch.random.fork_rng(devices=[]):  # layers start with global random numbers
            model = nn.Sequential(nn.Flatten(), nn.Linear(features, classes))
        for param in model.parameters():
            param.data.copy_(torch.randn(param.shape, generator=generator) / 2)
        batches = []
        for size in sizes:
            images = torch.randn(size, 1, 1, features, generator=generator)
            labels = torch.randint(classes, (size,), generator=generator)
            batches.append(((images * 8).round() / 8, labels))
        yield model, batches, optimizer, group_size


def _observe(
    answer: Any, model: nn.Sequential, batches: Batches, optimizer: str, group_size: int
) -> dict[str, Any]:
    """Go through the batches once; say how often the optimizer stepped and where weights went."""
    stepper = _OPTIMIZERS[optimizer](model.parameters())
    steps: list[bool] = []
    hook = stepper.register_step_post_hook(lambda *_: steps.append(True))
    returned = answer(model, batches, stepper, group_size)
    hook.remove()
    weight, bias = (param.detach().clone() for param in model.parameters())
    return {
        "returned": returned,
        "steps taken": len(steps),
        "bias afterwards": bias,
        "weight afterwards": weight,
    }


Share = Callable[[int, list[int], int], float]
"""Samples of a batch, samples of each batch in its group, group_size -> the loss's factor."""


def _by_samples(samples: int, group: list[int], group_size: int) -> float:
    return samples / sum(group)


def _by_batches(samples: int, group: list[int], group_size: int) -> float:
    return 1 / len(group)


def _by_group_size(samples: int, group: list[int], group_size: int) -> float:
    return 1 / group_size


def _undivided(samples: int, group: list[int], group_size: int) -> float:
    return 1.0


def _summed(samples: int, group: list[int], group_size: int) -> float:
    return float(samples)


def _by_another_number(samples: int, group: list[int], group_size: int) -> float:
    return samples / 256


def _by_first_batch(samples: int, group: list[int], group_size: int) -> float:
    return samples / (group[0] * group_size)


def _accumulating(
    share: Share, whole_groups_only: bool = False, clear: str = "group", returned: str = "steps"
) -> Callable[[nn.Module, Batches, Optimizer, int], int]:
    """Accumulation with each loss times `share`; clear: before each "group", "batch", or "never".

    Gradients of an incomplete group stay, unused, where only whole groups get a step.
    """

    def accumulate(
        model: nn.Module, batches: Batches, optimizer: Optimizer, group_size: int
    ) -> int:
        steps = 0
        for start in range(0, len(batches), group_size):
            group = batches[start : start + group_size]
            sizes = [len(labels) for _, labels in group]
            if clear == "group":
                optimizer.zero_grad()
            for images, labels in group:
                if clear == "batch":
                    optimizer.zero_grad()
                factor = share(len(labels), sizes, group_size)
                (cross_entropy(model(images), labels) * factor).backward()
            if len(group) == group_size or not whole_groups_only:
                optimizer.step()
                steps += 1
        return len(batches) if returned == "batches" else steps

    return accumulate


def _step_every_batch(share: Share) -> Callable[[nn.Module, Batches, Optimizer, int], int]:
    """The losses' factors of accumulation, but a step after each batch."""

    def wrong(model: nn.Module, batches: Batches, optimizer: Optimizer, group_size: int) -> int:
        for start in range(0, len(batches), group_size):
            group = batches[start : start + group_size]
            sizes = [len(labels) for _, labels in group]
            for images, labels in group:
                optimizer.zero_grad()
                factor = share(len(labels), sizes, group_size)
                (cross_entropy(model(images), labels) * factor).backward()
                optimizer.step()
        return len(batches)

    return wrong


def _step_every_batch_cleared_by_group(
    model: nn.Module, batches: Batches, optimizer: Optimizer, group_size: int
) -> int:
    for position, (images, labels) in enumerate(batches):
        if position % group_size == 0:
            optimizer.zero_grad()
        (cross_entropy(model(images), labels) / group_size).backward()
        optimizer.step()
    return len(batches)


def _no_step(model: nn.Module, batches: Batches, optimizer: Optimizer, group_size: int) -> int:
    for images, labels in batches:
        cross_entropy(model(images), labels).backward()
    return -(-len(batches) // group_size)


def _divided_by_all(
    model: nn.Module, batches: Batches, optimizer: Optimizer, group_size: int
) -> int:
    total = sum(len(labels) for _, labels in batches)
    return _accumulating(lambda samples, group, size: samples / total)(
        model, batches, optimizer, group_size
    )


def _one_step_in_all(
    model: nn.Module, batches: Batches, optimizer: Optimizer, group_size: int
) -> int:
    return _accumulating(_by_samples)(model, batches, optimizer, len(batches))


ACCUMULATE = Exercise(
    number="9.2",
    name="accumulate",
    reference=_accumulating(_by_samples),
    cases=_epochs,
    observe=_observe,
    mistakes=(
        *in_forms(
            "not divided",
            "The steps are several times too long: gradients of a group were added and never "
            "made a mean. Which share of its group is a batch?",
            _accumulating(_undivided),
            _accumulating(_summed),
        ),
        *in_forms(
            "step every micro-batch",
            "The optimizer stepped after every batch. "
            "How many batches should it wait for, and what do they leave for it?",
            _step_every_batch(_by_samples),
            _step_every_batch(_by_batches),
            _step_every_batch(_by_group_size),
            _step_every_batch(_undivided),
            _step_every_batch_cleared_by_group,
        ),
        *in_forms(
            "last incomplete group lost",
            "Whole groups got their step, but where the batches do not divide evenly, some "
            "are left. Who takes the step for them?",
            _accumulating(_by_samples, whole_groups_only=True),
            _accumulating(_by_batches, whole_groups_only=True),
            _accumulating(_by_group_size, whole_groups_only=True),
        ),
        Mistake(
            "not divided, last group lost",
            _accumulating(_undivided, whole_groups_only=True),
            "The steps are too long, and the last incomplete group got none. "
            "What makes a mean of a sum, and who steps at the end?",
        ),
        Mistake(
            "divided by group_size",
            _accumulating(_by_group_size),
            "Right for whole groups. By what was the loss divided in the last one, "
            "and how many batches are in it?",
        ),
        *in_forms(
            "divided by another number",
            "Every loss was divided by one and the same number, whatever is in the group. "
            "Over how many pictures does this step take the mean?",
            _divided_by_all,
            _accumulating(_by_another_number),
        ),
        Mistake(
            "mean of batch means",
            _accumulating(_by_batches),
            "Right unless the last batch is short. "
            "How much does a picture of a short batch weigh in a mean of means?",
        ),
        Mistake(
            "full batches assumed",
            _accumulating(_by_first_batch),
            "Right for whole groups. Did you count how many pictures the last group really has?",
        ),
        *in_forms(
            "cleared at every batch",
            "Only the last batch of each group counts. "
            "What does zero_grad do to the gradients of those before?",
            _accumulating(_by_samples, clear="batch"),
            _accumulating(_by_batches, clear="batch"),
            _accumulating(_by_group_size, clear="batch"),
            _accumulating(_undivided, clear="batch"),
        ),
        *in_forms(
            "never cleared",
            "The first step is right, later ones are not. "
            "What do the gradients of one group do in the next one?",
            _accumulating(_by_samples, clear="never"),
            _accumulating(_by_batches, clear="never"),
            _accumulating(_by_group_size, clear="never"),
        ),
        Mistake(
            "no step",
            _no_step,
            "The gradients are there, but no weight has moved. Who applies them, and when?",
        ),
        Mistake(
            "one step in all",
            _one_step_in_all,
            "All batches went into one step. How many of them make a group?",
        ),
        Mistake(
            "batches returned",
            _accumulating(_by_samples, returned="batches"),
            "The weights are right. Is the number that you return that of the batches or of the "
            "steps?",
        ),
    ),
)
