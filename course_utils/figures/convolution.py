"""What a convolution does to a picture: its window at work, what it finds, how far it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from course_utils.figures.base import (
    CAPTION,
    GREYS,
    LARGE,
    MAX_WIDTH_INCHES,
    CourseFigure,
    check_titles,
    course_style,
)
from course_utils.figures.number_tables import draw_frame, draw_numbers
from course_utils.figures.pictures import as_picture, show_picture

_LARGEST_TABLE = 12
"""Rows and columns of numbers that can be read in a panel of one inch."""


def window_places(
    picture: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0
) -> CourseFigure:
    """Every place of a sliding window, laid out like the result that the places produce.

    picture: numbers [H, W], at most 12 rows and columns with the padding. kernel: numbers [h, w].
    stride, padding: as in `torch.nn.Conv2d`. One panel for each number of the result, in its place:
    the padded picture with its numbers, the window framed, and the sum of the products above.

    Raises ValueError for another shape, a kernel that fits nowhere, or more than 25 places.
    """
    padded, kernel, sums = window_sums(picture, kernel, stride, padding, _LARGEST_TABLE)
    if sums.numel() > 25:
        raise ValueError(f"picture: expected at most 25 places of the window, got {sums.numel()}")
    rows, columns = sums.shape
    description = (
        f"a window of {kernel.shape[0]} x {kernel.shape[1]} in its {rows} x {columns} places, "
        f"stride {stride}, padding {padding}; sums {sums.tolist()}"
    )
    size = min(1.05, MAX_WIDTH_INCHES / columns)
    with course_style():
        figure = CourseFigure(size * columns, (size + 0.25) * rows, description)
        for place, axis in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
            row, column = divmod(place, columns)
            draw_numbers(axis, padded, padding)
            draw_frame(axis, row * stride, column * stride, *kernel.shape)
            axis.set_title(f"{sums[row, column].item():g}", fontsize=LARGE, fontweight="bold")
    return figure


def response_row(
    picture: Tensor, responses: Mapping[str, Tensor], title: str = "picture"
) -> CourseFigure:
    """A picture, and beside it what filters answer to it: white above 0, black below, grey at 0.

    picture: [H, W] or [C, H, W], uint8 or float in 0 … 1. responses: from a filter's name to its
    map, numbers [h, w] of either sign. All maps have one scale. title: above the picture.

    Raises ValueError for another shape of the picture.
    """
    picture = as_picture(picture, "picture")
    maps = {name: response.detach().cpu().float() for name, response in responses.items()}
    top = max(float(response.abs().max()) for response in maps.values()) or 1.0
    count = 1 + len(maps)
    width = min(MAX_WIDTH_INCHES, 2.3 * count)
    # A strip of pixels would make a page without end, or none.
    tall = min(max(picture.shape[-2] / picture.shape[-1], 0.25), 4)
    described = f"{title}, and beside it the answers of {', '.join(maps)}"
    with course_style():
        figure = CourseFigure(width, width / count * tall + 0.35, described)
        first, *others = figure.subplots(1, count, squeeze=False).flat
        show_picture(first, picture)
        first.set_title(title, fontsize=CAPTION)
        for axis, (name, response) in zip(others, maps.items(), strict=True):
            axis.imshow(response.numpy(), cmap=GREYS, vmin=-top, vmax=top)
            axis.set_title(name, fontsize=CAPTION)
        for axis in (first, *others):
            axis.set_axis_off()
    return figure


def field_row(picture: Tensor, fields: Sequence[Tensor], titles: Sequence[str]) -> CourseFigure:
    """How much of a picture single numbers inside a network see: each field framed, the rest dim.

    picture: grey, [H, W] or [1, H, W], uint8 or float in 0 … 1. fields: bool [H, W], True for the
    pixels that are seen. titles: one per field.

    Raises ValueError for another number of titles, or a field of another shape than the picture's.
    """
    grey = as_picture(picture, "picture")[0]
    if grey.dtype == torch.uint8:
        grey = grey / 255
    check_titles(titles, len(fields))
    for field in fields:
        if field.shape != grey.shape:
            raise ValueError(
                f"fields: expected {list(grey.shape)}, as the picture, got {list(field.shape)}"
            )
    boxes = [_box(field) for field in fields]
    sizes = [
        f"{title}: {box[2]} x {box[3]} pixels" for title, box in zip(titles, boxes, strict=True)
    ]
    width = min(MAX_WIDTH_INCHES, 2.3 * len(fields))
    with course_style():
        figure = CourseFigure(
            width, width / len(fields) + 0.35, f"fields of view: {'; '.join(sizes)}"
        )
        axes = figure.subplots(1, len(fields), squeeze=False).flat
        for axis, field, box, title in zip(axes, fields, boxes, titles, strict=True):
            # Outside the field the picture fades towards grey, so that black parts fade too.
            show_picture(axis, torch.where(field, grey, 0.5 + 0.35 * (grey - 0.5))[None])
            draw_frame(axis, *box)
            axis.set_title(title, fontsize=CAPTION)
            axis.set_axis_off()
    return figure


def window_sums(
    picture: Tensor, kernel: Tensor, stride: int, padding: int, largest: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The padded picture, the kernel, and the sum of the products in each place of the window.

    All in float32. largest: rows and columns of the padded picture whose numbers can still be read.
    Raises ValueError for a larger one, another number of axes, or a kernel that fits nowhere.
    """
    for name, table in (("picture", picture), ("kernel", kernel)):
        if table.dim() != 2:
            raise ValueError(f"{name}: expected two axes, got {list(table.shape)}")
    padded, small = F.pad(picture.float(), (padding,) * 4), kernel.float()
    if max(padded.shape) > largest:
        raise ValueError(
            f"picture: expected two axes of at most {largest} with the padding, so that every "
            f"number can be read, got {list(padded.shape)}"
        )
    if any(one > other for one, other in zip(small.shape, padded.shape, strict=True)):
        raise ValueError(
            f"kernel: expected at most the size {list(padded.shape)} of the padded picture, "
            f"got {list(small.shape)}"
        )
    return padded, small, F.conv2d(padded[None, None], small[None, None], stride=stride)[0, 0]


def _box(field: Tensor) -> tuple[int, int, int, int]:
    """First row, first column, height and width of the smallest box round the True pixels."""
    rows, columns = field.nonzero().unbind(dim=1)
    top, left = int(rows.min()), int(columns.min())
    return top, left, int(rows.max()) - top + 1, int(columns.max()) - left + 1
