"""Small tables of numbers as pictures: grey squares with digits, and frames round parts of them."""

from __future__ import annotations

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from course_utils.figures.base import COLOURS, GREYS, HAIRLINE, INK, SMALL


def draw_numbers(axis: Axes, table: Tensor, padding: int = 0, fontsize: float = SMALL) -> None:
    """A small table of numbers as grey squares; the padding outside the frame, blue and slanted.

    table: float [H, W], padding included. padding: rows and columns at each side that are no part
    of the picture itself. fontsize: of the digits, in points.
    """
    low, high = float(table.min()), float(table.max())
    # Only the light half of the greys, so that black digits stay readable on each.
    shades = 0.6 + 0.4 * (table - low) / ((high - low) or 1.0)
    height, width = table.shape
    inside = torch.zeros(height, width, dtype=torch.bool)
    inside[padding : height - padding, padding : width - padding] = True
    axis.imshow(torch.where(inside, shades, 0.94).numpy(), cmap=GREYS, vmin=0, vmax=1)
    for row in range(height):
        for column in range(width):
            own = bool(inside[row, column])
            axis.text(
                column,
                row,
                as_digits(table[row, column].item()),
                ha="center",
                va="center",
                fontsize=fontsize,
                style="normal" if own else "italic",
                color=INK if own else COLOURS[0],
            )
    outline = (padding, padding, height - 2 * padding, width - 2 * padding)
    draw_frame(axis, *outline, edgecolor=INK, linewidth=HAIRLINE)
    axis.set_axis_off()


def draw_frame(
    axis: Axes,
    row: int,
    column: int,
    height: int,
    width: int,
    edgecolor: str = COLOURS[1],
    linewidth: float = 2.0,
) -> None:
    """A frame round the pixels from (row, column) on; at the edge it is not cut in half."""
    corner = (column - 0.5, row - 0.5)
    frame = Rectangle(corner, width, height, fill=False, edgecolor=edgecolor, linewidth=linewidth)
    frame.set_clip_on(False)
    axis.add_patch(frame)


def as_digits(number: float) -> str:
    """A number of a small table: at most three digits, with a real minus sign, and no -0."""
    return f"{number + 0.0:.3g}".replace("-", "−")
