"""The exercises of notebook 01: shapes, pictures, broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from course_utils.exercises.engine import Exercise, Mistake, Variant
from course_utils.exercises.result import CheckResult

Pixels = NDArray[np.uint8]
Statistics = tuple[Tensor, Tensor]

# --- 1.1 ----------------------------------------------------------------------------------------


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
        Mistake(
            "flattens everything",
            lambda images: images.flatten(),
            "All pictures became one long row. Which axis has to survive, and where does "
            "flattening begin if it does?",
        ),
        Mistake(
            "flattens everything, by view",
            lambda images: images.view(-1),
            "All pictures became one long row, and a permuted batch makes `view` raise. Which axis "
            "has to survive?",
        ),
        Mistake(
            "784 fixed",
            lambda images: images.reshape(-1, 784),
            "784 numbers a row fits grey pictures of 28 × 28 only. Which size of the result do "
            "you know for pictures of any size?",
        ),
        Mistake(
            "784 fixed beside the batch",
            lambda images: images.reshape(images.shape[0], 784),
            "784 numbers a row fits grey pictures of 28 × 28 only. How could the length of a row "
            "follow from the input?",
        ),
        Mistake(
            "order lost",
            lambda images: images.reshape(-1, images.shape[0]).T,
            "The shape is right, but numbers of different pictures share a row. Which numbers "
            "stand next to each other in memory: those of one picture, or one of each?",
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
            "channels become pictures",
            lambda images: images.reshape(-1, images.shape[2] * images.shape[3]),
            "Each channel got a row to itself, as if it were a picture. How many rows should "
            "there be, and how many numbers has one picture?",
        ),
        Mistake(
            "channels become pictures, by view",
            lambda images: images.view(-1, images.shape[2] * images.shape[3]),
            "Each channel got a row to itself, as if it were a picture. How many rows should "
            "there be, and how many numbers has one picture?",
        ),
        Mistake(
            "batch and channels merged",
            lambda images: images.flatten(0, 1),
            "You merged the batch with the channels and left the pixels apart. Which axes should "
            "become one?",
        ),
        Mistake(
            "batch of one squeezed away",
            lambda images: images.squeeze().flatten(start_dim=1),
            "With a single picture or a single channel, `squeeze()` takes an axis you still need. "
            "Does flattening need it at all?",
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


# --- 1.2 ----------------------------------------------------------------------------------------


def _pixel_cases(generator: Generator) -> Iterator[tuple[Pixels]]:
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


def _picture_to_tensor(pixels: Pixels) -> Tensor:
    return _channels_first(pixels).to(torch.float32) / 255


def _channels_first(pixels: Pixels) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)


def _reshaped(pixels: Pixels) -> Tensor:
    height, width, channels = pixels.shape
    return torch.from_numpy(pixels).reshape(channels, height, width).to(torch.float32) / 255


PICTURE_TO_TENSOR = Exercise(
    number="1.2",
    name="picture_to_tensor",
    reference=_picture_to_tensor,
    cases=_pixel_cases,
    mistakes=(
        Mistake(
            "reshape instead of permute",
            _reshaped,
            "The shape is right and the picture is scrambled. Do the three colours of the first "
            "pixel end up in three channels?",
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
        Mistake(
            "integer division",
            lambda pixels: (_channels_first(pixels) // 255).to(torch.float32),
            "Every number became 0 or 1: the division threw the fractions away. What does `//` "
            "do that `/` does not?",
        ),
        Mistake(
            "whole numbers",
            lambda pixels: _channels_first(pixels) // 255,
            "The result is still uint8, and a whole number cannot hold a fraction. Which type "
            "should the numbers have, and from which step on?",
        ),
        Mistake(
            "float64",
            lambda pixels: torch.from_numpy(pixels / 255).permute(2, 0, 1),
            "The values are right, but they are float64: NumPy's division gives that. In which "
            "order could you divide and make the tensor?",
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


# --- 1.3 ----------------------------------------------------------------------------------------


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


def _aligned(*shape: int) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """The right formula with mean and std reshaped so that C stands under another axis."""

    def undo(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return images * std.reshape(shape) + mean.reshape(shape)

    return undo


def _undo_in_place(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return images.mul_(std.reshape(-1, 1, 1)).add_(mean.reshape(-1, 1, 1))


def _columns(*values: Tensor) -> tuple[Tensor, ...]:
    return tuple(value.reshape(-1, 1, 1) for value in values)


def _with_columns(
    formula: Callable[[Tensor, Tensor, Tensor], Tensor],
) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """A formula that is given mean and std with the right shape."""

    def undo(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return formula(images, *_columns(mean, std))

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
        Mistake(
            "three channels fixed",
            lambda images, mean, std: images * std.view(3, 1, 1) + mean.view(3, 1, 1),
            "Right for three channels and for no other number of them. Which number in "
            "`view` can be left for PyTorch to work out?",
        ),
        Mistake(
            "input changed in place",
            _undo_in_place,
            "The result is right, but `images` itself was overwritten. Which operations make a "
            "new tensor?",
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
            "0.5 for everything",
            lambda images, mean, std: images / 2 + 0.5,
            "That undoes mean 0.5 and std 0.5, whatever was given. Where do `mean` and `std` "
            "come in?",
        ),
        Mistake(
            "one value for all channels",
            lambda images, mean, std: images * std.mean() + mean.mean(),
            "Every channel was given the same mean and std. How can channel 1 meet `mean[1]`?",
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


# --- 1.4 ----------------------------------------------------------------------------------------


def _statistics_cases(generator: Generator) -> Iterator[tuple[Tensor]]:
    first = torch.randperm(12, generator=generator).float()
    yield (first.reshape(2, 3, 1, 2),)
    for shape in ((4, 3, 2, 5), (3, 2, 6, 4), (1, 3, 4, 2), (5, 1, 2, 3), (3, 3, 3, 3)):
        yield (torch.randn(shape, generator=generator) * 2 + 1,)
    yield (torch.rand((2, 5, 4, 3), generator=generator).permute(0, 3, 1, 2),)


_ALL_BUT_CHANNEL = (0, 2, 3)


def _over(*axes: int, keepdim: bool = True) -> Callable[[Tensor], Statistics]:
    """Mean and std over `axes`."""

    def statistics(images: Tensor) -> Statistics:
        return images.mean(dim=axes, keepdim=keepdim), images.std(dim=axes, keepdim=keepdim)

    return statistics


_channel_statistics = _over(*_ALL_BUT_CHANNEL)


def _with_std(std: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Statistics]:
    """The right mean beside another std."""
    return lambda images: (images.mean(dim=_ALL_BUT_CHANNEL, keepdim=True), std(images))


def _three_channels(images: Tensor) -> Statistics:
    mean, std = images.mean(_ALL_BUT_CHANNEL), images.std(_ALL_BUT_CHANNEL)
    return mean.view(1, 3, 1, 1), std.view(1, 3, 1, 1)


def _mean_of_stds(images: Tensor) -> Tensor:
    return images.std(dim=(2, 3), keepdim=True).mean(dim=0, keepdim=True)


CHANNEL_STATISTICS = Exercise(
    number="1.4",
    name="channel_statistics",
    reference=_channel_statistics,
    cases=_statistics_cases,
    variants=(
        Variant(
            _with_std(lambda images: images.std(_ALL_BUT_CHANNEL, correction=0, keepdim=True)),
            "Your std divides by n (the biased form); torch divides by n - 1 unless told "
            "otherwise. For a real batch the two hardly differ.",
        ),
    ),
    mistakes=(
        Mistake(
            "no keepdim",
            _over(*_ALL_BUT_CHANNEL, keepdim=False),
            "The numbers are right, but their shape is `[C]` and meets the width of the batch. "
            "Which argument leaves an axis of size 1 behind?",
        ),
        Mistake(
            "averaged per image",
            _over(2, 3),
            "You have one mean per picture and channel. Which axis separates the pictures, and "
            "should it survive?",
        ),
        Mistake(
            "averaged per image, no keepdim",
            _over(2, 3, keepdim=False),
            "You have one mean per picture and channel, and too few axes. Which axes should be "
            "averaged, and what should be left where they were?",
        ),
        Mistake(
            "one number for everything",
            lambda images: (images.mean(), images.std()),
            "All channels went into one mean. Which axis should not be averaged away?",
        ),
        Mistake(
            "one number for everything, axes kept",
            _over(0, 1, 2, 3),
            "All channels went into one mean. Which axis should not be averaged away?",
        ),
        Mistake(
            "averaged per picture",
            _over(1, 2, 3),
            "You have one mean per picture, its channels mixed. Which axis should survive: the "
            "batch or the channel?",
        ),
        Mistake(
            "three channels fixed",
            _three_channels,
            "Right for three channels and for no other number of them. Which argument would have "
            "kept the axes by itself?",
        ),
        Mistake(
            "only the batch averaged",
            _over(0),
            "You have one mean for each pixel position. Which other axes hold numbers of the "
            "same channel?",
        ),
        Mistake(
            "channels averaged away",
            _over(1),
            "You averaged the three colours of each pixel. Is the channel the axis to remove, or "
            "the one to keep?",
        ),
        Mistake(
            "axes counted as channels last",
            _over(0, 1, 2),
            "You kept the last axis, as if the channels stood there. Where do they stand in "
            "`[B, C, H, W]`?",
        ),
        Mistake(
            "mean of the stds",
            _with_std(_mean_of_stds),
            "Your std is the average of the pictures' own stds, which misses how the pictures "
            "differ from each other. Over which numbers is one std to be taken?",
        ),
        Mistake(
            "variance",
            _with_std(lambda images: images.var(_ALL_BUT_CHANNEL, keepdim=True)),
            "The second tensor is the variance. What turns a variance into a standard deviation?",
        ),
        Mistake(
            "order of the pair",
            lambda images: _channel_statistics(images)[::-1],
            "Both tensors are right, in the other order. Which one does the task name first?",
        ),
    ),
)


def check_channel_statistics(answer: object) -> CheckResult:
    """Check exercise 1.4: `channel_statistics(images)`, [B, C, H, W] to two times [1, C, 1, 1]."""
    return CHANNEL_STATISTICS.check(answer)


EXERCISES = (FLATTEN_BATCH, PICTURE_TO_TENSOR, UNDO_NORMALIZE, CHANNEL_STATISTICS)
