"""What the batch size decides: speed, memory, and the steps of an epoch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from course_utils.arguments import check_whole, shown
from course_utils.figures.arguments import bytes_of, each, positive, several
from course_utils.figures.base import (
    COLOURS,
    MARKERS,
    MAX_WIDTH_INCHES,
    CourseFigure,
    course_style,
)
from course_utils.figures.memory import unit_for
from course_utils.memory import in_units


def batch_size_curves(
    batch_sizes: Sequence[int],
    images_per_second: Sequence[float],
    peak_bytes: Sequence[int],
    num_samples: int,
    limit_bytes: int | None = None,
    chosen: int | None = None,
) -> CourseFigure:
    """Images per second, peak memory and steps per epoch, each in a panel, over the batch size.

    batch_sizes: growing, up to 50, drawn on a scale on which doubling is one stride.
    images_per_second, peak_bytes: one number for each of them, above 0. num_samples: in one epoch.
    limit_bytes: of the card, dashed. chosen: the batch size to mark, with its three numbers above
    the panels. The words for who cannot see the picture name the speed of `chosen` only: speeds
    differ from run to run.

    Raises ValueError for no size, sizes that do not grow, other numbers of speeds or peaks, no
    sample, or a `chosen` that is none of the sizes, TypeError for other kinds of arguments.
    """
    batch_sizes = several("batch_sizes", batch_sizes, "sizes", 50)
    for place, size in enumerate(batch_sizes):
        check_whole(f"batch_sizes[{place}]", size, least=1)
    for one, other in pairwise(batch_sizes):
        if one >= other:
            raise ValueError(f"batch_sizes: expected growing sizes, got {other} after {one}")
    images_per_second = each("images_per_second", images_per_second, "numbers", 50, positive)
    peak_bytes = each("peak_bytes", peak_bytes, "numbers", 50, bytes_of)
    for label, values in (("images_per_second", images_per_second), ("peak_bytes", peak_bytes)):
        if len(values) != len(batch_sizes):
            raise ValueError(
                f"{label}: expected one number for each of {len(batch_sizes)} batch sizes, "
                f"got {len(values)}"
            )
    check_whole("num_samples", num_samples, least=1)
    if limit_bytes is not None:
        limit_bytes = bytes_of("limit_bytes", limit_bytes)
    if chosen is not None:
        check_whole("chosen", chosen)
    if chosen is not None and chosen not in batch_sizes:
        sizes = ", ".join(f"{size:,}" for size in batch_sizes)
        raise ValueError(f"chosen: expected one of the batch sizes {sizes}, got {shown(chosen)}")
    steps = [-(-num_samples // size) for size in batch_sizes]
    unit, name = unit_for(max([*peak_bytes, limit_bytes or 0]))
    panels: tuple[tuple[str, list[float]], ...] = (
        ("thousand images per second", [speed / 1000 for speed in images_per_second]),
        (f"peak memory ({name})", [nbytes / unit for nbytes in peak_bytes]),
        ("steps per epoch", [float(count) for count in steps]),
    )
    with course_style():
        figure = CourseFigure(MAX_WIDTH_INCHES, 3.0, "", layout="none")
        # Each panel with room for its own labels on its left: those of the steps are the widest.
        height = 0.79 if chosen is None else 0.71
        axes = [figure.add_axes((left, 0.17, 0.22, height)) for left in (0.095, 0.395, 0.735)]
        for position, (axis, (label, values)) in enumerate(zip(axes, panels, strict=True)):
            colour, marker = COLOURS[position], MARKERS[position]
            axis.plot(batch_sizes, values, color=colour, marker=marker, markersize=5)
            axis.set_ylabel(label)
            _show_sizes(axis, batch_sizes)
        _, memory, last = axes
        for axis in axes[:2]:
            axis.set_ylim(bottom=0)
            axis.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            axis.yaxis.set_major_formatter("{x:,g}")
        last.set_yscale("log")
        last.yaxis.set_major_formatter("{x:,.0f}")
        last.yaxis.set_minor_locator(NullLocator())
        if limit_bytes is not None:
            memory.axhline(limit_bytes / unit, color="black", linestyle="--")
            memory.set_ylim(0, 1.15 * max([*panels[1][1], limit_bytes / unit]))
            memory.annotate(
                f"limit {in_units(limit_bytes)}", (0.03, limit_bytes / unit), va="bottom",
                xycoords=("axes fraction", "data"),
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
            )  # fmt: skip
        if chosen is None:
            figure.description = (
                f"images per second, peak memory and steps per epoch of {num_samples:,} pictures "
                f"against the batch size, from {batch_sizes[0]:,} to {batch_sizes[-1]:,}; memory "
                f"grows to {in_units(peak_bytes[-1])}, the steps fall from {steps[0]:,} to "
                f"{steps[-1]:,}"
            )
            return figure
        place = batch_sizes.index(chosen)
        speed, nbytes = images_per_second[place], peak_bytes[place]
        fits = limit_bytes is None or nbytes <= limit_bytes
        numbers = (
            f"{speed:,.0f} images/s",
            in_units(nbytes) + ("" if fits else ": too much"),
            f"{steps[place]:,} steps" if steps[place] > 1 else "1 step",
        )
        for axis, (_, values), number in zip(axes, panels, numbers, strict=True):
            axis.axvline(chosen, color="black", linewidth=1, linestyle=":")
            axis.plot([chosen], [values[place]], "o", color="black", markersize=9, fillstyle="none")
            axis.set_title(number, fontsize=11, fontweight="bold")
        beside = "" if limit_bytes is None else f", {_verdict(fits)} {in_units(limit_bytes)}"
        figure.description = (
            f"batch size {chosen:,}: {speed:,.0f} images per second; {in_units(nbytes)} at the "
            f"peak{beside}; {numbers[2]} in an epoch of {num_samples:,} pictures"
        )
    return figure


def _verdict(fits: bool) -> str:
    return "within the limit of" if fits else "beyond the limit of"


def _show_sizes(axis: Axes, batch_sizes: Sequence[int]) -> None:
    """Batch sizes along the lower edge, on a scale of doublings, as many as there is room for."""
    axis.set_xscale("log", base=2)
    axis.set_xticks(batch_sizes[:: -(-len(batch_sizes) // 3)])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    axis.set_xlabel("batch size")
