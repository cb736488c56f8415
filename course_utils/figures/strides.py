"""Tensors and the memory behind them: what an operation moved, and what it only reads anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from torch import Tensor

from course_utils.arguments import check_text
from course_utils.figures.arguments import check_record, picture_of, pixels_of, several, table_of
from course_utils.figures.base import COLOURS, CourseFigure, course_style
from course_utils.figures.pictures import MOST_SIDE_BY_SIDE, show_picture

# One light colour for each row of the table at the start; the numbers in the boxes say the same.
_ROW_COLOURS = [
    [1 - 0.45 * (1 - channel) for channel in to_rgb(colour)]
    for colour in (COLOURS[5], COLOURS[4], COLOURS[3])
]
_WHITE = [1.0, 1.0, 1.0]


@dataclass(frozen=True)
class Reading:
    """A small table and a picture after the same operations.

    code: the operations as they are typed. start: the table [H, W] before, holding 0, 1, 2, … in
    reading order, H at most 3 and W at most 10. table, picture: tensors after them, with at most
    two axes of a size above 1; the picture is uint8 or float in 0 … 1.

    Raises TypeError and ValueError for others, and for a table with numbers that are not those of
    the start.
    """

    code: str
    start: Tensor
    table: Tensor
    picture: Tensor

    def __post_init__(self) -> None:
        check_text("code", self.code)
        start = table_of("start", self.start, "[H, W]", (2,))
        height, width = start.shape
        counting = torch.arange(start.numel()).reshape(start.shape)
        whole = start.dtype == torch.int64 and _memory_of(self.start).shape == (start.numel(),)
        fits = height <= len(_ROW_COLOURS) and width <= 10
        if not (whole and fits and torch.equal(start, counting)):
            raise ValueError(
                f"start: expected 0, 1, 2, … in reading order, a tensor of its own, int64 [H, W] "
                f"with H at most {len(_ROW_COLOURS)} and W at most 10, "
                f"got {start.dtype} {list(start.shape)}"
            )
        any_axes = tuple(range(9))
        table = table_of("table", self.table, "numbers", any_axes)
        picture = pixels_of("picture", self.picture, "pixels", any_axes)
        for name, tensor in (("table", table), ("picture", picture)):
            if tensor.squeeze().dim() > 2:
                raise ValueError(
                    f"{name}: expected at most two axes of a size above 1, got {list(tensor.shape)}"
                )
        if table.dtype != torch.int64:
            raise TypeError(f"table: expected int64, as the start, got {table.dtype}")
        if not torch.isin(_memory_of(self.table), start).all():
            raise ValueError(
                f"table: expected 0 to {start.numel() - 1}, the numbers of the start, in all its "
                f"memory, got others in it, of shape {list(table.shape)}"
            )

    @property
    def is_view(self) -> bool:
        """Whether the table still reads the memory that it had at the start."""
        return self.table.untyped_storage().data_ptr() == self.start.untyped_storage().data_ptr()

    def in_words(self) -> str:
        """Shape, strides and memory in one line."""
        kind = "a view of the same memory" if self.is_view else "a copy in new memory"
        table = self.table
        return f"{self.code}: shape {list(table.shape)}, strides {table.stride()}, {kind}"


def strides_figure(reading: Reading) -> CourseFigure:
    """The memory as a line of boxes, the table that reads it, and a picture read the same way.

    Boxes of the memory that the table does not visit are white.

    Raises TypeError for what is no `Reading`.
    """
    check_record("reading", reading, Reading)
    with course_style():
        figure = CourseFigure(7.0, 3.4, reading.in_words(), layout="none")
        strips = [("memory", reading.start)]
        if reading.is_view:
            figure.text(0.02, 0.6, "view: the table below reads this memory, nothing was moved")
        if not reading.is_view:
            strips = [("old memory", reading.start), ("new memory", reading.table)]
        for position, (title, tensor) in enumerate(strips):
            strip = figure.add_axes((0.02, 0.8 - 0.24 * position, 0.96, 0.11))
            _boxes(strip, _memory_of(tensor)[None], reading, only_visited=reading.is_view)
            strip.set_title(title, fontsize=10, loc="left", pad=3)
        table = figure.add_axes((0.02, 0.02, 0.36, 0.4))
        _boxes(table, _as_table(reading.table), reading)
        table.set_title(_shape_in_words(reading.table), fontsize=10, loc="left", pad=4)
        picture = figure.add_axes((0.56, 0.02, 0.4, 0.4))
        _show_reading(picture, reading.picture)
        picture.set_title(_shape_in_words(reading.picture), fontsize=10, pad=4)
    return figure


def readings_figure(readings: Sequence[Reading]) -> CourseFigure:
    """Several operations, up to 12, side by side: the table above, the picture below.

    Raises ValueError for no reading, TypeError for what is none.
    """
    for reading in several("readings", readings, "readings", MOST_SIDE_BY_SIDE):
        check_record("readings", reading, Reading)
    words = "; ".join(reading.in_words() for reading in readings)
    with course_style():
        figure = CourseFigure(7.0, 3.6, f"side by side: {words}", layout="none")
        axes = figure.subplots(2, len(readings), squeeze=False)
        figure.subplots_adjust(left=0.02, right=0.98, top=0.78, bottom=0.02, hspace=0.1, wspace=0.2)
        for (above, below), reading in zip(axes.T, readings, strict=True):
            _boxes(above, _as_table(reading.table), reading)
            kind = "view" if reading.is_view else "copy"
            shape, strides = list(reading.table.shape), reading.table.stride()
            above.set_title(
                f"{reading.code}\nshape {shape}\nstrides {strides}\n{kind}", fontsize=10
            )
            _show_reading(below, reading.picture)
    return figure


def _memory_of(tensor: Tensor) -> Tensor:
    """All numbers in the memory behind a tensor, in the order in which they lie there."""
    return torch.empty(0, dtype=tensor.dtype).set_(tensor.untyped_storage())


def _as_table(tensor: Tensor) -> Tensor:
    """Rows and columns of a tensor, without axes of size 1; a line is one row."""
    squeezed = tensor.squeeze()
    return squeezed if squeezed.dim() == 2 else squeezed.reshape(1, -1)


def _boxes(axis: Axes, numbers: Tensor, reading: Reading, only_visited: bool = False) -> None:
    """A table of numbers as boxes, each in the colour of its row at the start."""
    width = reading.start.shape[1]
    visited = set(reading.table.flatten().tolist()) if only_visited else None
    rows: list[list[int]] = numbers.tolist()
    colours = [
        [
            _ROW_COLOURS[number // width] if visited is None or number in visited else _WHITE
            for number in row
        ]
        for row in rows
    ]
    axis.imshow(colours, interpolation="nearest", aspect="auto")
    height, columns = len(rows), len(rows[0])
    if height > 1 or columns < 2 * width:  # boxes of one size, however many there are
        axis.set(xlim=(-0.5, max(columns, 4) - 0.5), ylim=(max(height, 4) - 0.5, -0.5))
    for down, row in enumerate(rows):
        for across, number in enumerate(row):
            axis.text(across, down, str(number), ha="center", va="center", fontsize=10)
    lines: dict[str, Any] = {"colors": "black", "linewidth": 0.8, "clip_on": False}
    axis.hlines([y - 0.5 for y in range(height + 1)], -0.5, columns - 0.5, **lines)
    axis.vlines([x - 0.5 for x in range(columns + 1)], -0.5, height - 0.5, **lines)
    axis.set_axis_off()


def _show_reading(axis: Axes, picture: Tensor) -> None:
    """The picture, or a line of pixels stretched to a band where the rows are gone."""
    show_picture(axis, picture_of("picture", _as_table(picture)))
    if picture.squeeze().dim() < 2:
        axis.set_aspect("auto")
    axis.set_axis_off()


def _shape_in_words(tensor: Tensor) -> str:
    return f"shape {list(tensor.shape)}, strides {tensor.stride()}"
