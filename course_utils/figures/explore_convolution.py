"""The explorer of notebook 06: a window on its way over a picture, step by step."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
from torch import Tensor

from course_utils.arguments import check_within
from course_utils.figures.arguments import entries, finite_table_of
from course_utils.figures.base import CourseFigure
from course_utils.figures.convolution_steps import convolution_step, convolution_steps
from course_utils.figures.explorer import Explorer
from course_utils.shapes import conv_output_size


def explore_convolution(
    picture: Tensor, kernels: Mapping[str, Tensor], stride: int = 1, padding: int = 0
) -> Explorer:
    """Choose kernel, stride and padding, and go through the places of the window one by one.

    picture: numbers [H, W], at most 9 rows and columns with the padding. kernels: from the name in
    the menu to numbers [h, w], at most 4 each, up to 12 of them. stride, padding: where their
    sliders start, in pixels, 1 to 3 and 0 to 2.

    Raises ValueError for no kernel, for a stride or padding beyond its slider, TypeError for other
    kinds, and what `convolution_step` raises for the settings at the start; the settings that a
    reader chooses are refused in words.
    """
    for name, kernel in entries("kernels", kernels, "kernels", 12).items():
        finite_table_of(f"kernels[{name!r}]", kernel, "[h, w]", (2,))
    check_within("stride", stride, 1, 3)
    check_within("padding", padding, 0, 2)
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
