"""What a convolution does to a picture: its window at work, what it finds, how far it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from course_utils.arguments import check_numbers, check_tensor, check_text, check_whole
from course_utils.figures.arguments import (
    check_description,
    entries,
    finite_table_of,
    picture_of,
    pixels_of,
    several,
    texts,
)
from course_utils.figures.base import MAX_WIDTH_INCHES, CourseFigure, course_style
from course_utils.figures.number_tables import draw_frame, draw_numbers
from course_utils.figures.pictures import MOST_SIDE_BY_SIDE, show_picture

_LARGEST_TABLE = 12
"""Rows and columns of numbers that can be read in a panel of one inch."""


def window_places(
    picture: Tensor,
    kernel: Tensor,
    stride: int = 1,
    padding: int = 0,
    description: str | None = None,
) -> CourseFigure:
    """Every place of a sliding window, laid out like the result that the places produce.

    picture: finite numbers [H, W], at most 12 rows and columns with the padding. kernel: finite
    numbers [h, w]. stride, padding: as in `torch.nn.Conv2d`. One panel for each number of the
    result, in its place: the padded picture with its numbers, the window framed, and the sum of the
    products above. description: the words for who cannot see the picture; made from the settings if
    left out.

    Raises ValueError for another shape, a kernel that fits nowhere, or more than 25 places,
    TypeError for other kinds of arguments.
    """
    largest = (_LARGEST_TABLE, _LARGEST_TABLE)
    padded, kernel, sums = window_sums(picture, kernel, stride, padding, largest)
    check_description(description)
    if sums.numel() > 25:
        raise ValueError(f"picture: expected at most 25 places of the window, got {sums.numel()}")
    rows, columns = sums.shape
    if description is None:
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
            axis.set_title(f"{sums[row, column].item():g}", fontsize=11, fontweight="bold")
    return figure


def response_row(
    picture: Tensor,
    responses: Mapping[str, Tensor],
    title: str = "picture",
    description: str | None = None,
) -> CourseFigure:
    """A picture, and beside it what filters answer to it: white above 0, black below, grey at 0.

    picture: [H, W] or [C, H, W], uint8 or float in 0 … 1. responses: from a filter's name to its
    map, finite numbers [h, w] of either sign; up to 11. All maps have one scale. title: above the
    picture. description: the words for who cannot see it; made from the names if left out.

    Raises ValueError for no map, or a map of another number of axes, TypeError for other kinds of
    arguments and of numbers.
    """
    picture = picture_of("picture", picture)
    given = entries("responses", responses, "maps", MOST_SIDE_BY_SIDE - 1)
    maps = {
        name: finite_table_of(f"responses[{name!r}]", response, "[h, w]", (2,))
        for name, response in given.items()
    }
    check_text("title", title)
    check_description(description)
    top = max(float(response.abs().max()) for response in maps.values()) or 1.0
    count = 1 + len(maps)
    width = min(MAX_WIDTH_INCHES, 2.3 * count)
    # A strip of pixels would make a page without end, or none.
    tall = min(max(picture.shape[-2] / picture.shape[-1], 0.25), 4)
    described = description or f"{title}, and beside it the answers of {', '.join(maps)}"
    with course_style():
        figure = CourseFigure(width, width / count * tall + 0.35, described)
        first, *others = figure.subplots(1, count, squeeze=False).flat
        show_picture(first, picture)
        first.set_title(title, fontsize=9)
        for axis, (name, response) in zip(others, maps.items(), strict=True):
            axis.imshow(response.numpy(), cmap="gray", vmin=-top, vmax=top)
            axis.set_title(name, fontsize=9)
        for axis in (first, *others):
            axis.set_axis_off()
    return figure


def field_row(
    picture: Tensor,
    fields: Sequence[Tensor],
    titles: Sequence[str],
    description: str | None = None,
) -> CourseFigure:
    """How much of a picture single numbers inside a network see: each field framed, the rest dim.

    picture: grey, [H, W] or [1, H, W], uint8 or float in 0 … 1. fields: bool [H, W], True for the
    pixels that are seen; up to 12. titles: one per field. description: the words for who cannot see
    the picture; made from the sizes of the frames if left out.

    Raises ValueError for another number of titles, no field, a field of another shape, or one
    without a pixel, TypeError for other kinds of arguments and of numbers.
    """
    expected = "[H, W] or [1, H, W]"
    grey = pixels_of("picture", picture, expected, (2, 3))
    if grey.dim() == 3 and len(grey) != 1:
        raise ValueError(f"picture: expected {expected}, got {list(picture.shape)}")
    grey = grey.reshape(grey.shape[-2:])
    if grey.dtype == torch.uint8:
        grey = grey / 255
    fields = several("fields", fields, "fields", MOST_SIDE_BY_SIDE)
    for place, field in enumerate(fields):
        check_tensor(f"fields[{place}]", field)
        check_numbers(f"fields[{place}]", field)
        if field.dtype != torch.bool:
            raise TypeError(f"fields[{place}]: expected a tensor of bools, got {field.dtype}")
        if field.shape != grey.shape:
            raise ValueError(
                f"fields[{place}]: expected {list(grey.shape)}, as the picture, "
                f"got {list(field.shape)}"
            )
        if not field.any():
            raise ValueError(f"fields[{place}]: expected at least one True, got none")
    titles = texts("titles", titles, len(fields))
    check_description(description)
    fields = [field.cpu() for field in fields]
    boxes = [_box(field) for field in fields]
    sizes = [
        f"{title}: {box[2]} x {box[3]} pixels" for title, box in zip(titles, boxes, strict=True)
    ]
    width = min(MAX_WIDTH_INCHES, 2.3 * len(fields))
    with course_style():
        figure = CourseFigure(
            width, width / len(fields) + 0.35, description or f"fields of view: {'; '.join(sizes)}"
        )
        axes = figure.subplots(1, len(fields), squeeze=False).flat
        for axis, field, box, title in zip(axes, fields, boxes, titles, strict=True):
            # Outside the field the picture fades towards grey, so that black parts fade too.
            show_picture(axis, torch.where(field, grey, 0.5 + 0.35 * (grey - 0.5))[None])
            draw_frame(axis, *box)
            axis.set_title(title, fontsize=9)
            axis.set_axis_off()
    return figure


def window_sums(
    picture: Tensor, kernel: Tensor, stride: int, padding: int, largest: tuple[int, int]
) -> tuple[Tensor, Tensor, Tensor]:
    """The padded picture, the kernel, and the sum of the products in each place of the window.

    All in float32. largest: rows and columns of the padded picture and of the kernel. Raises
    TypeError and ValueError for tables beyond that, and for a kernel that fits nowhere.
    """
    check_whole("stride", stride, least=1)
    check_whole("padding", padding, least=0)
    tables = []
    for name, value, around, most in (
        ("picture", picture, 2 * padding, largest[0]),
        ("kernel", kernel, 0, largest[1]),
    ):
        room = " with the padding" if around else ""
        expected = f"two axes of at most {most}{room}, so that every number can be read"
        table = finite_table_of(name, value, expected, (2,))
        if max(table.shape) + around > most:
            sizes = [size + around for size in table.shape]
            raise ValueError(f"{name}: expected {expected}, got {sizes}")
        tables.append(table)
    padded, small = F.pad(tables[0], (padding,) * 4), tables[1]
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
