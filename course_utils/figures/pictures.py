"""Pictures of pictures: tensors shown as the images they are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_utils.figures.base import MAX_WIDTH_INCHES, CourseFigure, course_style


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

    Raises ValueError for another shape or number of titles.
    """
    if images.dim() != 4 or images.shape[1] not in (1, 3) or len(images) == 0:
        raise ValueError(
            "images: expected [B, C, H, W] with one picture or more and C 1 or 3, "
            f"got {list(images.shape)}"
        )
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"titles: expected {len(images)}, got {len(titles)}")
    if columns < 1:
        raise ValueError(f"columns: expected at least 1, got {columns}")
    count = len(images)
    columns = min(columns, count)
    rows = -(-count // columns)
    cell = min(1.3, MAX_WIDTH_INCHES / columns)
    title_height = 0.25 if titles is not None else 0.0
    if description is None:
        named = f": {', '.join(titles)}" if titles is not None else ""
        description = f"{count} {'picture' if count == 1 else 'pictures'}{named}"
    with course_style():
        figure = CourseFigure(cell * columns, (cell + title_height) * rows, description)
        axes = figure.subplots(rows, columns, squeeze=False)
        for position, axis in enumerate(axes.flat):
            axis.set_axis_off()
            if position < count:
                show_picture(axis, images[position])
                if titles is not None:
                    axis.set_title(titles[position], fontsize=9)
    return figure


def picture_row(
    pictures: Sequence[Tensor], titles: Sequence[str], description: str | None = None
) -> CourseFigure:
    """Pictures of any sizes side by side, with pixel numbers along the edges.

    pictures: tensors [C, H, W] or [H, W], uint8 or float in 0 … 1. titles: one per picture.
    description: the words for who cannot see the picture; made from the titles if left out.

    Raises ValueError for no picture, another shape or number of titles.
    """
    if not pictures:
        raise ValueError("pictures: expected at least one, got none")
    if len(titles) != len(pictures):
        raise ValueError(f"titles: expected {len(pictures)}, got {len(titles)}")
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
    """Draw one picture [C, H, W] or [H, W] into `axis`; uint8 or float in 0 … 1."""
    if picture.dim() == 2:
        picture = picture.unsqueeze(0)
    if picture.dim() != 3 or picture.shape[0] not in (1, 3):
        raise ValueError(
            f"picture: expected [C, H, W] with C 1 or 3, or [H, W], got {list(picture.shape)}"
        )
    top = 255 if picture.dtype == torch.uint8 else 1
    pixels = picture.detach().cpu().permute(1, 2, 0).squeeze(2).clamp(0, top).numpy()
    axis.imshow(pixels, cmap="gray", vmin=0, vmax=top, interpolation="nearest")
