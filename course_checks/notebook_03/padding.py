"""Ways to bring pictures to one size, right and wrong, of which exercise 3.3 makes its answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

Samples = list[tuple[Tensor, int]]
Size = tuple[int, int]
Part = Callable[[Samples], Any]


def largest(samples: Samples) -> Size:
    """The size that is asked for: the largest height and the largest width."""
    return (
        max(picture.shape[1] for picture, _ in samples),
        max(picture.shape[2] for picture, _ in samples),
    )


def square(samples: Samples) -> Size:
    side = max(largest(samples))
    return side, side


def of_the_first(samples: Samples) -> Size:
    _, height, width = samples[0][0].shape
    return height, width


def of_most_pixels(samples: Samples) -> Size:
    return of_the_first([max(samples, key=lambda sample: sample[0].numel())])


def below_and_right(rows: int, columns: int) -> tuple[int, ...]:
    return 0, columns, 0, rows


def in_the_middle(rows: int, columns: int) -> tuple[int, ...]:
    return columns // 2, columns - columns // 2, rows // 2, rows - rows // 2


def padded(
    samples: Samples,
    widths: Callable[[int, int], tuple[int, ...]] = below_and_right,
    value: float = 0.0,
    size: Callable[[Samples], Size] = largest,
) -> list[Tensor]:
    """The pictures, each padded by `widths(missing rows, missing columns)`.

    Where a picture is larger than `size`, `pad` gets negative widths and cuts.
    """
    height, width = size(samples)
    return [
        pad(picture, widths(height - picture.shape[1], width - picture.shape[2]), value=value)
        for picture, _ in samples
    ]


def laid_into_zeros(samples: Samples, size: Size, channels: int) -> Tensor:
    """Zeros, with a picture laid into each row; raises where one does not fit."""
    batch = torch.zeros(len(samples), channels, *size)
    for row, (picture, _) in zip(batch, samples, strict=True):
        row[:, : picture.shape[1], : picture.shape[2]] = picture[:channels]
    return batch


def cut_to_the_smallest(samples: Samples) -> Tensor:
    height = min(picture.shape[1] for picture, _ in samples)
    width = min(picture.shape[2] for picture, _ in samples)
    return torch.stack([picture[:, :height, :width] for picture, _ in samples])


def stretched(samples: Samples) -> Tensor:
    size = largest(samples)
    return torch.stack([interpolate(picture[None], size=size)[0] for picture, _ in samples])


def sizes_of(samples: Samples) -> Tensor:
    return torch.tensor([list(picture.shape[1:]) for picture, _ in samples])


def labels_of(samples: Samples) -> Tensor:
    return torch.tensor([label for _, label in samples])


def collated(
    images: Part = padded, sizes: Part = sizes_of, labels: Part = labels_of
) -> Callable[[Samples], tuple[Any, Any, Any]]:
    """An answer of three parts; each is the right one unless another is given."""

    def collate(samples: Samples) -> tuple[Any, Any, Any]:
        pictures = images(samples)
        batch = torch.stack(pictures) if isinstance(pictures, list) else pictures
        return batch, sizes(samples), labels(samples)

    return collate
