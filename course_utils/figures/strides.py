"""Tensors and the memory behind them: what an operation moved, and what it only reads anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from torch import Tensor

from course_utils.figures.base import (
    COLOURS,
    HAIRLINE,
    INK,
    MAX_WIDTH_INCHES,
    PAPER,
    CourseFigure,
    course_style,
)
from course_utils.figures.explorer import Explorer
from course_utils.figures.pictures import as_picture, show_picture

# One light colour for each row of the table at the start; the numbers in the boxes say the same.
_ROW_COLOURS = [
    [1 - 0.45 * (1 - channel) for channel in to_rgb(colour)]
    for colour in (COLOURS[5], COLOURS[4], COLOURS[3])
]
_WHITE = [*to_rgb(PAPER)]


@dataclass(frozen=True)
class Reading:
    """A small table and a picture after the same operations.

    code: the operations as they are typed. start: the table [H, W] before, holding 0, 1, 2, … in
    reading order, H at most 3. table, picture: tensors after them, with at most two axes of a size
    above 1; the picture is uint8 or float in 0 … 1.
    """

    code: str
    start: Tensor
    table: Tensor
    picture: Tensor

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
    """
    with course_style():
        figure = CourseFigure(MAX_WIDTH_INCHES, 3.4, reading.in_words(), layout="none")
        strips = [("memory", reading.start)]
        if reading.is_view:
            figure.text(0.02, 0.6, "view: the table below reads this memory, nothing was moved")
        if not reading.is_view:
            strips = [("old memory", reading.start), ("new memory", reading.table)]
        for position, (title, tensor) in enumerate(strips):
            strip = figure.add_axes((0.02, 0.8 - 0.24 * position, 0.96, 0.11))
            _boxes(strip, _memory_of(tensor)[None], reading, only_visited=reading.is_view)
            strip.set_title(title, loc="left", pad=3)
        table = figure.add_axes((0.02, 0.02, 0.36, 0.4))
        _boxes(table, _as_table(reading.table), reading)
        table.set_title(_shape_in_words(reading.table), loc="left", pad=4)
        picture = figure.add_axes((0.56, 0.02, 0.4, 0.4))
        _show_reading(picture, reading.picture)
        picture.set_title(_shape_in_words(reading.picture), pad=4)
    return figure


def readings_figure(readings: Sequence[Reading]) -> CourseFigure:
    """Several operations side by side: the table above, the picture below."""
    words = "; ".join(reading.in_words() for reading in readings)
    with course_style():
        figure = CourseFigure(MAX_WIDTH_INCHES, 3.6, f"side by side: {words}", layout="none")
        axes = figure.subplots(2, len(readings), squeeze=False)
        figure.subplots_adjust(left=0.02, right=0.98, top=0.78, bottom=0.02, hspace=0.1, wspace=0.2)
        for (above, below), reading in zip(axes.T, readings, strict=True):
            _boxes(above, _as_table(reading.table), reading)
            kind = "view" if reading.is_view else "copy"
            shape, strides = list(reading.table.shape), reading.table.stride()
            above.set_title(f"{reading.code}\nshape {shape}\nstrides {strides}\n{kind}")
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
            axis.text(across, down, str(number), ha="center", va="center")
    lines: dict[str, Any] = {"colors": INK, "linewidth": HAIRLINE, "clip_on": False}
    axis.hlines([y - 0.5 for y in range(height + 1)], -0.5, columns - 0.5, **lines)
    axis.vlines([x - 0.5 for x in range(columns + 1)], -0.5, height - 0.5, **lines)
    axis.set_axis_off()


def _show_reading(axis: Axes, picture: Tensor) -> None:
    """The picture, or a line of pixels stretched to a band where the rows are gone."""
    show_picture(axis, as_picture(_as_table(picture), "picture"))
    if picture.squeeze().dim() < 2:
        axis.set_aspect("auto")
    axis.set_axis_off()


def _shape_in_words(tensor: Tensor) -> str:
    return f"shape {list(tensor.shape)}, strides {tensor.stride()}"


# Name in the list -> (the code for a tensor, what it does).
_OPERATIONS: dict[str, tuple[Callable[[Tensor], str], Callable[[Tensor], Tensor]]] = {
    "permute(1, 0)": (lambda t: "permute(1, 0)", lambda t: t.permute(1, 0)),
    "reshape, sizes reversed": (
        lambda t: f"reshape{tuple(t.shape[::-1])}",
        lambda t: t.reshape(t.shape[::-1]),
    ),
    "[::2, ::2]": (lambda t: "[::2, ::2]", lambda t: t[::2, ::2]),
    "flip(1)": (lambda t: "flip(1)", lambda t: t.flip(1)),
    "unsqueeze(0)": (lambda t: "unsqueeze(0)", lambda t: t.unsqueeze(0)),
    "flatten()": (lambda t: "flatten()", lambda t: t.flatten()),
    "view(-1)": (lambda t: "view(-1)", lambda t: t.view(-1)),
    "contiguous()": (lambda t: "contiguous()", lambda t: t.contiguous()),
}
_NOTHING = "nothing"
_SIDE_BY_SIDE = ("permute(1, 0)", "reshape, sizes reversed", "[::2, ::2]", "flip(1)")


def explore_strides(picture: Tensor) -> Explorer:
    """One or two operations on a table of twelve numbers, and on a picture: what became of memory?

    picture: grey, [H, W], uint8 or float in 0 … 1.

    Raises ValueError for a picture of another shape.
    """
    if picture.dim() != 2:
        raise ValueError(f"picture: expected [H, W], got {list(picture.shape)}")
    return Explorer(
        "Which operations move numbers in memory, and which only read them in another order?",
        {
            "first": ipywidgets.SelectionSlider(
                options=list(_OPERATIONS), value="permute(1, 0)", description="first"
            ),
            "then": ipywidgets.SelectionSlider(
                options=[_NOTHING, *_OPERATIONS], value=_NOTHING, description="then"
            ),
        },
        lambda first, then: strides_figure(_read(picture, first, then)),
        lambda: readings_figure([_read(picture, name, _NOTHING) for name in _SIDE_BY_SIDE]),
    )


def _read(picture: Tensor, first: str, then: str) -> Reading:
    """Table and picture after the operations. Raises ValueError where PyTorch refuses one."""
    start = torch.arange(12).reshape(3, 4)
    table, codes = start, []
    for name in (first, then):
        if name == _NOTHING:
            continue
        code, apply = _OPERATIONS[name]
        codes.append(code(table))
        try:
            table, picture = apply(table), apply(picture)
        except (RuntimeError, IndexError) as error:
            reason = str(error).splitlines()[0]
            raise ValueError(
                f"PyTorch refuses {codes[-1]} for the shape {list(table.shape)} with the strides "
                f"{table.stride()}: {reason}"
            ) from error
    return Reading(" then ".join(codes), start, table, picture)
