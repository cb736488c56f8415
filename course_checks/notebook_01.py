"""The exercises of notebook 01: shapes, pictures, broadcasting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from course_checks.declared import Edit, exchanged, instead, replaced
from course_checks.engine import Exercise, Mistake, Variant

# 1.1


def _batches(generator: Generator) -> Iterator[tuple[Tensor]]:
    # Distinct whole numbers, so that no two places can be mistaken for each other.
    for shape in ((2, 2, 1, 3), (2, 1, 2, 3)):
        yield (torch.randperm(12, generator=generator).float().reshape(shape),)
    for shape in ((4, 1, 14, 14), (3, 1, 28, 28), (5, 3, 6, 4), (1, 3, 2, 5), (1, 1, 4, 3)):
        yield (torch.rand(shape, generator=generator),)
    # Not in reading order in memory, as a picture is after `permute`.
    yield (torch.rand((2, 5, 4, 3), generator=generator).permute(0, 3, 1, 2),)


FLATTEN_BATCH = Exercise(
    number="1.1",
    name="flatten_batch",
    solution='''\
def flatten_batch(images):
    """[B, C, H, W] -> [B, C * H * W]."""
    return images.reshape(images.shape[0], -1)
''',
    cases=_batches,
    mistakes=(
        Mistake(
            "flattens everything",
            (
                lambda images: images.flatten(),
                lambda images: images.view(-1),
                lambda images: images.reshape(1, -1),
            ),
            "All pictures became one long row. Which axis has to survive, and where does "
            "flattening begin if it does?",
        ),
        Mistake(
            "784 fixed",
            (replaced("images.shape[0], -1", "-1, 784"), replaced("-1", "784")),
            "784 numbers a row fits grey pictures of 28 × 28 only. How could the length of a "
            "row follow from the input?",
        ),
        Mistake(
            "channels forgotten",
            replaced("-1", "images.shape[2] * images.shape[3]"),
            "H · W numbers are one channel, and a colour picture has three. How many numbers "
            "has a whole picture?",
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
        Mistake(
            "batch axis second",
            (
                exchanged("images.shape[0]", "-1"),
                lambda images: images.flatten(start_dim=1).T,
            ),
            "The result has the shape [C · H · W, B]. Which of the two axes does the task "
            "name first?",
        ),
        Mistake(
            "channels last",
            replaced("images.reshape", "images.permute(0, 2, 3, 1).reshape"),
            "Each row holds the right numbers in another order: the channels alternate. Which "
            "axis did you walk along fastest?",
        ),
        Mistake(
            "columns first",
            replaced("images.reshape", "images.transpose(2, 3).reshape"),
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
        Mistake(
            "channels become pictures",
            lambda images: images.reshape(-1, images.shape[2] * images.shape[3]),
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
            (
                lambda images: images.squeeze().flatten(start_dim=1),
                lambda images: images.squeeze(0).flatten(start_dim=1),
                lambda images: images.flatten(start_dim=1).squeeze(),
            ),
            "A batch of one has an axis of size 1 in front, and `squeeze` takes it away. Does "
            "flattening need `squeeze` at all?",
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
            replaced("reshape", "view"),
            "Right, until a batch comes out of `permute`: `view` never copies. Which operation of "
            "this notebook copies when it must?",
        ),
    ),
)

# 1.2


def _pixels(generator: Generator) -> Iterator[tuple[NDArray[np.uint8]]]:
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


def _stretched(pixels: NDArray[np.uint8]) -> Tensor:
    values = torch.from_numpy(pixels).permute(2, 0, 1).to(torch.float32)
    return (values - values.min()) / (values.max() - values.min())


_BYTES = replaced(".to(torch.float32) / 255", "")
_VIEW = replaced("reshape", "view")
_CUT = replaced("permute(2, 0, 1)", "reshape(pixels.shape[2], *pixels.shape[:2])")
_CUT_TO_THREE = replaced("permute(2, 0, 1)", "reshape(3, *pixels.shape[:2])")

PICTURE_TO_TENSOR = Exercise(
    number="1.2",
    name="picture_to_tensor",
    solution='''\
def picture_to_tensor(pixels):
    """uint8 array [H, W, C] -> float32 tensor [C, H, W] in [0, 1]."""
    tensor = torch.from_numpy(pixels).permute(2, 0, 1)
    return tensor.to(torch.float32) / 255
''',
    cases=_pixels,
    mistakes=(
        Mistake(
            "reshape instead of permute",
            (
                _CUT,
                _CUT_TO_THREE,
                _CUT + _BYTES,
                _CUT + _VIEW,
                _CUT_TO_THREE + _VIEW + _BYTES,
            ),
            "The axes look right and the picture is scrambled. Do the three colours of the first "
            "pixel end up in three channels?",
        ),
        Mistake(
            "height and width swapped",
            replaced("2, 0, 1", "2, 1, 0"),
            "The picture lies on its side. Which old axis stands at each place of the result?",
        ),
        Mistake(
            "channels left last",
            replaced(".permute(2, 0, 1)", ""),
            "The range is right, but the channels are still the last axis. What brings an axis "
            "to the front?",
        ),
        Mistake(
            "permuted the other way",
            replaced("2, 0, 1", "1, 2, 0"),
            "That order leads from `[C, H, W]` back to `[H, W, C]`. Which old axis should stand "
            "first in the result?",
        ),
        Mistake(
            "still 0 to 255",
            replaced(" / 255", ""),
            "These are floats, but they still run up to 255. What is the largest value the "
            "result may have?",
        ),
        Mistake(
            "still bytes",
            _BYTES,
            "The axes are right, the numbers are still whole ones from 0 to 255. Which two "
            "things does the task ask of them?",
        ),
        Mistake(
            "only made a tensor",
            (
                replaced(".permute(2, 0, 1)", "") + _BYTES,
                replaced(".permute(2, 0, 1)", "") + replaced(" / 255", ""),
            ),
            "The array has become a tensor, and that is one step of three. Which order of "
            "the axes and which range are asked for?",
        ),
        Mistake(
            "a tensor's method on a NumPy array",
            (
                lambda pixels: pixels.permute(2, 0, 1),
                lambda pixels: pixels.float(),
                lambda pixels: pixels.to(torch.float32),
            ),
            "That method belongs to tensors, and `pixels` is still a NumPy array there. Which "
            "step has to come first?",
        ),
        Mistake(
            "integer division",
            replaced("tensor.to(torch.float32) / 255", "(tensor // 255).to(torch.float32)"),
            "Every number became 0 or 1: the fractions are gone. Which step throws them away, "
            "and what does `//` do that `/` does not?",
        ),
        Mistake(
            "whole numbers",
            replaced(".to(torch.float32) / 255", " // 255"),
            "The result is uint8, and a whole number cannot hold a fraction. Which type "
            "should the numbers have, and from which step on?",
        ),
        Mistake(
            "float64",
            replaced("from_numpy(pixels)", "from_numpy(pixels / 255)") + _BYTES,
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
            replaced("/ 255", "/ 256"),
            "A byte counts from 0 to 255, and you divided by 256. What should the brightest "
            "pixel become?",
        ),
        Mistake(
            "divided by the largest value",
            replaced("/ 255", "/ pixels.max()"),
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
            replaced("/ 255", "/ 255 * 2 - 1"),
            "Your numbers run from -1 to 1. Which range does the task ask for?",
        ),
        Mistake(
            "batch axis added",
            replaced("tensor.to", "tensor.unsqueeze(0).to"),
            "You made a batch of one picture. How many axes does `[C, H, W]` have?",
        ),
        Mistake(
            "axes of size 1 lost",
            replaced("tensor.to", "tensor.squeeze().to"),
            "Where a picture has one row, column or channel, `squeeze()` takes that axis away. "
            "Which axis did you want to be rid of?",
        ),
    ),
)

# 1.3


def _normalized(generator: Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    # Here W = C and B = 1, so that every wrong broadcast runs without an error.
    images = torch.tensor([[[[3.0, -1.0]], [[-2.0, 1.0]]]])
    yield images, torch.tensor([0.5, 0.2]), torch.tensor([0.1, 0.4])
    for shape in ((2, 3, 4, 5), (3, 3, 2, 6), (1, 3, 3, 4), (4, 1, 2, 3)):
        mean = 0.2 + 0.5 * torch.rand(shape[1], generator=generator)
        std = 0.1 + 0.3 * torch.rand(shape[1], generator=generator)
        yield torch.randn(shape, generator=generator), mean, std


def _mean_in(shape: str) -> Edit:
    return replaced("mean.reshape(-1, 1, 1)", f"mean.reshape({shape})")


def _std_in(shape: str) -> Edit:
    return replaced("std.reshape(-1, 1, 1)", f"std.reshape({shape})")


def _both_in(shape: str) -> Edit:
    return _mean_in(shape) + _std_in(shape)


def _computed(formula: str) -> Edit:
    """Another formula, for mean and std in the right shape."""
    columns = "mean, std = mean.reshape(-1, 1, 1), std.reshape(-1, 1, 1)"
    return instead(columns, f"return {formula}")


def _three_in_a_loop(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    result = images.clone()
    for channel in range(3):
        result[:, channel] = result[:, channel] * std[channel] + mean[channel]
    return result


def _zipped_with_the_batch(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Picture 0 gets the mean and std of channel 0, and so on, in place."""
    for image, image_mean, image_std in zip(images, mean, std, strict=False):
        image.mul_(image_std).add_(image_mean)
    return images


def _indexed_in_the_batch(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """The same by index, which a batch with fewer pictures than channels does not have."""
    result = images.clone()
    for channel in range(len(mean)):
        result[channel] = result[channel] * std[channel] + mean[channel]
    return result


UNDO_NORMALIZE = Exercise(
    number="1.3",
    name="undo_normalize",
    solution='''\
def undo_normalize(images, mean, std):
    """images [B, C, H, W], mean [C], std [C] -> [B, C, H, W] as before normalising."""
    return images * std.reshape(-1, 1, 1) + mean.reshape(-1, 1, 1)
''',
    cases=_normalized,
    mistakes=(
        Mistake(
            "steps in the wrong order",
            _computed("(images + mean) * std"),
            "You added first and multiplied then. Which of the two steps of normalising came "
            "last, and so has to be undone first?",
        ),
        Mistake(
            "along the width",
            _both_in("-1"),
            "Shapes are compared from the right, so your means met the width. Which shape puts C "
            "under C?",
        ),
        Mistake(
            "one of the two along the width",
            (_mean_in("-1"), _std_in("-1")),
            "One of mean and std meets the channels, the other still has the shape [C] and meets "
            "the width. Which of the two lines up, and why?",
        ),
        Mistake(
            "along the height",
            _both_in("-1, 1"),
            "Your means met the height: one axis too far to the right. How many axes of size 1 "
            "belong behind C?",
        ),
        Mistake(
            "along the batch",
            _both_in("-1, 1, 1, 1"),
            "Your means met the batch axis: one axis too far to the left. How many axes of size "
            "1 belong behind C?",
        ),
        Mistake(
            "channels sought in the batch axis",
            (_zipped_with_the_batch, _indexed_in_the_batch),
            "The first axis of a batch counts pictures, so whole pictures were given one "
            "channel's mean and std. Which axis counts channels?",
        ),
        Mistake(
            "three channels fixed",
            (_both_in("3, 1, 1"), _both_in("1, 3, 1, 1"), _three_in_a_loop),
            "Right for three channels and for no other number of them. Where could you read "
            "how many there are, or leave it to PyTorch?",
        ),
        Mistake(
            "input changed in place",
            _computed("images.mul_(std).add_(mean)"),
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
            _computed("(images - mean) / std"),
            "You normalised a second time. What is the opposite of each of the two steps?",
        ),
        Mistake(
            "divided",
            replaced(" * ", " / "),
            "You divided by std, as normalising did. What undoes a division?",
        ),
        Mistake(
            "mean subtracted",
            replaced(" + ", " - "),
            "You subtracted the mean, as normalising did. What undoes a subtraction?",
        ),
        Mistake(
            "mean and std swapped",
            exchanged("std.reshape", "mean.reshape"),
            "mean and std have changed places. Which of the two had normalising divided by?",
        ),
        Mistake(
            "mean forgotten",
            replaced(" + mean.reshape(-1, 1, 1)", ""),
            "The spread is right, but every channel is still centred on 0. Which step is missing?",
        ),
        Mistake(
            "std forgotten",
            replaced(" * std.reshape(-1, 1, 1)", ""),
            "The mean is back, but the numbers still spread as they did after normalising. Which "
            "step is missing?",
        ),
        Mistake(
            "0.5 for everything",
            lambda images, mean, std: images / 2 + 0.5,
            "That undoes mean 0.5 and std 0.5, whatever was given. Where do `mean` and `std` "
            "come in?",
        ),
        Mistake(
            "one value for all channels",
            (
                lambda images, mean, std: images * std.mean() + mean.mean(),
                lambda images, mean, std: images * std[0] + mean[0],
            ),
            "Every channel was given the same mean and std. How can channel 1 meet `mean[1]`?",
        ),
        Mistake(
            "values cut off",
            _computed("(images * std + mean).clamp(0, 1)"),
            "Numbers outside 0 to 1 were cut off. Can the normalised batch be had back from your "
            "result?",
        ),
    ),
)

# 1.4


def _batches_with_spread(generator: Generator) -> Iterator[tuple[Tensor]]:
    first = torch.randperm(12, generator=generator).float()
    yield (first.reshape(2, 3, 1, 2),)
    for shape in ((4, 3, 2, 5), (3, 2, 6, 4), (1, 3, 4, 2), (5, 1, 2, 3), (3, 3, 3, 3)):
        yield (torch.randn(shape, generator=generator) * 2 + 1,)
    yield (torch.rand((2, 5, 4, 3), generator=generator).permute(0, 3, 1, 2),)


_MEAN_DROPS = replaced("mean(dim=axes, keepdim=True)", "mean(dim=axes)")
_STD_DROPS = replaced("std(dim=axes, keepdim=True)", "std(dim=axes)")
_BIASED = replaced("std(dim=axes", "std(dim=axes, correction=0")


def _over(axes: str) -> tuple[Edit, Edit]:
    """Mean and std over other axes, with those axes kept and without."""
    kept = replaced("(0, 2, 3)", axes)
    return kept, kept + _MEAN_DROPS + _STD_DROPS


def _reshaped(shape: str) -> Edit:
    """The right numbers, put into another shape afterwards."""
    return replaced("mean(dim=axes, keepdim=True)", f"mean(dim=axes).reshape({shape})") + replaced(
        "std(dim=axes, keepdim=True)", f"std(dim=axes).reshape({shape})"
    )


CHANNEL_STATISTICS = Exercise(
    number="1.4",
    name="channel_statistics",
    solution='''\
def channel_statistics(images):
    """[B, C, H, W] -> mean [1, C, 1, 1], std [1, C, 1, 1]."""
    axes = (0, 2, 3)
    return images.mean(dim=axes, keepdim=True), images.std(dim=axes, keepdim=True)
''',
    cases=_batches_with_spread,
    variants=(
        Variant(
            _BIASED,
            "Your std divides by n (the biased form); torch divides by n - 1 unless told "
            "otherwise. For a real batch the two hardly differ.",
        ),
    ),
    mistakes=(
        Mistake(
            "no keepdim",
            (_MEAN_DROPS + _STD_DROPS, _MEAN_DROPS + _STD_DROPS + _BIASED),
            "The numbers are right, but their shape is `[C]` and meets the width of the batch. "
            "Which argument leaves an axis of size 1 behind?",
        ),
        Mistake(
            "no keepdim for one of the two",
            (_STD_DROPS, _MEAN_DROPS),
            "One of the two tensors has lost its axes of size 1, so it does not broadcast "
            "back. Which of the two calls looks different?",
        ),
        Mistake(
            "batch axis missing",
            (_reshaped("-1, 1, 1"), _reshaped("-1, 1, 1") + _BIASED),
            "The numbers are right, and `[C, 1, 1]` would broadcast as well. Yet which axis is "
            "missing from the shape that the task asks for?",
        ),
        Mistake(
            "averaged per image",
            _over("(2, 3)"),
            "You have one mean per picture and channel. Which axis separates the pictures, "
            "and should it survive?",
        ),
        Mistake(
            "one number for everything",
            (
                *_over("(0, 1, 2, 3)"),
                lambda images: (images.mean().item(), images.std().item()),
            ),
            "All channels went into one mean. Which axis should not be averaged away?",
        ),
        Mistake(
            "one number per picture",
            _over("(1, 2, 3)"),
            "You have one mean per picture, its channels mixed. Which axis should survive: "
            "the batch or the channel?",
        ),
        Mistake(
            "three channels fixed",
            _reshaped("1, 3, 1, 1"),
            "Right for three channels and for no other number of them. Which argument would have "
            "kept the axes by itself?",
        ),
        Mistake(
            "only the batch averaged",
            _over("0"),
            "You have one mean for each pixel position. Which other axes hold numbers of the "
            "same channel?",
        ),
        Mistake(
            "channels averaged away",
            _over("1"),
            "You averaged over the channels of each pixel. Is the channel the axis to "
            "remove, or the one to keep?",
        ),
        Mistake(
            "axes counted as channels last",
            _over("(0, 1, 2)"),
            "You kept the last axis, as if the channels stood there. Where do they stand in "
            "`[B, C, H, W]`?",
        ),
        Mistake(
            "channels mixed by reshape",
            instead(
                "rows = images.reshape(images.shape[1], -1)",
                "return rows.mean(dim=1), rows.std(dim=1)",
            ),
            "`reshape` cuts the batch anew, so its C rows hold numbers of several channels. "
            "Which operation turns axes round instead?",
        ),
        Mistake(
            "mean of the stds",
            replaced("std(dim=axes, keepdim=True)", "std((2, 3), keepdim=True).mean(0, True)"),
            "Your std is the average of the pictures' own stds, which misses how the pictures "
            "differ from each other. Over which numbers is one std to be taken?",
        ),
        Mistake(
            "variance",
            (replaced("images.std", "images.var"), _BIASED + replaced("images.std", "images.var")),
            "The second tensor is the square of the std, called the variance. What leads from it "
            "to the std?",
        ),
        Mistake(
            "one of the two missing",
            (
                replaced(", images.std(dim=axes, keepdim=True)", ""),
                replaced("images.mean(dim=axes, keepdim=True), ", ""),
            ),
            "One tensor came back. Which two does the task ask for?",
        ),
        Mistake(
            "stacked into one tensor",
            replaced("return ", "return torch.stack([") + replaced("True)\n", "True)])\n"),
            "Mean and std are right, but they came as one tensor. How does a function hand back "
            "two separate things?",
        ),
        Mistake(
            "order of the pair",
            exchanged("images.mean", "images.std"),
            "Both tensors are right, in the other order. Which one does the task name first?",
        ),
    ),
)
