"""The exercises of notebook 09: the largest batch, gradient accumulation, another batch size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from course_checks.declared import Edit, instead, replaced, without
from course_checks.engine import Exercise, Mistake

# 9.1

Point = tuple[int, int]
"""A batch size and the peak bytes of a step with it."""


def _measurements(generator: Generator) -> Iterator[tuple[Point, Point, int, float]]:
    """Two points, the card's bytes, the share that may be used."""
    yield (1, 130), (3, 190), 500, 0.8  # to the byte
    yield (1, 130), (3, 190), 419, 1.0  # one byte short of the eleventh
    yield (13, 1050), (10, 1000), 5005, 1.0  # the larger first; 50 bytes for 3 samples
    for _ in range(4):
        per_sample, fixed, size, more, fits = (
            int(torch.randint(low, high, (), generator=generator))
            for low, high in ((20, 90), (200, 900), (2, 9), (3, 40), (30, 300))
        )
        # Most of one more sample is left over: rounding up or to the nearest is seen.
        usable = fixed + per_sample * fits + per_sample * 3 // 4
        share = float(torch.randint(5, 9, (), generator=generator)) / 10
        first, second = (
            (batch_size, fixed + per_sample * batch_size) for batch_size in (size, size + more)
        )
        yield first, second, round(usable / share), share
    yield (64, 18_766_760), (128, 35_583_912), 16 * 1024**2, 1.0  # the CNN of the notebook
    yield (1_000, 11_000), (2_000, 21_000), 2_001_000, 1.0  # two hundred thousand
    yield (4, 900), (2, 700), 590, 1.0  # not one sample
    yield (4, 900), (2, 700), 700, 0.5  # not even the fixed part


def _per_sample(fraction: str) -> Edit:
    return replaced("(bytes_2 - bytes_1) / (size_2 - size_1)", fraction)


def _result(size: str) -> Edit:
    return replaced("(share * capacity - fixed) // per_sample", size)


_NOTHING_FIXED = replaced(" - fixed", "")
_EXACT = replaced("//", "/")

LARGEST_BATCH = Exercise(
    number="9.1",
    name="largest_batch",
    solution='''\
def largest_batch(first, second, capacity, share):
    """Two pairs (batch size, peak bytes), bytes of the card, share in (0, 1] -> batch size."""
    (size_1, bytes_1), (size_2, bytes_2) = first, second
    per_sample = (bytes_2 - bytes_1) / (size_2 - size_1)
    fixed = bytes_1 - size_1 * per_sample
    return max(0, int((share * capacity - fixed) // per_sample))
''',
    cases=_measurements,
    mistakes=(
        Mistake(
            "fixed part ignored",
            (
                _NOTHING_FIXED,
                _NOTHING_FIXED + _per_sample("bytes_1 / size_1"),
                _NOTHING_FIXED + _per_sample("bytes_2 / size_2"),
            ),
            "All of the memory was shared out among the samples. "
            "What lies on the card before the first sample comes?",
        ),
        Mistake(
            "rounds up",
            replaced("int((", "math.ceil((") + _EXACT,
            "A sample was counted that fits only in part. What does the card do with it?",
        ),
        Mistake(
            "rounds to the nearest",
            replaced("int((", "round((") + _EXACT,
            "`round` sometimes goes up, and then the step runs out of memory. "
            "Which way must a part of a sample be rounded?",
        ),
        Mistake(
            "headroom applied twice",
            (
                _result("(share * share * capacity - fixed) // per_sample"),
                _result("share * (share * capacity - fixed) // per_sample"),
                _result("share * ((share * capacity - fixed) // per_sample)"),
            ),
            "The reserve was taken twice. Once the share of the capacity has been formed, "
            "is there anything left to reduce?",
        ),
        Mistake(
            "headroom taken from the batch",
            (
                _result("share * (capacity - fixed) // per_sample"),
                _result("share * ((capacity - fixed) // per_sample)"),
            ),
            "The share was taken of the samples, after the fixed part. "
            "Of which number does the task ask for a share?",
        ),
        Mistake(
            "headroom ignored",
            replaced("share * ", ""),
            "This batch would fill the whole card. How much of it may be used?",
        ),
        Mistake(
            "below zero",
            (replaced("max(0, int(", "int(("), replaced("max(0, int(", "int((") + _EXACT),
            "There is no batch with a negative number of samples. "
            "What should come back if not even the fixed part fits?",
        ),
        Mistake(
            "difference undivided",
            _per_sample("bytes_2 - bytes_1"),
            "The difference in bytes was taken for one sample's. "
            "By how many samples do the two batches differ?",
        ),
        Mistake(
            "cut towards zero",
            replaced("- fixed) // per_sample)", "- bytes_1) / per_sample) + size_1"),
            "Right unless the answer lies below the batch that you start from. "
            "Does `int` round a negative number down or up?",
        ),
        Mistake(
            "slope rounded",
            _per_sample("(bytes_2 - bytes_1) // (size_2 - size_1)"),
            "The bytes per sample were rounded, and hundreds of samples make the error large. "
            "At which point is rounding right?",
        ),
        Mistake(
            "first measurement taken for fixed",
            replaced("bytes_1 - size_1 * per_sample", "bytes_1"),
            "The bytes of the first measurement were taken for the fixed part. "
            "How many samples are in them?",
        ),
        Mistake(
            "fixed part added",
            replaced("capacity - fixed", "capacity + fixed"),
            "The fixed part made the batch larger. Does it take memory or give it?",
        ),
        Mistake(
            "not rounded",
            replaced("int(", "(") + _EXACT,
            "The result is a float, at times with a fraction. What is a part of a sample worth?",
        ),
        Mistake(
            "still a float",
            replaced("max(0, int(", "max(0.0, ("),
            "The value is right, but it is a float, and `//` with floats gives one. "
            "What makes a whole number of it?",
        ),
    ),
)

# 9.2

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
    """Go through the batches once; say how often the optimizer stepped and where weights went.

    A batch's activations are kept from its forward pass to its backward pass: what is kept at the
    same time is counted in pictures.
    """
    stepper = _OPTIMIZERS[optimizer](model.parameters())
    steps: list[bool] = []
    kept, most = [0], [0]

    def keep(_: object, inputs: tuple[Tensor], logits: Tensor) -> None:
        if logits.requires_grad:
            kept[0] += len(inputs[0])
            most[0] = max(most[0], kept[0])

    def release(_: Tensor) -> None:
        kept[0] = 0

    hooks = [
        stepper.register_step_post_hook(lambda *_: steps.append(True)),
        model.register_forward_hook(keep),
        next(model.parameters()).register_hook(release),
    ]
    returned = answer(model, batches, stepper, group_size)
    for hook in hooks:
        hook.remove()
    weight, bias = (param.detach().clone() for param in model.parameters())
    longest = max((len(labels) for _, labels in batches), default=0)
    return {
        "activations kept": "of one batch" if most[0] <= longest else "of several batches",
        "returned": returned,
        "steps taken": len(steps),
        "bias afterwards": bias,
        "weight afterwards": weight,
    }


_UNDIVIDED = replaced(" * len(labels) / num_samples", "")
_BY_BATCHES = replaced("* len(labels) / num_samples", "/ len(group)")
_BY_GROUP_SIZE = replaced("* len(labels) / num_samples", "/ group_size")

_ONE_LARGE_BATCH = instead(
    "steps = 0",
    "for start in range(0, len(batches), group_size):",
    "    images, labels = zip(*batches[start : start + group_size])",
    "    optimizer.zero_grad()",
    "    F.cross_entropy(model(torch.cat(images)), torch.cat(labels)).backward()",
    "    optimizer.step()",
    "    steps += 1",
    "return steps",
)
_LOSSES_ADDED_UP = (
    replaced("optimizer.zero_grad()", "optimizer.zero_grad()\n        total = 0")
    + replaced(
        "(loss * len(labels) / num_samples).backward()", "total += loss * len(labels) / num_samples"
    )
    + replaced("        optimizer.step()", "        total.backward()\n        optimizer.step()")
)

_CLEARED_AT_EVERY_BATCH = without("zero_grad") + replaced(
    "            loss = ", "            optimizer.zero_grad()\n            loss = "
)
_STEP_AT_EVERY_BATCH = replaced(
    "        optimizer.step()\n        steps += 1",
    "            optimizer.step()\n            steps += 1",
)
# Gradients of an incomplete group stay, unused.
_WHOLE_GROUPS_ONLY = replaced(
    "        optimizer.step()\n        steps += 1",
    "        if len(group) == group_size:\n            optimizer.step()\n            steps += 1",
)

ACCUMULATE = Exercise(
    number="9.2",
    name="accumulate",
    solution='''\
def accumulate(model, batches, optimizer, group_size):
    """A list of (images, labels [B]) -> the number of steps; the weights move."""
    steps = 0
    for start in range(0, len(batches), group_size):
        group = batches[start : start + group_size]
        num_samples = sum(len(labels) for _, labels in group)
        optimizer.zero_grad()
        for images, labels in group:
            loss = torch.nn.functional.cross_entropy(model(images), labels)
            (loss * len(labels) / num_samples).backward()
        optimizer.step()
        steps += 1
    return steps
''',
    cases=_epochs,
    observe=_observe,
    mistakes=(
        Mistake(
            "the whole group kept",
            (_ONE_LARGE_BATCH, _LOSSES_ADDED_UP, _LOSSES_ADDED_UP + _BY_BATCHES),
            "The activations of several batches were kept at the same time, as much memory as the "
            "large batch takes. When could those of one batch be let go?",
        ),
        Mistake(
            "not divided",
            (_UNDIVIDED, replaced(" / num_samples", "")),
            "The steps are several times too long: gradients of a group were added and never "
            "made a mean. Which share of its group is a batch?",
        ),
        Mistake(
            "step every micro-batch",
            (
                _CLEARED_AT_EVERY_BATCH + _STEP_AT_EVERY_BATCH,
                _CLEARED_AT_EVERY_BATCH + _STEP_AT_EVERY_BATCH + _BY_GROUP_SIZE,
                _CLEARED_AT_EVERY_BATCH + _STEP_AT_EVERY_BATCH + _UNDIVIDED,
            ),
            "The optimizer stepped after every batch. "
            "How many batches should it wait for, and what do they leave for it?",
        ),
        Mistake(
            "last incomplete group lost",
            (_WHOLE_GROUPS_ONLY, _WHOLE_GROUPS_ONLY + _BY_GROUP_SIZE),
            "Whole groups got their step, but where the batches do not divide evenly, some "
            "are left. Who takes the step for them?",
        ),
        Mistake(
            "not divided, last group lost",
            _UNDIVIDED + _WHOLE_GROUPS_ONLY,
            "The steps are too long, and the last incomplete group got none. "
            "What makes a mean of a sum, and who steps at the end?",
        ),
        Mistake(
            "divided by group_size",
            _BY_GROUP_SIZE,
            "Right for whole groups. By what was the loss divided in the last one, "
            "and how many batches are in it?",
        ),
        Mistake(
            "divided by another number",
            (replaced("in group)", "in batches)"), replaced("/ num_samples", "/ 256")),
            "Every loss was divided by one and the same number, whatever is in the group. "
            "Over how many pictures does this step take the mean?",
        ),
        Mistake(
            "mean of batch means",
            _BY_BATCHES,
            "Right unless the last batch is short. "
            "How much does a picture of a short batch weigh in a mean of means?",
        ),
        Mistake(
            "full batches assumed",
            replaced("sum(len(labels) for _, labels in group)", "len(group[0][1]) * group_size"),
            "Right for whole groups. Did you count how many pictures the last group really has?",
        ),
        Mistake(
            "cleared at every batch",
            (
                _CLEARED_AT_EVERY_BATCH,
                _CLEARED_AT_EVERY_BATCH + _BY_BATCHES,
                _CLEARED_AT_EVERY_BATCH + _BY_GROUP_SIZE,
                _CLEARED_AT_EVERY_BATCH + _UNDIVIDED,
            ),
            "Only the last batch of each group counts. "
            "What does zero_grad do to the gradients of those before?",
        ),
        Mistake(
            "never cleared",
            (
                without("zero_grad"),
                without("zero_grad") + _BY_BATCHES,
                without("zero_grad") + _BY_GROUP_SIZE,
            ),
            "The first step is right, later ones are not. "
            "What do the gradients of one group do in the next one?",
        ),
        Mistake(
            "no step",
            without("optimizer.step()"),
            "The gradients are there, but no weight has moved. Who applies them, and when?",
        ),
        Mistake(
            "one step in all",
            replaced("    steps = 0", "    group_size = len(batches)\n    steps = 0"),
            "All batches went into one step. How many of them make a group?",
        ),
        Mistake(
            "batches returned",
            replaced("return steps", "return len(batches)"),
            "The weights are right. Is the number that you return that of the batches or of the "
            "steps?",
        ),
    ),
)

# 9.3


def _recipes(generator: Generator) -> Iterator[tuple[int, int, float, int]]:
    """Samples, a recipe's batch size and learning rate, the new batch size."""
    yield 10, 2, 0.5, 4  # 4, 4 and 2
    yield 12, 2, 0.5, 6  # divides
    yield 10_000, 16, 0.01, 128
    yield 10_000, 128, 0.25, 16  # a smaller batch
    for _ in range(3):
        samples, old, new = (
            int(torch.randint(low, high, (), generator=generator))
            for low, high in ((1000, 9000), (20, 60), (70, 300))
        )
        yield samples, old, int(torch.randint(1, 50, (), generator=generator)) / 100, new
    yield 100, 10, 0.125, 250  # one short batch
    yield 7, 3, 0.1, 1


def _steps(steps: str) -> Edit:
    return replaced("-(-num_samples // new_batch_size)", steps)


def _rate(rate: str) -> Edit:
    return replaced("learning_rate * new_batch_size / batch_size", rate)


RESCALE = Exercise(
    number="9.3",
    name="rescale",
    solution='''\
def rescale(num_samples, batch_size, learning_rate, new_batch_size):
    """Samples, a recipe's batch size and rate, a new batch size -> (steps, learning rate)."""
    steps = -(-num_samples // new_batch_size)  # minus twice: rounds up
    return steps, learning_rate * new_batch_size / batch_size
''',
    cases=_recipes,
    mistakes=(
        Mistake(
            "short batch not counted",
            _steps("num_samples // new_batch_size"),
            "Whole batches only. What becomes of the samples that are left at the end of an epoch?",
        ),
        Mistake(
            "one step too many",
            _steps("num_samples // new_batch_size + 1"),
            "Right unless the batch size divides the samples. "
            "How large would the last batch be then?",
        ),
        Mistake(
            "rounds to the nearest",
            _steps("round(num_samples / new_batch_size)"),
            "The steps were rounded to the nearest. Does a short batch get a step or not?",
        ),
        Mistake(
            "steps not rounded",
            _steps("num_samples / new_batch_size"),
            "The steps are a float, at times with a fraction. Can a part of a step be taken?",
        ),
        Mistake(
            "steps of the old size",
            _steps("-(-num_samples // batch_size)"),
            "These are the steps of the recipe's own batch size. Which size will your loader have?",
        ),
        Mistake(
            "old steps scaled",
            _steps("-(-num_samples // batch_size) * batch_size // new_batch_size"),
            "The old steps were scaled and rounded down. "
            "From which two numbers do the new steps follow directly?",
        ),
        Mistake(
            "rate unchanged",
            _rate("learning_rate"),
            "The steps are right, and the rate is the old one. "
            "How far do fewer steps of the same length go?",
        ),
        Mistake(
            "rate scaled the wrong way",
            _rate("learning_rate * batch_size / new_batch_size"),
            "The rate shrinks when the batch grows. "
            "With fewer steps in an epoch, should each be shorter or longer?",
        ),
        Mistake(
            "square root",
            _rate("learning_rate * math.sqrt(new_batch_size / batch_size)"),
            "The rate grew like the square root of the batch, a rule that exists too. "
            "What does the linear one say for twice the batch?",
        ),
        Mistake(
            "factor rounded",
            _rate("learning_rate * (new_batch_size // batch_size)"),
            "The batch's growth was rounded down to a whole number. "
            "What is it when the batch gets smaller?",
        ),
        Mistake(
            "rate times the new size",
            _rate("learning_rate * new_batch_size"),
            "The rate was multiplied by the new batch size. "
            "By which factor has the batch grown from the recipe's?",
        ),
        Mistake(
            "order swapped",
            replaced(
                "steps, learning_rate * new_batch_size / batch_size",
                "learning_rate * new_batch_size / batch_size, steps",
            ),
            "Both numbers are right. In which order does the task ask for them?",
        ),
    ),
)
