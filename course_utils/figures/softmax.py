"""Softmax at a temperature, the naive formula beside the stable one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_utils.arguments import shown
from course_utils.figures.arguments import (
    check_count,
    check_record,
    finite_table_of,
    positive,
    several,
    table_of,
)
from course_utils.figures.base import COLOURS, CourseFigure, course_style
from course_utils.figures.pictures import MOST_SIDE_BY_SIDE

_LIMIT = math.log(torch.finfo(torch.float32).max)
_LOOKS = (("naive", COLOURS[1], "//"), ("stable", COLOURS[0], ""))


@dataclass(frozen=True)
class Softmax:
    """One row of scores over a temperature, and two ways to turn it into probabilities.

    scores: finite numbers [K], K up to 20. temperature: above 0, and not so small that a quotient
    leaves float32. naive, stable: probabilities [K]; nan where a formula has no value.

    Raises TypeError and ValueError for others.
    """

    scores: Tensor
    temperature: float
    naive: Tensor
    stable: Tensor

    def __post_init__(self) -> None:
        scores = finite_table_of("scores", self.scores, "shape [K]", (1,))
        check_count("scores", len(scores), "classes", 20)
        # A number, also where it came in a tensor.
        object.__setattr__(self, "temperature", positive("temperature", self.temperature))
        if not all(map(math.isfinite, self.exponents)):
            raise ValueError(
                "temperature: expected one that leaves scores in float32, "
                f"got {shown(self.temperature)}"
            )
        for name, values in (("naive", self.naive), ("stable", self.stable)):
            table = table_of(name, values, f"shape {list(scores.shape)}", (1,))
            if table.shape != scores.shape:
                raise ValueError(
                    f"{name}: expected shape {list(scores.shape)}, got {list(table.shape)}"
                )
            if not (table.isnan() | ((table >= 0) & (table <= 1))).all():
                raise ValueError(f"{name}: expected probabilities or nan, got others among them")

    @property
    def exponents(self) -> list[float]:
        """What the exponential is taken of: score over temperature, for each class."""
        scores = self.scores.detach().cpu().float()
        exponents: list[float] = (scores / self.temperature).tolist()
        return exponents

    def in_words(self) -> str:
        """The probabilities of both, and why the naive one breaks where it does."""
        stable = ", ".join(f"{value:.2f}" for value in self.stable.tolist())
        words = f"temperature {self.temperature:.3g}: probabilities {stable}"
        if not self.naive.isnan().any():
            return f"{words}; the naive formula agrees"
        largest = max(self.exponents)
        why = (
            f"the exponential of {largest:.1f} is beyond float32"
            if largest > _LIMIT
            else "every exponential underflows to 0"
        )
        return f"{words}; the naive formula gives nan, because {why}"


def softmax_figure(softmax: Softmax) -> CourseFigure:
    """Exponents with the end of float32 on the left, probabilities by both formulas beside it.

    Raises TypeError for what is no `Softmax`.
    """
    check_record("softmax", softmax, Softmax)
    with course_style():
        figure = CourseFigure(7.0, 3.2, softmax.in_words(), layout="none")
        left, right = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.12, right=0.98, top=0.86, bottom=0.16, wspace=0.3)
        exponents = softmax.exponents
        bars = left.bar(_classes(softmax), exponents, color=COLOURS[2], width=0.6)
        left.bar_label(bars, [f"{exponent:.4g}" for exponent in exponents], padding=2)
        left.axhline(_LIMIT, color="black", linestyle="--", linewidth=1.5)
        left.axhline(0, color="black", linewidth=0.8)
        top, bottom = max(120.0, 1.2 * max(exponents)), min(0.0, 1.2 * min(exponents))
        left.set(ylim=(bottom, top), xlabel="class", ylabel="score / temperature")
        left.set_title(f"dashed: exp ends at {_LIMIT:.2f}", fontsize=10, loc="left")
        _probabilities(right, softmax)
        right.set(ylabel="probability")
        right.legend(ncols=2, frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    return figure


def softmax_row(softmaxes: Sequence[Softmax]) -> CourseFigure:
    """Probabilities at several temperatures, up to 12, side by side.

    Raises ValueError for no row of scores, TypeError for what is none.
    """
    for softmax in several("softmaxes", softmaxes, "rows", MOST_SIDE_BY_SIDE):
        check_record("softmaxes", softmax, Softmax)
    words = "; ".join(softmax.in_words() for softmax in softmaxes)
    with course_style():
        figure = CourseFigure(7.0, 3.0, f"side by side, {words}", layout="none")
        axes = figure.subplots(1, len(softmaxes), squeeze=False, sharey=True)[0]
        figure.subplots_adjust(left=0.09, right=0.99, top=0.7, bottom=0.17, wspace=0.08)
        for axis, softmax in zip(axes, softmaxes, strict=True):
            _probabilities(axis, softmax, upright=True)
            exponents = ", ".join(f"{exponent:.3g}" for exponent in softmax.exponents)
            axis.set_title(
                f"temperature {softmax.temperature:.3g}\nexponents {exponents}", fontsize=10
            )
        axes[0].set_ylabel("probability")
        bars, names = axes[0].get_legend_handles_labels()
        figure.legend(bars, names, ncols=2, frameon=False, loc="upper center")
    return figure


def _classes(softmax: Softmax) -> list[str]:
    return [str(number) for number in range(len(softmax.scores))]


def _probabilities(axis: Axes, softmax: Softmax, upright: bool = False) -> None:
    """Two bars for each class; the word nan where a bar has no height. upright: turned numbers."""
    for place, (name, colour, hatch) in enumerate(_LOOKS):
        values: list[float] = (softmax.naive, softmax.stable)[place].tolist()
        positions = [number + (place - 0.5) * 0.42 for number in range(len(values))]
        heights = [0.0 if math.isnan(value) else value for value in values]
        bars = axis.bar(
            positions, heights, 0.4, label=name, color=colour, hatch=hatch, edgecolor="white",
            linewidth=0,
        )  # fmt: skip
        labels = ["nan" if math.isnan(value) else f"{value:.2f}" for value in values]
        axis.bar_label(bars, labels, padding=2, fontsize=10, rotation=90 * upright)
    axis.set_xticks(range(len(softmax.scores)), _classes(softmax))
    axis.set(xlabel="class", ylim=(0, 1.3 if upright else 1.15), yticks=[0, 0.5, 1])
    axis.grid(False, axis="x")
