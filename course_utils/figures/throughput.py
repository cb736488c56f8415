"""How fast data come: bars of images per second."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.ticker import MaxNLocator

from course_utils.figures.base import (
    COLOURS,
    MAX_WIDTH_INCHES,
    CourseFigure,
    check_titles,
    course_style,
)


def throughput_bars(names: Sequence[str], images_per_second: Sequence[float]) -> CourseFigure:
    """Ways of loading as horizontal bars, the first on top, each with its number at the end.

    names: one per way. images_per_second: how many images each way hands out in a second. The words
    for who cannot see the picture leave out the numbers, which differ from run to run.

    Raises ValueError for another number of names.
    """
    check_titles(names, len(images_per_second), "names")
    with course_style():
        figure = CourseFigure(
            MAX_WIDTH_INCHES,
            0.8 + 0.45 * len(names),
            f"bars of images per second: {', '.join(names)}",
        )
        axis = figure.subplots()
        bars = axis.barh(
            range(len(names)), images_per_second, tick_label=names, color=COLOURS[0], height=0.6
        )
        axis.bar_label(bars, fmt="{:,.0f}", padding=4)
        axis.invert_yaxis()
        axis.grid(False, axis="y")
        # Room for the numbers at the ends.
        axis.set_xlim(0, 1.2 * max(images_per_second))
        axis.xaxis.set_major_locator(MaxNLocator(5))
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel("images per second")
    return figure
