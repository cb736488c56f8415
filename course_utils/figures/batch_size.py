"""What the batch size decides: speed, memory, and the steps of an epoch."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from course_utils.figures.base import (
    COLOURS,
    INK,
    LARGE,
    MARKERS,
    MAX_WIDTH_INCHES,
    PAPER,
    CourseFigure,
    course_style,
)
from course_utils.figures.explorer import Explorer
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

    batch_sizes: growing, drawn on a scale on which doubling is one stride. images_per_second,
    peak_bytes: one number for each of them. num_samples: in one epoch.
    limit_bytes: of the card, dashed. chosen: the batch size to mark, with its three numbers above
    the panels. The words for who cannot see the picture name the speed of `chosen` only: speeds
    differ from run to run.

    Raises ValueError for other numbers of speeds or peaks, or a `chosen` that is none of the sizes.
    """
    for label, values in (("images_per_second", images_per_second), ("peak_bytes", peak_bytes)):
        if len(values) != len(batch_sizes):
            raise ValueError(
                f"{label}: expected one number for each of {len(batch_sizes)} batch sizes, "
                f"got {len(values)}"
            )
    if chosen is not None and chosen not in batch_sizes:
        sizes = ", ".join(f"{size:,}" for size in batch_sizes)
        raise ValueError(f"chosen: expected one of the batch sizes {sizes}, got {chosen}")
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
            axis.plot(batch_sizes, values, color=colour, marker=marker)
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
            memory.axhline(limit_bytes / unit, color=INK, linestyle="--")
            memory.set_ylim(0, 1.15 * max([*panels[1][1], limit_bytes / unit]))
            memory.annotate(
                f"limit {in_units(limit_bytes)}", (0.03, limit_bytes / unit), va="bottom",
                xycoords=("axes fraction", "data"),
                bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 1},
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
            axis.axvline(chosen, color=INK, linewidth=1, linestyle=":")
            axis.plot([chosen], [values[place]], "o", color=INK, markersize=9, fillstyle="none")
            axis.set_title(number, fontsize=LARGE, fontweight="bold")
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


def explore_batch_size(
    batch_sizes: Sequence[int],
    images_per_second: Sequence[float],
    peak_bytes: Sequence[int],
    num_samples: Sequence[int],
    limits_bytes: Sequence[int],
) -> Explorer:
    """Choose a batch size, and read its speed, its memory under a limit, and the steps it leaves.

    batch_sizes: growing. images_per_second, peak_bytes: measured or estimated, one number for each
    of them; nothing between them is invented. num_samples: sizes of an epoch to choose from.
    limits_bytes: of cards to choose from. Every slider starts in its middle.

    Raises what `batch_size_curves` raises.
    """
    samples, limit = _middle(num_samples), _middle(limits_bytes)

    def draw(batch_size: int, limit: int, num_samples: int) -> CourseFigure:
        return batch_size_curves(
            batch_sizes, images_per_second, peak_bytes, num_samples, limit, chosen=batch_size
        )

    def static() -> CourseFigure:
        return batch_size_curves(batch_sizes, images_per_second, peak_bytes, samples, limit)

    static()  # bad data are the caller's mistake, and raise here
    return Explorer(
        "Which batch size is fast, fits the card, and leaves enough steps?",
        {
            "batch_size": ipywidgets.SelectionSlider(
                options=[(f"{size:,}", size) for size in batch_sizes],
                value=_middle(batch_sizes),
                description="batch size",
            ),
            "limit": ipywidgets.SelectionSlider(
                options=[(in_units(nbytes), nbytes) for nbytes in limits_bytes],
                value=limit,
                description="limit of the card",
            ),
            "num_samples": ipywidgets.SelectionSlider(
                options=[(f"{number:,}", number) for number in num_samples],
                value=samples,
                description="pictures in an epoch",
            ),
        },
        draw,
        static,
    )


def _middle(values: Sequence[int]) -> int:
    return values[len(values) // 2]
