"""Exercise 1.4 of notebook 01: mean and standard deviation of each channel of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake, Variant
from course_checks.forms import in_forms
from course_checks.result import CheckResult

_Statistics = tuple[Tensor, Tensor]
_ALL_BUT_CHANNEL = (0, 2, 3)


def _statistics_cases(generator: Generator) -> Iterator[tuple[Tensor]]:
    first = torch.randperm(12, generator=generator).float()
    yield (first.reshape(2, 3, 1, 2),)
    for shape in ((4, 3, 2, 5), (3, 2, 6, 4), (1, 3, 4, 2), (5, 1, 2, 3), (3, 3, 3, 3)):
        yield (torch.randn(shape, generator=generator) * 2 + 1,)
    yield (torch.rand((2, 5, 4, 3), generator=generator).permute(0, 3, 1, 2),)


def _over(*axes: int, keepdim: bool = True, correction: int = 1) -> Callable[[Tensor], _Statistics]:
    """Mean and std over `axes`."""

    def statistics(images: Tensor) -> _Statistics:
        std = images.std(dim=axes, correction=correction, keepdim=keepdim)
        return images.mean(dim=axes, keepdim=keepdim), std

    return statistics


_channel_statistics = _over(*_ALL_BUT_CHANNEL)


def _both_ways(*axes: int) -> tuple[Callable[[Tensor], _Statistics], ...]:
    """Mean and std over `axes`, with those axes kept and without."""
    return _over(*axes), _over(*axes, keepdim=False)


def _with_std(std: Callable[[Tensor], Tensor]) -> Callable[[Tensor], _Statistics]:
    """The right mean beside another std."""
    return lambda images: (images.mean(dim=_ALL_BUT_CHANNEL, keepdim=True), std(images))


def _viewed(
    statistics: Callable[[Tensor], _Statistics], *shape: int
) -> Callable[[Tensor], _Statistics]:
    """What `statistics` gives, put into another shape."""

    def viewed(images: Tensor) -> _Statistics:
        mean, std = statistics(images)
        return mean.reshape(shape), std.reshape(shape)

    return viewed


def _cut_anew(images: Tensor) -> _Statistics:
    rows = images.reshape(images.shape[1], -1)
    return rows.mean(dim=1), rows.std(dim=1)


def _mean_of_stds(images: Tensor) -> Tensor:
    return images.std(dim=(2, 3), keepdim=True).mean(dim=0, keepdim=True)


CHANNEL_STATISTICS = Exercise(
    number="1.4",
    name="channel_statistics",
    reference=_channel_statistics,
    cases=_statistics_cases,
    variants=(
        Variant(
            _over(*_ALL_BUT_CHANNEL, correction=0),
            "Your std divides by n (the biased form); torch divides by n - 1 unless told "
            "otherwise. For a real batch the two hardly differ.",
        ),
    ),
    mistakes=(
        *in_forms(
            "no keepdim",
            "The numbers are right, but their shape is `[C]` and meets the width of the batch. "
            "Which argument leaves an axis of size 1 behind?",
            _over(*_ALL_BUT_CHANNEL, keepdim=False),
            _over(*_ALL_BUT_CHANNEL, keepdim=False, correction=0),
        ),
        *in_forms(
            "no keepdim for one of the two",
            "One of the two tensors has lost its axes of size 1, so it does not broadcast "
            "back. Which of the two calls looks different?",
            lambda images: (_channel_statistics(images)[0], images.std(_ALL_BUT_CHANNEL)),
            lambda images: (images.mean(_ALL_BUT_CHANNEL), _channel_statistics(images)[1]),
        ),
        *in_forms(
            "batch axis missing",
            "The numbers are right, and `[C, 1, 1]` would broadcast as well. Yet which axis is "
            "missing from the shape that the task asks for?",
            _viewed(_channel_statistics, -1, 1, 1),
            _viewed(_over(*_ALL_BUT_CHANNEL, correction=0), -1, 1, 1),
        ),
        *in_forms(
            "averaged per image",
            "You have one mean per picture and channel. Which axis separates the pictures, "
            "and should it survive?",
            *_both_ways(2, 3),
        ),
        *in_forms(
            "one number for everything",
            "All channels went into one mean. Which axis should not be averaged away?",
            *_both_ways(0, 1, 2, 3),
            lambda images: (images.mean().item(), images.std().item()),
        ),
        *in_forms(
            "one number per picture",
            "You have one mean per picture, its channels mixed. Which axis should survive: "
            "the batch or the channel?",
            *_both_ways(1, 2, 3),
        ),
        Mistake(
            "three channels fixed",
            _viewed(_channel_statistics, 1, 3, 1, 1),
            "Right for three channels and for no other number of them. Which argument would have "
            "kept the axes by itself?",
        ),
        *in_forms(
            "only the batch averaged",
            "You have one mean for each pixel position. Which other axes hold numbers of the "
            "same channel?",
            *_both_ways(0),
        ),
        *in_forms(
            "channels averaged away",
            "You averaged over the channels of each pixel. Is the channel the axis to "
            "remove, or the one to keep?",
            *_both_ways(1),
        ),
        *in_forms(
            "axes counted as channels last",
            "You kept the last axis, as if the channels stood there. Where do they stand in "
            "`[B, C, H, W]`?",
            *_both_ways(0, 1, 2),
        ),
        *in_forms(
            "channels mixed by reshape",
            "`reshape` cuts the batch anew, so its C rows hold numbers of several channels. "
            "Which operation turns axes round instead?",
            _cut_anew,
            _viewed(_cut_anew, 1, -1, 1, 1),
        ),
        Mistake(
            "mean of the stds",
            _with_std(_mean_of_stds),
            "Your std is the average of the pictures' own stds, which misses how the pictures "
            "differ from each other. Over which numbers is one std to be taken?",
        ),
        *in_forms(
            "variance",
            "The second tensor is the square of the std, called the variance. What leads from it "
            "to the std?",
            _with_std(lambda images: images.var(_ALL_BUT_CHANNEL, keepdim=True)),
            _with_std(lambda images: images.var(_ALL_BUT_CHANNEL, correction=0, keepdim=True)),
        ),
        *in_forms(
            "one of the two missing",
            "One tensor came back. Which two does the task ask for?",
            lambda images: _channel_statistics(images)[0],
            lambda images: _channel_statistics(images)[1],
        ),
        Mistake(
            "stacked into one tensor",
            lambda images: torch.stack(_channel_statistics(images)),
            "Mean and std are right, but they came as one tensor. How does a function hand back "
            "two separate things?",
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
