"""A convolution one place at a time: the window, its products, and the sums so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_utils.arguments import check_within
from course_utils.figures.base import MAX_WIDTH_INCHES, CourseFigure, course_style
from course_utils.figures.convolution import window_sums
from course_utils.figures.number_tables import as_digits, draw_frame, draw_numbers

_LARGEST_TABLE = 9
_LARGEST_KERNEL = 4


def convolution_step(
    picture: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0, step: int = 1
) -> CourseFigure:
    """One place of the window: where it stands, its products, and all sums up to this one.

    picture: finite numbers [H, W], at most 9 rows and columns with the padding. kernel: finite
    numbers [h, w], at most 4 each. stride, padding: in pixels, as in `torch.nn.Conv2d`. step: the
    number of the place, from 1 on, row by row.

    Raises ValueError for other sizes, a window that fits nowhere, or a step that does not exist,
    TypeError for other kinds of arguments.
    """
    slide = _Slide.of(picture, kernel, stride, padding)
    row, column = slide.place(step)
    window = slide.window(row, column)
    total = slide.sums[row, column].item()
    size = " × ".join(map(str, slide.sums.shape))
    with course_style():
        figure = CourseFigure(
            MAX_WIDTH_INCHES,
            2.8,
            f"{slide.in_words()}; step {step} of {slide.sums.numel()}, row {row + 1}, column "
            f"{column + 1} of the result: the sum of the products is {as_digits(total)}",
            layout="none",
        )
        figure.suptitle(
            f"step {step} of {slide.sums.numel()}: the products add up to {as_digits(total)}",
            fontsize=12, fontweight="bold", y=0.97,
        )  # fmt: skip
        edges = {"left": 0.01, "right": 0.99, "bottom": 0.02, "top": 0.78, "wspace": 0.06}
        widths = (1.15, 1, 0.9)
        where, products, sums = figure.subplots(1, 3, width_ratios=widths, gridspec_kw=edges)
        _draw_window(where, slide, row, column, "picture" + (" with padding" if padding else ""))
        _draw_products(products, window, slide.kernel)
        _draw_sums(sums, slide.sums, step, f"result, {size}")
    return figure


def convolution_steps(
    picture: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0
) -> CourseFigure:
    """Up to four steps side by side, the first and the last among them, each above its result.

    The arguments and what is raised are those of `convolution_step`.
    """
    slide = _Slide.of(picture, kernel, stride, padding)
    last = slide.sums.numel()
    steps = sorted({1, min(2, last), (last + 2) // 2, last})
    with course_style():
        figure = CourseFigure(
            MAX_WIDTH_INCHES,
            3.1,
            f"{slide.in_words()}; steps {_listed(steps)} of {last}, "
            f"sums {_listed([as_digits(slide.sums.flatten()[step - 1].item()) for step in steps])}",
            layout="none",
        )
        edges = {"left": 0.01, "right": 0.99, "bottom": 0.02, "top": 0.92, "hspace": 0.1}
        heights = (1.7, 1)
        grid = figure.subplots(
            2, len(steps), squeeze=False, height_ratios=heights, gridspec_kw=edges
        )
        for step, upper, lower in zip(steps, *grid, strict=True):
            row, column = slide.place(step)
            _draw_window(upper, slide, row, column, f"step {step} of {last}")
            _draw_sums(lower, slide.sums, step, "")
    return figure


@dataclass(frozen=True)
class _Slide:
    """A kernel on its way over a picture. padded: [H, W] with its zeros; sums: [h, w] of places."""

    padded: Tensor
    kernel: Tensor
    sums: Tensor
    stride: int
    padding: int

    @classmethod
    def of(cls, picture: Tensor, kernel: Tensor, stride: int, padding: int) -> _Slide:
        largest = (_LARGEST_TABLE, _LARGEST_KERNEL)
        tables = window_sums(picture, kernel, stride, padding, largest)
        return cls(*tables, stride, padding)

    def place(self, step: int) -> tuple[int, int]:
        """Row and column in the result of the place with this number."""
        check_within("step", step, 1, self.sums.numel())
        return divmod(step - 1, self.sums.shape[1])

    def window(self, row: int, column: int) -> Tensor:
        """The numbers under the kernel in the place that gives row and column of the result."""
        top, left = row * self.stride, column * self.stride
        height, width = self.kernel.shape
        return self.padded[top : top + height, left : left + width]

    def in_words(self) -> str:
        height, width = self.kernel.shape
        rows, columns = self.sums.shape
        return (
            f"a window of {height} × {width} on its way over a picture, stride {self.stride}, "
            f"padding {self.padding}, {rows} × {columns} places"
        )


def _draw_window(axis: Axes, slide: _Slide, row: int, column: int, title: str) -> None:
    draw_numbers(axis, slide.padded, slide.padding, fontsize=10)
    height, width = slide.kernel.shape
    draw_frame(axis, row * slide.stride, column * slide.stride, height, width, linewidth=3)
    axis.set_title(title, fontsize=11)


def _draw_products(axis: Axes, window: Tensor, kernel: Tensor) -> None:
    """A square for each number under the window: the number, its weight, and their product."""
    rows, columns = kernel.shape
    _draw_empty(axis, rows, columns)
    for row in range(rows):
        for column in range(columns):
            number, weight = window[row, column].item(), kernel[row, column].item()
            words = f"{as_digits(number)}\n× {as_digits(weight)}\n= {as_digits(number * weight)}"
            axis.text(column, row, words, ha="center", va="center", fontsize=11)
    draw_frame(axis, 0, 0, rows, columns, linewidth=3)
    axis.set_title("number × weight", fontsize=11)


def _draw_sums(axis: Axes, sums: Tensor, step: int, title: str) -> None:
    """The result as far as it is known, the newest number framed and bold."""
    rows, columns = sums.shape
    _draw_empty(axis, rows, columns)
    for number in range(step):
        row, column = divmod(number, columns)
        newest = number == step - 1
        axis.text(
            column, row, as_digits(sums[row, column].item()), ha="center", va="center", fontsize=11,
            fontweight="bold" if newest else "normal",
        )  # fmt: skip
    draw_frame(axis, *divmod(step - 1, columns), 1, 1, linewidth=3)
    axis.set_title(title, fontsize=11)


def _draw_empty(axis: Axes, rows: int, columns: int) -> None:
    axis.imshow(torch.ones(rows, columns).numpy(), cmap="gray", vmin=0, vmax=1)
    across, down = [row - 0.5 for row in range(rows + 1)], [col - 0.5 for col in range(columns + 1)]
    # Not clipped, or the lines at the edge would be half as wide.
    axis.hlines(across, -0.5, columns - 0.5, color="0.6", linewidth=0.8, clip_on=False)
    axis.vlines(down, -0.5, rows - 0.5, color="0.6", linewidth=0.8, clip_on=False)
    axis.set_axis_off()


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))
