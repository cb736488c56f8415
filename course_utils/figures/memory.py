"""Where memory goes: bars under a limit, and along a training step."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

import ipywidgets
import torch
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from torch import nn

from course_utils.figures.base import (
    COLOURS,
    HAIRLINE,
    INK,
    MARKERS,
    MAX_WIDTH_INCHES,
    PAPER,
    CourseFigure,
    course_style,
)
from course_utils.figures.explorer import Explorer
from course_utils.memory import MemoryEstimate, estimate_training_memory, in_units
from course_utils.memory.refusals import Refusal

# Category -> name, colour, hatch: who cannot tell the colours apart still has the hatch.
_LOOKS = {
    "parameters": ("parameters", COLOURS[0], ""),
    "buffers": ("buffers", COLOURS[6], ""),
    "gradients": ("gradients", COLOURS[1], "//"),
    "optimizer_state": ("optimizer state", COLOURS[4], "\\\\"),
    "batch": ("batch", COLOURS[3], "xx"),
    "activations": ("activations", COLOURS[2], ".."),
    "temporaries": ("temporaries", COLOURS[5], "--"),
}


def memory_bars(
    estimates: Mapping[str, MemoryEstimate],
    limit_bytes: int | None = None,
    description: str | None = None,
) -> CourseFigure:
    """One bar per estimate, its peak in parts by category, with a card's limit as a dashed line.

    estimates: name of each bar and its estimate, the first on top. limit_bytes: of the card.
    description: the words for who cannot see the picture; made from the numbers if left out.
    """
    largest = max([estimate.peak for estimate in estimates.values()] + [limit_bytes or 0])
    unit, name = unit_for(largest)
    used = _used_categories(list(estimates.values()))
    height = 1.4 + 0.38 * len(estimates)
    with course_style():
        figure = CourseFigure(
            MAX_WIDTH_INCHES, height, description or _bars_in_words(estimates, limit_bytes),
            layout="none",
        )  # fmt: skip
        # Inches: the names of the bars on the left; below, the axis and up to two lines of legend.
        left, below, above = 0.2 + 0.08 * max(map(len, estimates)), 1.05, 0.3
        axis = figure.add_axes(
            (
                left / MAX_WIDTH_INCHES,
                below / height,
                1 - (left + 0.15) / MAX_WIDTH_INCHES,
                1 - (below + above) / height,
            )
        )
        starts = [0.0] * len(estimates)
        for category in used:
            label, colour, hatch = _LOOKS[category]
            widths = [getattr(estimate, category) / unit for estimate in estimates.values()]
            axis.barh(
                range(len(widths)), widths, left=starts, height=0.6, label=label,
                color=colour, hatch=hatch, edgecolor=PAPER, linewidth=0.5,
            )  # fmt: skip
            starts = [start + width for start, width in zip(starts, widths, strict=True)]
        for position, estimate in enumerate(estimates.values()):
            axis.text(starts[position], position, f" {in_units(estimate.peak)}", va="center")
        if limit_bytes is not None:
            axis.axvline(limit_bytes / unit, color=INK, linestyle="--")
            axis.annotate(
                f"limit {in_units(limit_bytes)} ", (limit_bytes / unit, 1.0), ha="right",
                xycoords=("data", "axes fraction"), va="bottom",
            )  # fmt: skip
        axis.set_yticks(range(len(estimates)), list(estimates))
        axis.invert_yaxis()
        axis.grid(False, axis="y")
        # Room for the numbers at the ends.
        axis.set_xlim(0, 1.22 * largest / unit)
        axis.set_xlabel(f"memory at the peak ({name})")
        figure.legend(loc="lower center", ncols=4, frameon=False)
    return figure


def memory_timeline(estimate: MemoryEstimate) -> CourseFigure:
    """The memory of one training step from its first allocation to its last, by category.

    The horizontal axis counts allocations and releases, not seconds; the passes are named below
    the upper edge, and a mark stands at the peak.

    Raises ValueError for a step that allocates nothing.
    """
    moments = [moment for moment in estimate.timeline() if moment.phase != "before"]
    if not moments:
        raise ValueError("estimate: expected a step that allocates something, got none")
    unit, name = unit_for(estimate.peak)
    used = _used_categories([estimate])
    layers = [[moment.bytes[category] / unit for moment in moments] for category in used]
    totals = [sum(column) for column in zip(*layers, strict=True)]
    at_peak = totals.index(max(totals))
    with course_style():
        figure = CourseFigure(
            MAX_WIDTH_INCHES,
            3.1,
            f"memory over one training step of {estimate.model} with batch size "
            f"{estimate.batch_size}: it peaks at {in_units(estimate.peak)}, "
            f"{estimate.peak_operation}",
        )
        axis = figure.subplots()
        numbers = range(len(moments))
        for category, area in zip(used, axis.stackplot(numbers, *layers, step="post"), strict=True):
            label, colour, hatch = _LOOKS[category]
            area.set(facecolor=colour, hatch=hatch, edgecolor=PAPER, linewidth=0.0, label=label)
        axis.plot([at_peak], [totals[at_peak]], MARKERS[2], color=INK, markersize=7)
        _name_passes(axis, [moment.phase for moment in moments])
        axis.set_ylim(0, 1.2 * max(totals))
        axis.set_xlim(0, max(len(moments) - 1, 1))
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axis.set_xlabel("allocations and releases since the step began")
        axis.set_ylabel(f"memory ({name})")
        figure.legend(loc="outside lower center", ncols=4, frameon=False)
    return figure


def unit_for(largest: int) -> tuple[int, str]:
    """The bytes of the unit in which numbers up to `largest` bytes read well, and its name."""
    for unit, name in ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB")):
        if largest >= unit:
            return unit, name
    return 1, "bytes"


def _used_categories(estimates: Sequence[MemoryEstimate]) -> list[str]:
    return [name for name in _LOOKS if any(one.highest[name] for one in estimates)]


def _bars_in_words(estimates: Mapping[str, MemoryEstimate], limit_bytes: int | None) -> str:
    bars = ", ".join(f"{name} {in_units(one.peak)}" for name, one in estimates.items())
    if limit_bytes is None:
        return f"bars of the memory of one training step: {bars}"
    over = [name for name, one in estimates.items() if one.peak > limit_bytes]
    verdict = f"beyond it: {', '.join(over)}" if over else "all below it"
    return (
        f"bars of the memory of one training step: {bars}; limit {in_units(limit_bytes)}, {verdict}"
    )


def _name_passes(axis: Axes, phases: Sequence[str]) -> None:
    """Write the name of each stretch of the step over it, with a line where the next begins."""
    begin = 0
    for number in range(1, len(phases) + 1):
        if number < len(phases) and phases[number] == phases[begin]:
            continue
        if begin:
            axis.axvline(begin, color=INK, linewidth=HAIRLINE, linestyle=":")
        # A stretch of a few allocations has no room for a word.
        if number - begin > len(phases) / 12:
            axis.annotate(
                phases[begin], ((begin + number) / 2, 0.97), ha="center", va="top",
                xycoords=("data", "axes fraction"),
            )  # fmt: skip
        begin = number


_OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD": functools.partial(torch.optim.SGD, lr=0.01),
    "SGD with momentum": functools.partial(torch.optim.SGD, lr=0.01, momentum=0.9),
    "Adam": torch.optim.Adam,
}
_PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_BATCH_SIZES = [2**power for power in range(13)]


def explore_memory(
    models: Mapping[str, nn.Module],
    input_shape: Sequence[int],
    limit_bytes: int,
    examples: Mapping[str, MemoryEstimate],
    batch_size: int = 1024,
) -> Explorer:
    """Change model, optimizer, precision and batch size, and see the bar of a step's memory change.

    A second bar stays at the start, which is the first model in float32 with Adam and batch_size.
    models: from the name in the menu to the module, which is neither run nor changed. input_shape:
    one sample without the batch axis, for all models. limit_bytes: of the card at the start; its
    slider goes from an eighth of it to eight times as much. examples: name -> estimate, the bars of
    the static picture. batch_size: at the start.

    Raises ValueError for a batch size that is not on the slider, and what the estimate of the start
    raises; the choices of a reader are refused in words.
    """
    if batch_size not in _BATCH_SIZES:
        raise ValueError(f"batch_size: expected a power of two up to 4,096, got {batch_size}")

    @functools.cache
    def estimate(model: str, optimizer: str, precision: str, size: int) -> MemoryEstimate:
        return estimate_training_memory(
            models[model], input_shape, size, _OPTIMIZERS[optimizer],
            precision=_PRECISIONS[precision],
        )  # fmt: skip

    first = next(iter(models))
    start = estimate(first, "Adam", "float32", batch_size)

    def draw(
        model: str, optimizer: str, precision: str, batch_size: int, limit: int
    ) -> CourseFigure:
        try:
            choice = estimate(model, optimizer, precision, batch_size)
        except Refusal as refusal:  # of a model that cannot be estimated rightly
            raise ValueError(f"{model}: {refusal}") from refusal
        is_below = choice.peak <= limit
        words = (
            f"{model}, {optimizer}, {precision}, batch size {batch_size:,}: {in_units(choice.peak)}"
            f", {choice.peak / start.peak:.0%} of the start, "
            f"{'within' if is_below else 'beyond'} the limit of {in_units(limit)}; its peak: "
            f"{choice.peak_operation}"
        )
        return memory_bars({"start": start, "your choice": choice}, limit, words)

    def static() -> CourseFigure:
        return memory_bars(examples, limit_bytes)

    limits = [limit_bytes * 2**power // 8 for power in range(7)]
    return Explorer(
        "Which change brings the step below the limit of the card?",
        {
            "model": ipywidgets.SelectionSlider(
                options=list(models), value=first, description="model"
            ),
            "optimizer": ipywidgets.SelectionSlider(
                options=list(_OPTIMIZERS), value="Adam", description="optimizer"
            ),
            "precision": ipywidgets.SelectionSlider(
                options=list(_PRECISIONS), value="float32", description="precision"
            ),
            "batch_size": ipywidgets.SelectionSlider(
                options=[(f"{size:,}", size) for size in _BATCH_SIZES],
                value=batch_size,
                description="batch size",
            ),
            "limit": ipywidgets.SelectionSlider(
                options=[(in_units(limit), limit) for limit in limits],
                value=limit_bytes,
                description="limit",
            ),
        },
        draw,
        static,
    )
