"""Pictures of pictures: tensors shown as the images they are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_utils.figures.base import (
    CAPTION,
    GREYS,
    MAX_WIDTH_INCHES,
    TINY,
    CourseFigure,
    check_titles,
    course_style,
)


def picture_grid(
    images: Tensor,
    titles: Sequence[str] | None = None,
    columns: int = 5,
    description: str | None = None,
) -> CourseFigure:
    """A batch as a grid of small pictures, row by row.

    images: [B, C, H, W] with C 1 (grey) or 3 (colour), uint8 in 0 … 255 or float in 0 … 1 (values
    outside are cut off). titles: one per picture, shown above it. columns: pictures in a row.
    description: the words for who cannot see the picture; made from the titles if left out.

    Raises ValueError for another shape or number of titles, TypeError for other whole numbers.
    """
    if images.dim() != 4 or images.shape[1] not in (1, 3) or len(images) == 0:
        raise ValueError(f"images: expected [B, C, H, W] with C 1 or 3, got {list(images.shape)}")
    pixels = as_pixels(images, "images")
    count = len(pixels)
    if titles is not None:
        check_titles(titles, count)
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
                    axis.set_title(titles[position], fontsize=CAPTION)
    return figure


def picture_row(pictures: Sequence[Tensor], titles: Sequence[str]) -> CourseFigure:
    """Pictures of any sizes side by side, with pixel numbers along the edges.

    pictures: tensors [C, H, W] or [H, W], uint8 or float in 0 … 1. titles: one per picture.

    Raises ValueError for another shape or number of titles, TypeError for other whole numbers.
    """
    pictures = [as_picture(picture, "pictures") for picture in pictures]
    check_titles(titles, len(pictures))
    width = min(MAX_WIDTH_INCHES, 2.3 * len(pictures))
    with course_style():
        figure = CourseFigure(
            width, width / len(pictures) + 0.3, f"side by side: {', '.join(titles)}"
        )
        axes = figure.subplots(1, len(pictures), squeeze=False)
        for axis, picture, title in zip(axes.flat, pictures, titles, strict=True):
            show_picture(axis, picture)
            axis.set_title(title, fontsize=CAPTION)
            axis.grid(False)
            axis.tick_params(labelsize=TINY)
    return figure


def as_pixels(pictures: Tensor, name: str) -> Tensor:
    """Pictures in uint8 or float32, on the CPU and without a gradient.

    Raises TypeError for other whole numbers: they would be drawn as if 1 were white.
    """
    pixels = pictures.detach().cpu()
    if pixels.dtype == torch.uint8:
        return pixels
    if not pixels.is_floating_point() and pixels.dtype != torch.bool:
        raise TypeError(
            f"{name}: expected uint8 from 0 to 255 or floats from 0 to 1, got {pixels.dtype}"
        )
    return pixels.float()


def as_picture(picture: Tensor, name: str) -> Tensor:
    """One picture [C, H, W], grey or coloured, of that or of [H, W].

    Raises ValueError for other shapes, TypeError as `as_pixels`.
    """
    pixels = as_pixels(picture, name)
    whole = pixels.unsqueeze(0) if pixels.dim() == 2 else pixels
    if whole.dim() != 3 or whole.shape[0] not in (1, 3):
        raise ValueError(
            f"{name}: expected [C, H, W] with C 1 or 3, or [H, W], got {list(picture.shape)}"
        )
    return whole


def show_picture(axis: Axes, picture: Tensor) -> None:
    """Draw one picture [C, H, W] with C 1 or 3 into `axis`: uint8, or float32 in 0 … 1."""
    top = 255 if picture.dtype == torch.uint8 else 1
    pixels = picture.permute(1, 2, 0).squeeze(2).clamp(0, top).numpy()
    axis.imshow(pixels, cmap=GREYS, vmin=0, vmax=top, interpolation="nearest")
