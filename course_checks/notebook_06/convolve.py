"""Exercise 6.3: a convolution, written out."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult


def _convolutions(generator: Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """(image [C, H, W], weight [D, C, h, w], bias [D]): kernels that look different when turned."""
    yield (
        torch.tensor([[[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]]]),
        torch.tensor([[[[1.0, 2.0], [0.0, -1.0]]]]),
        torch.tensor([0.5]),
    )
    yield (
        torch.tensor([[[1.0, 2.0, 3.0]], [[10.0, 20.0, 40.0]]]),
        torch.tensor([[[[1.0, -1.0]], [[2.0, 1.0]]]]),
        torch.tensor([0.5]),
    )
    for channels, height, width, filters, rows, columns in (
        (1, 5, 5, 2, 3, 3),
        (3, 4, 6, 2, 3, 2),
        (2, 6, 5, 4, 2, 3),
        (3, 3, 4, 5, 1, 1),
        (2, 3, 2, 3, 3, 2),
    ):
        yield (
            torch.randn(channels, height, width, generator=generator),
            torch.randn(filters, channels, rows, columns, generator=generator),
            torch.randn(filters, generator=generator),
        )
    # Not in reading order in memory, as a picture is after `permute`.
    turned = torch.randn(5, 4, 3, generator=generator).permute(2, 0, 1)
    yield (
        turned,
        torch.randn(2, 3, 2, 2, generator=generator),
        torch.randn(2, generator=generator),
    )


def _convolve(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(image.unsqueeze(0), weight, bias).squeeze(0)


def _one_channel(position: int, image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    chosen = slice(position, position + 1 or None)
    return _convolve(image[chosen], weight[:, chosen], bias)


def _same_size(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    rows, columns = weight.shape[2] // 2, weight.shape[3] // 2
    return _convolve(F.pad(image, (columns, columns, rows, rows)), weight, bias)


CONVOLVE = Exercise(
    number="6.3",
    name="convolve",
    reference=_convolve,
    cases=_convolutions,
    mistakes=(
        Mistake(
            "kernel flipped",
            lambda image, weight, bias: _convolve(image, weight.flip(2, 3), bias),
            "Your kernel is turned by half a circle, as in mathematics books. Which number of it "
            "meets the window's top left pixel in PyTorch?",
        ),
        Mistake(
            "no bias",
            lambda image, weight, bias: _convolve(image, weight, torch.zeros_like(bias)),
            "The sums are right. Which argument have you not used?",
        ),
        Mistake(
            "bias once per channel",
            lambda image, weight, bias: _convolve(image, weight, bias * len(image)),
            "The bias came in once for each channel. How often should it be added to one sum?",
        ),
        Mistake(
            "first bias for all",
            lambda image, weight, bias: _convolve(image, weight, bias[:1].expand_as(bias)),
            "Every filter got the bias of the first. Which one belongs to filter number d?",
        ),
        Mistake(
            "first channel only",
            lambda image, weight, bias: _one_channel(0, image, weight, bias),
            "Only channel 0 came into the sum. Through how many channels does the window reach?",
        ),
        Mistake(
            "last channel only",
            lambda image, weight, bias: _one_channel(-1, image, weight, bias),
            "Only the last channel came into the sum. Does each channel overwrite the one before?",
        ),
        Mistake(
            "first kernel for all channels",
            lambda image, weight, bias: _convolve(image, weight[:, :1].expand_as(weight), bias),
            "Every channel met the kernel of channel 0. Which kernel belongs to channel c?",
        ),
        Mistake(
            "channels averaged",
            lambda image, weight, bias: _convolve(image, weight / len(image), bias),
            "The channels were averaged. What does a convolution do with the products of its "
            "channels?",
        ),
        Mistake(
            "window averaged",
            lambda image, weight, bias: _convolve(image, weight / weight[0].numel(), bias),
            "You took the mean over the window. What did the example do with its four products?",
        ),
        Mistake(
            "last place forgotten",
            lambda image, weight, bias: _convolve(image, weight, bias)[:, :-1, :-1],
            "The last row and the last column of places are missing. In how many places does a "
            "window of 2 fit into a row of 3?",
        ),
        Mistake(
            "zeros around",
            _same_size,
            "You put zeros around the picture. Which places may the window take if it has to stay "
            "inside?",
        ),
        Mistake(
            "filters added up",
            lambda image, weight, bias: _convolve(image, weight, bias).sum(dim=0, keepdim=True),
            "The filters were added up too. Which axis of `weight` should still be there in the "
            "result?",
        ),
        Mistake(
            "filter axis lost",
            lambda image, weight, bias: _convolve(image, weight[:1], bias[:1])[0],
            "That is the map of the first filter. How many filters does `weight` hold?",
        ),
        Mistake(
            "rows and columns swapped",
            lambda image, weight, bias: _convolve(image, weight, bias).transpose(1, 2),
            "Each map lies on its side. Which loop runs along the height?",
        ),
        Mistake(
            "batch axis left",
            lambda image, weight, bias: _convolve(image, weight, bias).unsqueeze(0),
            "The numbers are right, in a batch of one. How many axes are asked for?",
        ),
    ),
)


def check_convolve(answer: object) -> CheckResult:
    """Check exercise 6.3: `convolve(image, weight, bias)`, [C, H, W] to one map per filter."""
    return CONVOLVE.check(answer)
