"""Exercise 3.3 of notebook 03: pictures of unequal sizes in one batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.notebook_03.padding import (
    Samples,
    collated,
    cut_to_the_smallest,
    in_the_middle,
    labels_of,
    laid_into_zeros,
    largest,
    of_most_pixels,
    of_the_first,
    padded,
    sizes_of,
    square,
    stretched,
)
from course_checks.result import CheckResult


def _unequal_pictures(generator: Generator) -> Iterator[tuple[Samples]]:
    for channels, sizes in (
        (1, ((1, 2), (2, 1))),
        (1, ((2, 3), (4, 1), (3, 5))),
        (3, ((5, 4), (2, 7))),
        (3, ((6, 2), (6, 5), (1, 5), (3, 3))),
        (1, ((1, 2), (3, 4))),  # as many rows missing as columns
        (1, ((2, 3), (2, 5))),
        (1, ((4, 3), (1, 3))),
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


_pad_collate = collated()


def _pad_by(left: str, right: str, above: str, below: str) -> Any:
    """An answer that calls F.pad with these four of "rows", "columns" and ""."""

    def widths(rows: int, columns: int) -> tuple[int, ...]:
        missing = {"rows": rows, "columns": columns, "": 0}
        return missing[left], missing[right], missing[above], missing[below]

    return collated(lambda samples: padded(samples, widths))


def _mixes_labels(samples: Samples) -> tuple[Tensor, Tensor, Tensor]:
    largest_first = sorted(samples, key=lambda sample: sample[0].numel(), reverse=True)
    images, sizes, _ = _pad_collate(largest_first)
    return images, sizes, labels_of(samples)


def _size_list(samples: Samples) -> list[list[int]]:
    return [list(picture.shape[1:]) for picture, _ in samples]


def _label_list(samples: Samples) -> list[int]:
    return [label for _, label in samples]


PAD_COLLATE = Exercise(
    number="3.3",
    name="pad_collate",
    reference=_pad_collate,
    cases=_unequal_pictures,
    mistakes=(
        Mistake(
            "not padded",
            collated(lambda samples: [picture for picture, _ in samples]),
            "Pictures of different sizes do not stack. What has to happen to the smaller ones "
            "first?",
        ),
        Mistake(
            "height and width swapped",
            _pad_by("", "rows", "", "columns"),
            "The missing rows were added as columns. With which axis does F.pad's tuple begin?",
        ),
        *in_forms(
            "only one axis padded",
            "The pictures agree in height or in width now, but not in both. Which places of "
            "F.pad's tuple belong to which axis?",
            _pad_by("", "columns", "", ""),
            _pad_by("", "", "", "rows"),
        ),
        Mistake(
            "padded by the largest size",
            collated(
                lambda samples: padded(
                    samples, lambda *_: (0, largest(samples)[1], 0, largest(samples)[0])
                )
            ),
            "Each picture grew by the largest height and width. How many rows and columns does it "
            "lack?",
        ),
        Mistake(
            "two numbers for F.pad",
            collated(lambda samples: padded(samples, lambda rows, columns: (columns, rows))),
            "F.pad read your two numbers as left and right of the last axis. How many does it "
            "want for two axes?",
        ),
        *in_forms(
            "pads the wrong side",
            "The zeros stand above the picture or to the left of it. Which places of F.pad's "
            "tuple are the far sides?",
            _pad_by("columns", "", "rows", ""),
            _pad_by("columns", "", "", "rows"),
            _pad_by("", "columns", "rows", ""),
        ),
        Mistake(
            "pads both sides",
            collated(lambda samples: padded(samples, in_the_middle)),
            "The picture stands in the middle of its padding. Where should its first pixel be?",
        ),
        Mistake(
            "padded to a square",
            collated(lambda samples: padded(samples, size=square)),
            "H and W became the same number. Does the task ask for one largest side, or for a "
            "largest height and a largest width?",
        ),
        *in_forms(
            "size of the first picture",
            "The first picture gave its size to all. What happens to one that is higher or wider?",
            collated(lambda samples: padded(samples, size=of_the_first)),
            collated(
                lambda samples: laid_into_zeros(
                    samples, of_the_first(samples), samples[0][0].shape[0]
                )
            ),
        ),
        *in_forms(
            "size of the picture with most pixels",
            "The picture with the most pixels gave its size to all. Is it the highest and the "
            "widest, too?",
            collated(lambda samples: padded(samples, size=of_most_pixels)),
            collated(
                lambda samples: laid_into_zeros(
                    samples, of_most_pixels(samples), samples[0][0].shape[0]
                )
            ),
        ),
        Mistake(
            "one channel fixed",
            collated(lambda samples: laid_into_zeros(samples, largest(samples), channels=1)),
            "Colour pictures came out with a single channel. Where does a picture say how many it "
            "has?",
        ),
        Mistake(
            "cut to the smallest",
            collated(cut_to_the_smallest),
            "The larger pictures were cut to fit the smallest, so pixels are gone. How can all "
            "fit without losing any?",
        ),
        Mistake(
            "stretches",
            collated(stretched),
            "The pictures were stretched to one size, so their own pixels are gone. How can a "
            "picture grow and keep every pixel it had?",
        ),
        Mistake(
            "pads with ones",
            collated(lambda samples: padded(samples, value=1.0)),
            "The padding is white, not black. Which value is asked for?",
        ),
        Mistake(
            "pictures left in a list",
            lambda samples: (padded(samples), sizes_of(samples), labels_of(samples)),
            "The pictures have one size now, but they are still in a list. What makes one batch "
            "of them?",
        ),
        Mistake(
            "cat instead of stack",
            collated(lambda samples: torch.cat(padded(samples))),
            "The pictures were laid end to end along the channels, and no axis was added. Which "
            "operation makes a new axis?",
        ),
        Mistake(
            "loses the sizes",
            lambda samples: (_pad_collate(samples)[0], labels_of(samples)),
            "After padding, nobody can tell how large each picture was. What has to be returned "
            "besides pictures and labels?",
        ),
        Mistake(
            "loses the labels",
            lambda samples: _pad_collate(samples)[:2],
            "Pictures and sizes came back. What else does every sample hold?",
        ),
        Mistake(
            "sizes after padding",
            collated(sizes=lambda samples: torch.tensor([largest(samples)] * len(samples))),
            "These are the sizes after padding, the same for all. When do you have to read the "
            "size of a picture?",
        ),
        Mistake(
            "sizes as width and height",
            collated(sizes=lambda samples: sizes_of(samples).flip(1)),
            "Width and height are swapped in the sizes. In which order does a picture's shape "
            "name them?",
        ),
        Mistake(
            "sizes with channels",
            collated(sizes=lambda samples: torch.tensor([list(p.shape) for p, _ in samples])),
            "Each size holds three numbers. Which of them is neither a height nor a width?",
        ),
        Mistake(
            "mixes labels",
            _mixes_labels,
            "The pictures come in another order than their labels. What has to be moved along "
            "when pictures are sorted?",
        ),
        Mistake(
            "order of the three",
            lambda samples: tuple(_pad_collate(samples)[place] for place in (0, 2, 1)),
            "The three parts are right, in another order. In which order does the task name them?",
        ),
        Mistake(
            "labels as float",
            collated(labels=lambda samples: labels_of(samples).float()),
            "The labels are floats. Which dtype does a class index have?",
        ),
        Mistake(
            "sizes as float",
            collated(sizes=lambda samples: sizes_of(samples).float()),
            "The sizes are floats, but they count pixels. Which dtype is asked for?",
        ),
        Mistake(
            "sizes and labels as float",
            collated(
                sizes=lambda samples: sizes_of(samples).float(),
                labels=lambda samples: labels_of(samples).float(),
            ),
            "Sizes and labels are floats: `torch.zeros` makes those unless told otherwise. Which "
            "dtype is asked for?",
        ),
        *in_forms(
            "left in a list",
            "Sizes or labels are still a Python list. What makes a tensor of a list of numbers?",
            collated(sizes=_size_list),
            collated(labels=_label_list),
            collated(sizes=_size_list, labels=_label_list),
        ),
    ),
)


def check_pad_collate(answer: object) -> CheckResult:
    """Check exercise 3.3: `pad_collate(samples)`: images [B, C, H, W], sizes [B, 2], labels [B]."""
    return PAD_COLLATE.check(answer)
