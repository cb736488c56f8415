"""Exercise 3.3 of notebook 03: pictures of unequal sizes in one batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor
from torch.nn.functional import interpolate, pad

from course_utils.exercises.engine import Exercise, Mistake

_Samples = list[tuple[Tensor, int]]
_Padded = tuple[Tensor, Tensor, Tensor]


def _unequal_pictures(generator: Generator) -> Iterator[tuple[_Samples]]:
    for channels, sizes in (
        (1, ((1, 2), (2, 1))),
        (1, ((2, 3), (4, 1), (3, 5))),
        (3, ((5, 4), (2, 7))),
        (3, ((6, 2), (6, 5), (1, 5), (3, 3))),
        (1, ((3, 4), (3, 4))),
        (1, ((7, 5),)),
    ):
        labels = torch.randperm(10, generator=generator)[: len(sizes)].tolist()
        # No zeros among the values, so that padding cannot be mistaken for picture.
        pictures = [
            torch.randint(1, 10, (channels, *size), generator=generator) / 10 for size in sizes
        ]
        yield (list(zip(pictures, labels, strict=True)),)
    turned = torch.rand(1, 5, 3, generator=generator).transpose(1, 2)  # not contiguous
    yield ([(turned, 4), (torch.rand(1, 2, 9, generator=generator), 2)],)


def _largest(samples: _Samples) -> tuple[int, int]:
    return (
        max(picture.shape[1] for picture, _ in samples),
        max(picture.shape[2] for picture, _ in samples),
    )


def _pad_with(
    samples: _Samples, widths: Callable[[int, int], tuple[int, ...]], value: float = 0.0
) -> Tensor:
    """The pictures, each padded by `widths(missing rows, missing columns)`, as one tensor."""
    height, width = _largest(samples)
    return torch.stack(
        [
            pad(picture, widths(height - picture.shape[1], width - picture.shape[2]), value=value)
            for picture, _ in samples
        ]
    )


def _below_and_right(rows: int, columns: int) -> tuple[int, ...]:
    return 0, columns, 0, rows


def _sizes(samples: _Samples) -> Tensor:
    return torch.tensor([list(picture.shape[1:]) for picture, _ in samples])


def _labels(samples: _Samples) -> Tensor:
    return torch.tensor([label for _, label in samples])


def _pad_collate(samples: _Samples) -> _Padded:
    return _pad_with(samples, _below_and_right), _sizes(samples), _labels(samples)


def _padded_by(widths: Callable[[int, int], tuple[int, ...]]) -> Callable[[_Samples], _Padded]:
    return lambda samples: (_pad_with(samples, widths), _sizes(samples), _labels(samples))


def _sizes_after_padding(samples: _Samples) -> _Padded:
    images, _, labels = _pad_collate(samples)
    return images, torch.tensor([list(images.shape[2:])] * len(samples)), labels


def _mixes_labels(samples: _Samples) -> _Padded:
    largest_first = sorted(samples, key=lambda sample: sample[0].numel(), reverse=True)
    images, sizes, _ = _pad_collate(largest_first)
    return images, sizes, _labels(samples)


def _stretches(samples: _Samples) -> _Padded:
    stretched = [interpolate(picture[None], size=_largest(samples))[0] for picture, _ in samples]
    return torch.stack(stretched), _sizes(samples), _labels(samples)


PAD_COLLATE = Exercise(
    number="3.3",
    name="pad_collate",
    reference=_pad_collate,
    cases=_unequal_pictures,
    mistakes=(
        Mistake(
            "pads the wrong side",
            _padded_by(lambda rows, columns: (columns, 0, rows, 0)),
            "The zeros stand above and to the left of the picture. Which places of F.pad's tuple "
            "are the far sides?",
        ),
        Mistake(
            "pads both sides",
            _padded_by(
                lambda rows, columns: (
                    columns // 2,
                    columns - columns // 2,
                    rows // 2,
                    rows - rows // 2,
                )
            ),
            "The picture stands in the middle of its padding. Where should its first pixel be?",
        ),
        Mistake(
            "height and width swapped",
            _padded_by(lambda rows, columns: (0, rows, 0, columns)),
            "The missing rows were added as columns. With which axis does F.pad's tuple begin?",
        ),
        Mistake(
            "loses the sizes",
            lambda samples: (_pad_with(samples, _below_and_right), _labels(samples)),
            "After padding, nobody can tell how large each picture was. What has to be returned "
            "besides pictures and labels?",
        ),
        Mistake(
            "sizes after padding",
            _sizes_after_padding,
            "These are the sizes after padding, the same for all. When do you have to read the "
            "size of a picture?",
        ),
        Mistake(
            "sizes as width and height",
            lambda samples: (
                _pad_with(samples, _below_and_right),
                _sizes(samples).flip(1),
                _labels(samples),
            ),
            "Width and height are swapped in the sizes. In which order does a picture's shape name "
            "them?",
        ),
        Mistake(
            "mixes labels",
            _mixes_labels,
            "The pictures come in another order than their labels. What has to be moved along when "
            "pictures are sorted?",
        ),
        Mistake(
            "labels as float",
            lambda samples: (*_pad_collate(samples)[:2], _labels(samples).float()),
            "The labels are floats. Which dtype does a class index have?",
        ),
        Mistake(
            "labels left in a list",
            lambda samples: (*_pad_collate(samples)[:2], [label for _, label in samples]),
            "The labels are still a Python list. What makes a tensor of a list of numbers?",
        ),
        Mistake(
            "pads with ones",
            lambda samples: (
                _pad_with(samples, _below_and_right, value=1.0),
                _sizes(samples),
                _labels(samples),
            ),
            "The padding is white, not black. Which value is asked for?",
        ),
        Mistake(
            "stretches",
            _stretches,
            "The pictures were stretched to one size, so their own pixels are gone. How can a "
            "picture grow and keep every pixel it had?",
        ),
    ),
)
