"""Wrong answers to exercise 1.4 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any

import torch


def channel_statistics_a(images: Any) -> Any:
    """Forgets keepdim: [C] instead of [1, C, 1, 1]."""
    mean = images.mean(dim=(0, 2, 3))
    std = images.std(dim=(0, 2, 3))
    return mean, std


def channel_statistics_b(images: Any) -> Any:
    """Averages over height and width only, per picture."""
    mean = images.mean(dim=(2, 3), keepdim=True)
    std = images.std(dim=(2, 3), keepdim=True)
    return mean, std


def channel_statistics_c(images: Any) -> Any:
    """One number over everything, no dim."""
    return images.mean(), images.std()


def channel_statistics_d(images: Any) -> Any:
    """Thinks dim is the axis to keep: dim=1."""
    mean = images.mean(dim=1, keepdim=True)
    std = images.std(dim=1, keepdim=True)
    return mean, std


def channel_statistics_e(images: Any) -> Any:
    """Averages the std of the single pictures."""
    mean = images.mean(dim=(0, 2, 3), keepdim=True)
    std = images.std(dim=(2, 3), keepdim=True).mean(dim=0, keepdim=True)
    return mean, std


def channel_statistics_f(images: Any) -> Any:
    """Returns the variance instead of the std."""
    mean = images.mean(dim=(0, 2, 3), keepdim=True)
    std = images.var(dim=(0, 2, 3), keepdim=True)
    return mean, std


def channel_statistics_h(images: Any) -> Any:
    """Gives keepdim for the mean only."""
    mean = images.mean(dim=(0, 2, 3), keepdim=True)
    std = images.std(dim=(0, 2, 3))
    return mean, std


def channel_statistics_i(images: Any) -> Any:
    """Averages over (1, 2, 3): one number a picture."""
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    std = images.std(dim=(1, 2, 3), keepdim=True)
    return mean, std


def channel_statistics_j(images: Any) -> Any:
    """Hard-codes 3 channels in view; raises for others."""
    mean = images.mean(dim=(0, 2, 3)).view(1, 3, 1, 1)
    std = images.std(dim=(0, 2, 3)).view(1, 3, 1, 1)
    return mean, std


def channel_statistics_k(images: Any) -> Any:
    """Loop from a forum: averages of the pictures' own stds."""
    # loop that was in the forum
    mean: Any = 0
    std: Any = 0
    for img in images:
        x = img.view(img.size(0), -1)
        mean += x.mean(1)
        std += x.std(1)
    mean /= len(images)
    std /= len(images)
    return mean.view(1, -1, 1, 1), std.view(1, -1, 1, 1)


def channel_statistics_m(images: Any) -> Any:
    """Reduces only the batch axis."""
    mean = images.mean(dim=0, keepdim=True)
    std = images.std(dim=0, keepdim=True)
    return mean, std


def channel_statistics_n(images: Any) -> Any:
    """Returns the mean only."""
    mean = images.mean(dim=(0, 2, 3), keepdim=True)
    return mean


WRONG: list[tuple[Any, str | None]] = [
    (channel_statistics_a, "no keepdim"),
    (channel_statistics_b, "averaged per image"),
    (channel_statistics_c, "one number for everything"),
    (channel_statistics_d, "channels averaged away"),
    (channel_statistics_e, "mean of the stds"),
    (channel_statistics_f, "variance"),
    (channel_statistics_h, "no keepdim for one of the two"),
    (channel_statistics_i, "one number per picture"),
    (channel_statistics_j, "three channels fixed"),
    (channel_statistics_k, "mean of the stds"),
    (channel_statistics_m, "only the batch averaged"),
    (channel_statistics_n, "one of the two missing"),
    (lambda images: torch.std_mean(images, dim=(0, 2, 3), keepdim=True), "order of the pair"),
    (lambda images: (images.mean(1), images.std(1)), "channels averaged away"),
    (lambda images: (images.numpy().mean(), images.numpy().std()), None),
    (
        lambda images: (images[:1].mean((0, 2, 3), True), images[:1].std((0, 2, 3), True, True)),
        None,
    ),
    (lambda images: images.mean((0, 2, 3), keepdim=True).expand_as(images), None),
]
