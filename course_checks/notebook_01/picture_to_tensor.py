"""Exercise 1.2 of notebook 01: pixels as they come from a file, as a tensor for a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.result import CheckResult

_Pixels = NDArray[np.uint8]


def _pixel_cases(generator: Generator) -> Iterator[tuple[_Pixels]]:
    # No case holds 0 and 255 everywhere, and one is dark: its largest value is far from 255.
    for shape, top in (
        ((1, 2, 3), 256),
        ((3, 1, 3), 256),
        ((2, 3, 1), 256),
        ((4, 4, 3), 256),
        ((6, 5, 3), 100),
        ((24, 16, 3), 256),
    ):
        yield (torch.randint(0, top, shape, dtype=torch.uint8, generator=generator).numpy(),)
    edges = np.array([[[0, 51, 255], [255, 102, 0]]], dtype=np.uint8)
    yield (edges,)
    turned = torch.randint(0, 256, (3, 5, 4), dtype=torch.uint8, generator=generator)
    yield (turned.permute(1, 2, 0).numpy(),)  # not in reading order in memory


def _picture_to_tensor(pixels: _Pixels) -> Tensor:
    return _channels_first(pixels).to(torch.float32) / 255


def _channels_first(pixels: _Pixels) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)


def _cut_anew() -> list[Callable[[_Pixels], Tensor]]:
    """By reshape or view, the channels read from the input or fixed at 3, with or without range."""
    cuts: tuple[Callable[[_Pixels, tuple[int, ...]], Tensor], ...] = (
        lambda pixels, shape: torch.from_numpy(pixels).reshape(shape),
        lambda pixels, shape: torch.from_numpy(pixels).view(shape),
        lambda pixels, shape: torch.from_numpy(pixels.reshape(shape)),
    )
    ends: tuple[Callable[[Tensor], Tensor], ...] = (
        lambda values: values / 255,
        lambda values: values.float(),
        lambda values: values,
    )

    def answer(
        cut: Callable[[_Pixels, tuple[int, ...]], Tensor],
        end: Callable[[Tensor], Tensor],
        three: bool,
    ) -> Callable[[_Pixels], Tensor]:
        def scrambled(pixels: _Pixels) -> Tensor:
            height, width, channels = pixels.shape
            return end(cut(pixels, (3 if three else channels, height, width)))

        return scrambled

    return [answer(*choice) for choice in product(cuts, ends, (False, True))]


def _stretched(pixels: _Pixels) -> Tensor:
    values = _channels_first(pixels).to(torch.float32)
    return (values - values.min()) / (values.max() - values.min())


PICTURE_TO_TENSOR = Exercise(
    number="1.2",
    name="picture_to_tensor",
    reference=_picture_to_tensor,
    cases=_pixel_cases,
    mistakes=(
        *in_forms(
            "reshape instead of permute",
            "The axes look right and the picture is scrambled. Do the three colours of the first "
            "pixel end up in three channels?",
            *_cut_anew(),
        ),
        Mistake(
            "height and width swapped",
            lambda pixels: torch.from_numpy(pixels).permute(2, 1, 0).to(torch.float32) / 255,
            "The picture lies on its side. Which old axis stands at each place of the result?",
        ),
        Mistake(
            "channels left last",
            lambda pixels: torch.from_numpy(pixels).to(torch.float32) / 255,
            "The range is right, but the channels are still the last axis. What brings an axis "
            "to the front?",
        ),
        Mistake(
            "permuted the other way",
            lambda pixels: torch.from_numpy(pixels).permute(1, 2, 0).to(torch.float32) / 255,
            "That order leads from `[C, H, W]` back to `[H, W, C]`. Which old axis should stand "
            "first in the result?",
        ),
        Mistake(
            "still 0 to 255",
            lambda pixels: _channels_first(pixels).to(torch.float32),
            "These are floats, but they still run up to 255. What is the largest value the "
            "result may have?",
        ),
        Mistake(
            "still bytes",
            _channels_first,
            "The axes are right, the numbers are still whole ones from 0 to 255. Which two "
            "things does the task ask of them?",
        ),
        *in_forms(
            "only made a tensor",
            "The array has become a tensor, and that is one step of three. Which order of "
            "the axes and which range are asked for?",
            lambda pixels: torch.from_numpy(pixels),
            lambda pixels: torch.from_numpy(pixels).to(torch.float32),
        ),
        *in_forms(
            "a tensor's method on a NumPy array",
            "That method belongs to tensors, and `pixels` is still a NumPy array there. Which "
            "step has to come first?",
            lambda pixels: pixels.permute(2, 0, 1),
            lambda pixels: pixels.float(),
            lambda pixels: pixels.to(torch.float32),
        ),
        Mistake(
            "integer division",
            lambda pixels: (_channels_first(pixels) // 255).to(torch.float32),
            "Every number became 0 or 1: the fractions are gone. Which step throws them away, "
            "and what does `//` do that `/` does not?",
        ),
        Mistake(
            "whole numbers",
            lambda pixels: _channels_first(pixels) // 255,
            "The result is uint8, and a whole number cannot hold a fraction. Which type "
            "should the numbers have, and from which step on?",
        ),
        Mistake(
            "float64",
            lambda pixels: torch.from_numpy(pixels / 255).permute(2, 0, 1),
            "The values are right, but in float64: NumPy's division gives that. In which order "
            "could you divide and make the tensor?",
        ),
        Mistake(
            "NumPy array",
            lambda pixels: pixels.transpose(2, 0, 1) / 255,
            "The numbers are right, but they are a NumPy array, and in float64. What makes a "
            "tensor of it, and which dtype is asked for?",
        ),
        Mistake(
            "divided by 256",
            lambda pixels: _channels_first(pixels).to(torch.float32) / 256,
            "A byte counts from 0 to 255, and you divided by 256. What should the brightest "
            "pixel become?",
        ),
        Mistake(
            "divided by the largest value",
            lambda pixels: _channels_first(pixels).to(torch.float32) / pixels.max(),
            "You divided by the largest number of this picture, so a dark picture becomes "
            "bright. What do all pictures have in common?",
        ),
        Mistake(
            "stretched to 0 and 1",
            _stretched,
            "The darkest number of each picture became 0 and the brightest 1, so a pale picture "
            "is changed. Which numbers should become 0 and 1 in every picture?",
        ),
        Mistake(
            "normalised as well",
            lambda pixels: _picture_to_tensor(pixels) * 2 - 1,
            "Your numbers run from -1 to 1. Which range does the task ask for?",
        ),
        Mistake(
            "batch axis added",
            lambda pixels: _picture_to_tensor(pixels).unsqueeze(0),
            "You made a batch of one picture. How many axes does `[C, H, W]` have?",
        ),
        Mistake(
            "axes of size 1 lost",
            lambda pixels: _picture_to_tensor(pixels).squeeze(),
            "Where a picture has one row, column or channel, `squeeze()` takes that axis away. "
            "Which axis did you want to be rid of?",
        ),
    ),
)


def check_picture_to_tensor(answer: object) -> CheckResult:
    """Check exercise 1.2: `picture_to_tensor(pixels)`, uint8 array [H, W, C] to float [C, H, W]."""
    return PICTURE_TO_TENSOR.check(answer)
