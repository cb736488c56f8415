"""A convolution one place at a time: the window, its products, and the sums so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ipywidgets
import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_utils.figures.base import (
    FAINT,
    GREYS,
    HAIRLINE,
    HEADLINE,
    LARGE,
    MAX_WIDTH_INCHES,
    TEXT,
    CourseFigure,
    course_style,
)
from course_utils.figures.convolution import window_sums
from course_utils.figures.explorer import Explorer
from course_utils.figures.number_tables import as_digits, draw_frame, draw_numbers
from course_utils.shapes import conv_output_size

_LARGEST_TABLE = 9


def convolution_step(
    picture: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0, step: int = 1
) -> CourseFigure:
    """One place of the window: where it stands, its products, and all sums up to this one.

    picture: numbers [H, W], at most 9 rows and columns with the padding. kernel: numbers [h, w].
    stride, padding: in pixels, as in `torch.nn.Conv2d`. step: the number of the place, from 1 on,
    row by row.

    Raises ValueError for other sizes, a window that fits nowhere, or a step that does not exist.
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
            fontsize=HEADLINE, fontweight="bold", y=0.97,
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
        tables = window_sums(picture, kernel, stride, padding, _LARGEST_TABLE)
        return cls(*tables, stride, padding)

    def place(self, step: int) -> tuple[int, int]:
        """Row and column in the result of the place with this number."""
        if not 1 <= step <= self.sums.numel():
            raise ValueError(f"step: expected 1 to {self.sums.numel()}, got {step}")
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
    draw_numbers(axis, slide.padded, slide.padding, fontsize=TEXT)
    height, width = slide.kernel.shape
    draw_frame(axis, row * slide.stride, column * slide.stride, height, width, linewidth=3)
    axis.set_title(title, fontsize=LARGE)


def _draw_products(axis: Axes, window: Tensor, kernel: Tensor) -> None:
    """A square for each number under the window: the number, its weight, and their product."""
    rows, columns = kernel.shape
    _draw_empty(axis, rows, columns)
    for row in range(rows):
        for column in range(columns):
            number, weight = window[row, column].item(), kernel[row, column].item()
            words = f"{as_digits(number)}\n× {as_digits(weight)}\n= {as_digits(number * weight)}"
            axis.text(column, row, words, ha="center", va="center", fontsize=LARGE)
    draw_frame(axis, 0, 0, rows, columns, linewidth=3)
    axis.set_title("number × weight", fontsize=LARGE)


def _draw_sums(axis: Axes, sums: Tensor, step: int, title: str) -> None:
    """The result as far as it is known, the newest number framed and bold."""
    rows, columns = sums.shape
    _draw_empty(axis, rows, columns)
    for number in range(step):
        row, column = divmod(number, columns)
        newest = number == step - 1
        axis.text(
            column, row, as_digits(sums[row, column].item()), ha="center", va="center",
            fontsize=LARGE, fontweight="bold" if newest else "normal",
        )  # fmt: skip
    draw_frame(axis, *divmod(step - 1, columns), 1, 1, linewidth=3)
    axis.set_title(title, fontsize=LARGE)


def _draw_empty(axis: Axes, rows: int, columns: int) -> None:
    axis.imshow(torch.ones(rows, columns).numpy(), cmap=GREYS, vmin=0, vmax=1)
    across, down = [row - 0.5 for row in range(rows + 1)], [col - 0.5 for col in range(columns + 1)]
    # Not clipped, or the lines at the edge would be half as wide.
    axis.hlines(across, -0.5, columns - 0.5, color=FAINT, linewidth=HAIRLINE, clip_on=False)
    axis.vlines(down, -0.5, rows - 0.5, color=FAINT, linewidth=HAIRLINE, clip_on=False)
    axis.set_axis_off()


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))


def explore_convolution(
    picture: Tensor, kernels: Mapping[str, Tensor], stride: int = 1, padding: int = 0
) -> Explorer:
    """Choose kernel, stride and padding, and go through the places of the window one by one.

    picture: numbers [H, W], at most 9 rows and columns with the padding. kernels: from the name in
    the menu to numbers [h, w]. stride, padding: where their sliders start, in pixels, 1 to 3 and
    0 to 2.

    Raises what `convolution_step` raises for the settings at the start; the settings that a reader
    chooses are refused in words.
    """
    first = next(iter(kernels))
    controls = {
        "kernel": ipywidgets.SelectionSlider(
            options=list(kernels), value=first, description="kernel"
        ),
        "stride": ipywidgets.IntSlider(value=stride, min=1, max=3, description="stride"),
        "padding": ipywidgets.IntSlider(value=padding, min=0, max=2, description="padding"),
        "step": ipywidgets.IntSlider(value=1, min=1, max=1, description="step"),
    }

    def places(kernel: str, stride: int, padding: int) -> int:
        rows, columns = (
            conv_output_size(size, kernel_size, stride, padding)
            for size, kernel_size in zip(picture.shape, kernels[kernel].shape, strict=True)
        )
        return rows * columns

    def follow(_: object = None) -> None:
        """Let the slider of the steps end at the last place that there is."""
        settings = {name: controls[name].value for name in ("kernel", "stride", "padding")}
        try:
            controls["step"].max = places(**settings)
        except ValueError:
            controls["step"].max = 1  # no place at all; the drawing says why

    def draw(kernel: str, stride: int, padding: int, step: int) -> CourseFigure:
        return convolution_step(picture, kernels[kernel], stride, padding, step)

    def static() -> CourseFigure:
        return convolution_steps(picture, kernels[first], stride, padding)

    static()  # bad data are the caller's mistake, and raise here
    follow()
    # Before the explorer watches them too, so that no picture is drawn for a step beyond the last.
    for name in ("kernel", "stride", "padding"):
        controls[name].observe(follow, "value")
    return Explorer(
        "Where does the window stand, and which number does it leave in the result?",
        controls,
        draw,
        static,
    )
