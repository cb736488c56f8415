"""Exercise 6.4: how many features a network's convolutions hand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Generator, nn

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult
from course_utils.devices import predicting

Shape = tuple[int, int, int]


class _Network:
    """A network as it is described to the student, and a way to build it afresh."""

    def __init__(self, *layers: partial[Any]) -> None:
        self.layers = layers

    def __repr__(self) -> str:
        return ", ".join(_words(layer) for layer in self.layers)

    def build(self) -> nn.Sequential:
        return nn.Sequential(*(layer() for layer in self.layers))


def _words(layer: partial[Any]) -> str:
    settings = [
        *map(str, layer.args),
        *(f"{name}={value}" for name, value in layer.keywords.items()),
    ]
    return f"{layer.func.__name__}({', '.join(settings)})"


_relu = partial(nn.ReLU)
_conv = partial(partial, nn.Conv2d)
_pool = partial(partial, nn.MaxPool2d)
_norm = partial(partial, nn.BatchNorm2d)


def _networks(_: Generator) -> Iterator[tuple[_Network, Shape, str]]:
    """(network, the shape [C, H, W] of a picture, mode), mostly with H and W different."""
    yield _Network(_conv(1, 2, 3)), (1, 4, 5), "train"
    yield _Network(_conv(1, 3, 2), _pool(2)), (1, 7, 5), "eval"
    yield _Network(_conv(3, 4, 3, stride=2, padding=1), _relu), (3, 8, 6), "train"
    yield _Network(_conv(1, 2, 3), _norm(2), _relu, _pool(2)), (1, 9, 12), "train"
    yield _Network(_conv(1, 3, 3), _norm(3), _relu), (1, 5, 4), "eval"
    yield _Network(_conv(2, 5, 3, dilation=2), _conv(5, 3, (1, 3))), (2, 9, 11), "train"
    yield _Network(_conv(1, 4, 3), _pool(3, 2), _norm(4), _conv(4, 6, 2)), (1, 12, 10), "eval"
    yield (
        _Network(_conv(1, 32, 3), _relu, _pool(2), _conv(32, 64, 3), _relu, _pool(2)),
        (1, 28, 28),
        "train",
    )
    yield _Network(_conv(3, 2, 4), _pool(2)), (3, 5, 5), "train"  # one pixel of each map is left


def _observe(
    answer: Callable[[nn.Sequential, Shape], object],
    features: _Network,
    image_shape: Shape,
    mode: str,
) -> dict[str, object]:
    """What the answer says, and what state it leaves the network in."""
    network = features.build().train(mode == "train")
    state = {name: value.clone() for name, value in network.state_dict().items()}
    said = answer(network, image_shape)
    after = network.state_dict()
    same = state.keys() == after.keys() and all(
        torch.equal(value, after[name]) for name, value in state.items()
    )
    return {
        "count": said,
        "mode afterwards": "train" if network.training else "eval",
        "weights and statistics": "as before" if same else "changed",
    }


def _shape_after(features: nn.Module, image_shape: Shape) -> torch.Size:
    with predicting(features):
        output: torch.Tensor = features(torch.zeros(1, *image_shape))
    return output.shape[1:]


def _flat_features(features: nn.Module, image_shape: Shape) -> int:
    return _shape_after(features, image_shape).numel()


def _counted_in_train_mode(features: nn.Module, image_shape: Shape) -> int:
    before = features.training
    features.train()
    count = int(features(torch.zeros(1, *image_shape)).numel())
    features.train(before)
    return count


def _mode_left(train: bool) -> Callable[[nn.Module, Shape], int]:
    """Counts in eval mode and leaves another mode behind."""

    def count(features: nn.Module, image_shape: Shape) -> int:
        found = _flat_features(features, image_shape)
        features.train(train)
        return found

    return count


FLAT_FEATURES = Exercise(
    number="6.4",
    name="flat_features",
    reference=_flat_features,
    cases=_networks,
    observe=_observe,
    mistakes=(
        Mistake(
            "channels forgotten",
            lambda features, image_shape: _shape_after(features, image_shape)[1:].numel(),
            "That is height times width of one map. How many maps does the last convolution make?",
        ),
        Mistake(
            "channels only",
            lambda features, image_shape: _shape_after(features, image_shape)[0],
            "That is the number of maps. How many numbers are there in each of them?",
        ),
        Mistake(
            "channels of the picture",
            lambda features, image_shape: (
                image_shape[0] * _shape_after(features, image_shape)[1:].numel()
            ),
            "The maps have the right size, but you counted the picture's channels. How many come "
            "out at the end?",
        ),
        Mistake(
            "pixels of the picture",
            lambda features, image_shape: torch.Size(image_shape).numel(),
            "That counts the numbers that go in. What is left of them after the layers?",
        ),
        Mistake(
            "height squared",
            lambda features, image_shape: (
                _shape_after(features, image_shape)[0] * _shape_after(features, image_shape)[1] ** 2
            ),
            "You took height times height. Is the picture a square?",
        ),
        Mistake(
            "width squared",
            lambda features, image_shape: (
                _shape_after(features, image_shape)[0] * _shape_after(features, image_shape)[2] ** 2
            ),
            "You took width times width. Is the picture a square?",
        ),
        Mistake(
            "shape instead of count",
            lambda features, image_shape: tuple(_shape_after(features, image_shape)),
            "That is the shape of one picture's features. Which one number does a linear layer "
            "want?",
        ),
        Mistake(
            "batch of 32 counted",
            lambda features, image_shape: 32 * _flat_features(features, image_shape),
            "You counted the features of 32 pictures. Does a linear layer know the batch size?",
        ),
        Mistake(
            "first layer only",
            lambda features, image_shape: _flat_features(features[0], image_shape),
            "That is what leaves the first layer. What comes after it?",
        ),
        Mistake(
            "mode not looked at",
            lambda features, image_shape: int(features(torch.zeros(1, *image_shape)).numel()),
            "The count is right, but in train mode BatchNorm has learnt from your trial picture. "
            "In which mode does it leave its statistics alone?",
        ),
        Mistake(
            "statistics changed",
            _counted_in_train_mode,
            "The count is right, but BatchNorm has learnt from your trial picture. In which mode "
            "does it leave its statistics alone?",
        ),
        Mistake(
            "left in eval mode",
            _mode_left(train=False),
            "The count is right, but the network is in eval mode now, whatever it was in before. "
            "What would remember the mode?",
        ),
        Mistake(
            "left in train mode",
            _mode_left(train=True),
            "The count is right, but the network is in train mode now, whatever it was in before. "
            "What would remember the mode?",
        ),
    ),
)


def check_flat_features(answer: object) -> CheckResult:
    """Check exercise 6.4: `flat_features(features, image_shape)`, returns an int."""
    return FLAT_FEATURES.check(answer)
