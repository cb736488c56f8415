"""Exercise 1.3 of notebook 01: a normalised batch as it was before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.result import CheckResult

_Undo = Callable[[Tensor, Tensor, Tensor], Tensor]


def _normalized_cases(generator: Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    # Here W = C and B = 1, so that every wrong broadcast runs without an error.
    images = torch.tensor([[[[3.0, -1.0]], [[-2.0, 1.0]]]])
    yield images, torch.tensor([0.5, 0.2]), torch.tensor([0.1, 0.4])
    for shape in ((2, 3, 4, 5), (3, 3, 2, 6), (1, 3, 3, 4), (4, 1, 2, 3)):
        mean = 0.2 + 0.5 * torch.rand(shape[1], generator=generator)
        std = 0.1 + 0.3 * torch.rand(shape[1], generator=generator)
        yield torch.randn(shape, generator=generator), mean, std


def _undo_normalize(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return images * std.reshape(-1, 1, 1) + mean.reshape(-1, 1, 1)


def _aligned(*shape: int) -> _Undo:
    """The right formula with mean and std reshaped so that C stands under another axis."""

    def undo(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return images * std.reshape(shape) + mean.reshape(shape)

    return undo


def _one_left_as_it_is() -> list[_Undo]:
    """The right formula with one of mean and std still [C], which meets the width."""

    def answer(shape: tuple[int, ...], mean_left: bool) -> _Undo:
        def undo(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
            scaled = images * (std.reshape(shape) if mean_left else std)
            return scaled + (mean if mean_left else mean.reshape(shape))

        return undo

    return [answer(*way) for way in product(((-1, 1, 1), (3, 1, 1), (1, 3, 1, 1)), (True, False))]


def _with_columns(formula: _Undo) -> _Undo:
    """A formula that is given mean and std with the right shape."""

    def undo(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return formula(images, mean.reshape(-1, 1, 1), std.reshape(-1, 1, 1))

    return undo


def _undo_in_place(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return images.mul_(std.reshape(-1, 1, 1)).add_(mean.reshape(-1, 1, 1))


def _three_in_a_loop(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    result = images.clone()
    for channel in range(3):
        result[:, channel] = result[:, channel] * std[channel] + mean[channel]
    return result


def _walking_over_the_batch(indexed: bool, in_place: bool) -> _Undo:
    """Channel c's mean and std for picture c: by index, which may not be there, or with zip."""

    def undo(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        result = images if in_place else images.clone()
        count = len(mean) if indexed else min(len(mean), len(images))
        for place in range(count):
            result[place] = result[place] * std[place] + mean[place]
        return result

    return undo


UNDO_NORMALIZE = Exercise(
    number="1.3",
    name="undo_normalize",
    reference=_undo_normalize,
    cases=_normalized_cases,
    mistakes=(
        Mistake(
            "steps in the wrong order",
            _with_columns(lambda images, mean, std: (images + mean) * std),
            "You added first and multiplied then. Which of the two steps of normalising came "
            "last, and so has to be undone first?",
        ),
        Mistake(
            "along the width",
            _aligned(-1),
            "Shapes are compared from the right, so your means met the width. Which shape puts C "
            "under C?",
        ),
        *in_forms(
            "one of the two along the width",
            "One of mean and std meets the channels, the other still has the shape [C] and meets "
            "the width. Which of the two lines up, and why?",
            *_one_left_as_it_is(),
        ),
        Mistake(
            "along the height",
            _aligned(-1, 1),
            "Your means met the height: one axis too far to the right. How many axes of size 1 "
            "belong behind C?",
        ),
        Mistake(
            "along the batch",
            _aligned(-1, 1, 1, 1),
            "Your means met the batch axis: one axis too far to the left. How many axes of size "
            "1 belong behind C?",
        ),
        *in_forms(
            "channels sought in the batch axis",
            "The first axis of a batch counts pictures, so whole pictures were given one "
            "channel's mean and std. Which axis counts channels?",
            _walking_over_the_batch(indexed=False, in_place=False),
            _walking_over_the_batch(indexed=False, in_place=True),
            _walking_over_the_batch(indexed=True, in_place=False),
            _walking_over_the_batch(indexed=True, in_place=True),
        ),
        *in_forms(
            "three channels fixed",
            "Right for three channels and for no other number of them. Where could you read "
            "how many there are, or leave it to PyTorch?",
            _aligned(3, 1, 1),
            _aligned(1, 3, 1, 1),
            _three_in_a_loop,
        ),
        Mistake(
            "input changed in place",
            _undo_in_place,
            "The result is right, but `images` itself was overwritten. Which operations make a "
            "new tensor?",
        ),
        Mistake(
            "result not kept",
            lambda images, mean, std: images,
            "The batch comes back as it went in. `images * std` and `images.mul(std)` leave it "
            "alone and hand back a new tensor: what became of that one?",
        ),
        Mistake(
            "normalised again",
            _with_columns(lambda images, mean, std: (images - mean) / std),
            "You normalised a second time. What is the opposite of each of the two steps?",
        ),
        Mistake(
            "divided",
            _with_columns(lambda images, mean, std: images / std + mean),
            "You divided by std, as normalising did. What undoes a division?",
        ),
        Mistake(
            "mean subtracted",
            _with_columns(lambda images, mean, std: images * std - mean),
            "You subtracted the mean, as normalising did. What undoes a subtraction?",
        ),
        Mistake(
            "mean and std swapped",
            _with_columns(lambda images, mean, std: images * mean + std),
            "mean and std have changed places. Which of the two had normalising divided by?",
        ),
        Mistake(
            "mean forgotten",
            _with_columns(lambda images, mean, std: images * std),
            "The spread is right, but every channel is still centred on 0. Which step is missing?",
        ),
        Mistake(
            "std forgotten",
            _with_columns(lambda images, mean, std: images + mean),
            "The mean is back, but the numbers still spread as they did after normalising. Which "
            "step is missing?",
        ),
        Mistake(
            "0.5 for everything",
            lambda images, mean, std: images / 2 + 0.5,
            "That undoes mean 0.5 and std 0.5, whatever was given. Where do `mean` and `std` "
            "come in?",
        ),
        *in_forms(
            "one value for all channels",
            "Every channel was given the same mean and std. How can channel 1 meet `mean[1]`?",
            lambda images, mean, std: images * std.mean() + mean.mean(),
            lambda images, mean, std: images * std[0] + mean[0],
        ),
        Mistake(
            "values cut off",
            lambda images, mean, std: _undo_normalize(images, mean, std).clamp(0, 1),
            "Numbers outside 0 to 1 were cut off. Can the normalised batch be had back from your "
            "result?",
        ),
    ),
)


def check_undo_normalize(answer: object) -> CheckResult:
    """Check exercise 1.3: `undo_normalize(images, mean, std)` for [B, C, H, W], [C] and [C]."""
    return UNDO_NORMALIZE.check(answer)
