"""Exercise 6.2: the parameters of a network, from its description alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Generator

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult

Layer = tuple[str | int, ...]
Layers = list[Layer]
Count = Callable[..., int]

_COURSE_CNN: Layers = [
    ("conv", 1, 32, 3),
    ("relu",),
    ("pool", 2),
    ("conv", 32, 64, 3),
    ("relu",),
    ("pool", 2),
    ("flatten",),
    ("linear", 1600, 64),
    ("relu",),
    ("linear", 64, 10),
]


def _layer_lists(generator: Generator) -> Iterator[tuple[Layers]]:
    # Never as many channels out as in, so that the two cannot stand in for each other.
    yield ([("linear", 3, 2)],)
    yield ([("conv", 1, 2, 3)],)
    yield ([("conv", 2, 4, 3)],)
    yield ([("relu",)],)
    yield ([],)
    yield ([("flatten",), ("linear", 784, 128), ("relu",), ("linear", 128, 10)],)
    yield (_COURSE_CNN,)
    for _ in range(4):
        channels, filters, kernel_size, features = (
            int(torch.randint(low, high, (1,), generator=generator))
            for low, high in ((2, 6), (7, 20), (2, 6), (21, 40))
        )
        conv: Layer = ("conv", channels, filters, kernel_size)
        yield ([conv, ("relu",), ("pool", 2), ("linear", features, 3)],)


def _counting(conv: Count, linear: Count) -> Callable[[Layers], int]:
    """Adds up over the layers: conv(channels, filters, kernel_size), linear(features, outputs)."""

    def count(layers: Layers) -> int:
        total = 0
        for kind, *sizes in layers:
            if kind == "conv":
                total += conv(*sizes)
            elif kind == "linear":
                total += linear(*sizes)
        return total

    return count


def _conv(channels: int, filters: int, size: int) -> int:
    return filters * channels * size * size + filters


def _linear(features: int, outputs: int) -> int:
    return features * outputs + outputs


# A plain function, because the general mistakes are made from it.
def _count_parameters(layers: Layers) -> int:
    return _counting(_conv, _linear)(layers)


COUNT_PARAMETERS = Exercise(
    number="6.2",
    name="count_parameters",
    reference=_count_parameters,
    cases=_layer_lists,
    mistakes=(
        Mistake(
            "no biases",
            _counting(
                lambda channels, filters, size: filters * channels * size * size,
                lambda features, outputs: features * outputs,
            ),
            "The weights are all there. What else does a layer add to each of its outputs?",
        ),
        Mistake(
            "no biases in convolutions",
            _counting(
                lambda channels, filters, size: filters * channels * size * size,
                _linear,
            ),
            "Linear layers are right; the convolutions are short by one number for each filter. "
            "Which one?",
        ),
        Mistake(
            "no biases in linear layers",
            _counting(_conv, lambda features, outputs: features * outputs),
            "Convolutions are right; a linear layer is short by one number for each output. "
            "Which one?",
        ),
        Mistake(
            "kernel once for all channels",
            _counting(lambda channels, filters, size: filters * size * size + filters, _linear),
            "Each filter got one kernel, whatever the number of channels that come in. What did "
            "the weight's shape in this notebook say?",
        ),
        Mistake(
            "kernel once for all filters",
            _counting(lambda channels, filters, size: channels * size * size + filters, _linear),
            "All filters share one set of weights in your count. Could they then find different "
            "things?",
        ),
        Mistake(
            "kernel not squared",
            _counting(lambda channels, filters, size: filters * channels * size + filters, _linear),
            "A kernel of size 3 was counted as 3 numbers. How many directions does it have?",
        ),
        Mistake(
            "one bias per layer",
            _counting(
                lambda channels, filters, size: filters * channels * size * size + 1,
                lambda features, outputs: features * outputs + 1,
            ),
            "Each layer got a single bias. How many numbers does a layer produce at one place, "
            "and do they share theirs?",
        ),
        Mistake(
            "one bias per input",
            _counting(
                lambda channels, filters, size: filters * channels * size * size + channels,
                lambda features, outputs: features * outputs + features,
            ),
            "The biases were counted by what comes in. Are they added to the inputs or to the "
            "outputs?",
        ),
        Mistake(
            "one bias per kernel",
            _counting(
                lambda channels, filters, size: filters * channels * (size * size + 1), _linear
            ),
            "Each kernel got a bias of its own. A filter adds up its channels first: how many "
            "biases does one sum need?",
        ),
        Mistake(
            "convolutions only",
            _counting(_conv, lambda features, outputs: 0),
            "The linear layers are missing. Where do most parameters of a CNN stand?",
        ),
        Mistake(
            "linear layers only",
            _counting(lambda channels, filters, size: 0, _linear),
            "The convolutions are missing. Which numbers of theirs are learnt?",
        ),
        Mistake(
            "last layer with weights only",
            lambda layers: next(
                (
                    _count_parameters([layer])
                    for layer in reversed(layers)
                    if _count_parameters([layer])
                ),
                0,
            ),
            "That is what the last such layer holds. What happens to your count when the next "
            "layer comes?",
        ),
        Mistake(
            "a list of counts",
            lambda layers: [_count_parameters([layer]) for layer in layers],
            "Each layer's count is right. Which one number is asked for?",
        ),
    ),
)


def check_count_parameters(answer: object) -> CheckResult:
    """Check exercise 6.2: `count_parameters(layers)`, a list of tuples, returns an int."""
    return COUNT_PARAMETERS.check(answer)
