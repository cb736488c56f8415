"""How fast data come: bars of images per second."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.ticker import MaxNLocator

from course_utils.figures.arguments import check_description, each, positive, texts
from course_utils.figures.base import COLOURS, CourseFigure, course_style


def throughput_bars(
    names: Sequence[str], images_per_second: Sequence[float], description: str | None = None
) -> CourseFigure:
    """Ways of loading as horizontal bars, the first on top, each with its number at the end.

    names: one per way, up to 50. images_per_second: how many images each way hands out in a second,
    above 0.
    description: the words for who cannot see the picture; made from the names if left out, and
    without the numbers, which differ from run to run.

    Raises ValueError for no bar, another number of names, or a speed that is not above 0, TypeError
    for other kinds of arguments.
    """
    speeds = each("images_per_second", images_per_second, "numbers", 50, positive)
    names = texts("names", names, len(speeds))
    check_description(description)
    with course_style():
        figure = CourseFigure(
            7.0,
            0.8 + 0.45 * len(names),
            description or f"bars of images per second: {', '.join(names)}",
        )
        axis = figure.subplots()
        bars = axis.barh(range(len(names)), speeds, tick_label=names, color=COLOURS[0], height=0.6)
        axis.bar_label(bars, fmt="{:,.0f}", padding=4)
        axis.invert_yaxis()
        axis.grid(False, axis="y")
        # Room for the numbers at the ends.
        axis.set_xlim(0, 1.2 * max(speeds))
        axis.xaxis.set_major_locator(MaxNLocator(5))
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel("images per second")
    return figure
