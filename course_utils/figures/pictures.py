"""Pictures of pictures: tensors shown as the images they are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_utils.arguments import check_whole
from course_utils.figures.arguments import (
    check_count,
    check_description,
    each,
    picture_of,
    pixels_of,
    texts,
)
from course_utils.figures.base import MAX_WIDTH_INCHES, CourseFigure, course_style

MOST_SIDE_BY_SIDE = 12
_MOST_IN_A_GRID = 200
"""More are too many to look at, and take seconds to draw."""


def picture_grid(
    images: Tensor,
    titles: Sequence[str] | None = None,
    columns: int = 5,
    description: str | None = None,
) -> CourseFigure:
    """A batch as a grid of small pictures, row by row.

    images: [B, C, H, W] with B up to 200 and C 1 (grey) or 3 (colour), uint8 in 0 … 255 or float in
    0 … 1 (values outside are cut off). titles: one per picture, shown above it. columns: pictures
    in a row. description: the words for who cannot see the picture; made from the titles if left
    out.

    Raises ValueError for another shape or number of titles, TypeError for other kinds of arguments
    and of numbers.
    """
    expected = "[B, C, H, W] with one picture or more and C 1 or 3"
    pixels = pixels_of("images", images, expected, (4,))
    if pixels.shape[1] not in (1, 3):
        raise ValueError(f"images: expected {expected}, got {list(pixels.shape)}")
    count = len(pixels)
    check_count("images", count, "pictures", _MOST_IN_A_GRID)
    if titles is not None:
        titles = texts("titles", titles, count)
    check_whole("columns", columns, least=1)
    check_description(description)
    columns = min(columns, count)
    rows = -(-count // columns)
    cell = min(1.3, MAX_WIDTH_INCHES / columns)
    title_height = 0.25 if titles is not None else 0.0
    if description is None:
        named = f": {', '.join(titles)}" if titles is not None else ""
        description = f"{count} {'picture' if count == 1 else 'pictures'}{named}"
    with course_style():
        figure = CourseFigure(
            min(MAX_WIDTH_INCHES, cell * columns), (cell + title_height) * rows, description
        )
        axes = figure.subplots(rows, columns, squeeze=False)
        for position, axis in enumerate(axes.flat):
            axis.set_axis_off()
            if position < count:
                show_picture(axis, pixels[position])
                if titles is not None:
                    axis.set_title(titles[position], fontsize=9)
    return figure


def picture_row(
    pictures: Sequence[Tensor], titles: Sequence[str], description: str | None = None
) -> CourseFigure:
    """Pictures of any sizes side by side, with pixel numbers along the edges.

    pictures: up to 12 tensors [C, H, W] or [H, W], uint8 or float in 0 … 1. titles: one per
    picture. description: the words for who cannot see the picture; made from the titles if left
    out.

    Raises ValueError for no picture, another shape or number of titles, TypeError for other kinds
    of arguments and of numbers.
    """
    pictures = each("pictures", pictures, "pictures", MOST_SIDE_BY_SIDE, picture_of)
    titles = texts("titles", titles, len(pictures))
    check_description(description)
    width = min(MAX_WIDTH_INCHES, 2.3 * len(pictures))
    with course_style():
        figure = CourseFigure(
            width, width / len(pictures) + 0.3, description or f"side by side: {', '.join(titles)}"
        )
        axes = figure.subplots(1, len(pictures), squeeze=False)
        for axis, picture, title in zip(axes.flat, pictures, titles, strict=True):
            show_picture(axis, picture)
            axis.set_title(title, fontsize=9)
            axis.grid(False)
            axis.tick_params(labelsize=7)
    return figure


def show_picture(axis: Axes, picture: Tensor) -> None:
    """Draw one picture [C, H, W] with C 1 or 3 into `axis`: uint8, or float32 in 0 … 1."""
    top = 255 if picture.dtype == torch.uint8 else 1
    pixels = picture.permute(1, 2, 0).squeeze(2).clamp(0, top).numpy()
    axis.imshow(pixels, cmap="gray", vmin=0, vmax=top, interpolation="nearest")
