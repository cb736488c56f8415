"""Softmax at a temperature, the naive formula beside the stable one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import ipywidgets
import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_utils import functional
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

_LIMIT = math.log(torch.finfo(torch.float32).max)
_LOOKS = (("naive", COLOURS[1], "//"), ("stable", COLOURS[0], ""))


@dataclass(frozen=True)
class Softmax:
    """One row of scores over a temperature, and two ways to turn it into probabilities.

    scores: [K]. temperature: above 0. naive, stable: probabilities [K]; nan where a formula has no
    value.
    """

    scores: Tensor
    temperature: float
    naive: Tensor
    stable: Tensor

    @property
    def exponents(self) -> list[float]:
        """What the exponential is taken of: score over temperature, for each class."""
        exponents: list[float] = (self.scores / self.temperature).tolist()
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
    """Exponents with the end of float32 on the left, probabilities by both formulas beside it."""
    with course_style():
        figure = CourseFigure(MAX_WIDTH_INCHES, 3.2, softmax.in_words(), layout="none")
        left, right = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.12, right=0.98, top=0.86, bottom=0.16, wspace=0.3)
        exponents = softmax.exponents
        bars = left.bar(_classes(softmax), exponents, color=COLOURS[2], width=0.6)
        left.bar_label(bars, [f"{exponent:.4g}" for exponent in exponents], padding=2)
        left.axhline(_LIMIT, color=INK, linestyle="--", linewidth=1.5)
        left.axhline(0, color=INK, linewidth=HAIRLINE)
        top, bottom = max(120.0, 1.2 * max(exponents)), min(0.0, 1.2 * min(exponents))
        left.set(ylim=(bottom, top), xlabel="class", ylabel="score / temperature")
        left.set_title(f"dashed: exp ends at {_LIMIT:.2f}", loc="left")
        _probabilities(right, softmax)
        right.set(ylabel="probability")
        right.legend(ncols=2, frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    return figure


def softmax_row(softmaxes: Sequence[Softmax]) -> CourseFigure:
    """Probabilities at several temperatures side by side."""
    words = "; ".join(softmax.in_words() for softmax in softmaxes)
    with course_style():
        figure = CourseFigure(MAX_WIDTH_INCHES, 3.0, f"side by side, {words}", layout="none")
        axes = figure.subplots(1, len(softmaxes), squeeze=False, sharey=True)[0]
        figure.subplots_adjust(left=0.09, right=0.99, top=0.7, bottom=0.17, wspace=0.08)
        for axis, softmax in zip(axes, softmaxes, strict=True):
            _probabilities(axis, softmax, upright=True)
            exponents = ", ".join(f"{exponent:.3g}" for exponent in softmax.exponents)
            axis.set_title(f"temperature {softmax.temperature:.3g}\nexponents {exponents}")
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
            positions, heights, 0.4, label=name, color=colour, hatch=hatch, edgecolor=PAPER,
            linewidth=0,
        )  # fmt: skip
        labels = ["nan" if math.isnan(value) else f"{value:.2f}" for value in values]
        axis.bar_label(bars, labels, padding=2, rotation=90 * upright)
    axis.set_xticks(range(len(softmax.scores)), _classes(softmax))
    axis.set(xlabel="class", ylim=(0, 1.3 if upright else 1.15), yticks=[0, 0.5, 1])
    axis.grid(False, axis="x")


_SCORES = (20.0, 10.0, 0.0)
_TEMPERATURES = (10.0, 1.0, 0.2)


def explore_softmax() -> Explorer:
    """Three scores and a temperature: probabilities by the naive and by the stable formula."""
    sliders = {
        f"score_{number}": ipywidgets.FloatSlider(
            score, min=-100, max=100, step=5, description=f"score of class {number}",
            readout_format=".0f",
        )
        for number, score in enumerate(_SCORES)
    }  # fmt: skip
    temperature = ipywidgets.FloatLogSlider(
        10.0, base=10, min=-1, max=2, step=0.1, description="temperature", readout_format=".2f"
    )
    return Explorer(
        "Divide the scores by a temperature: how sure does softmax become, and where does the "
        "naive formula break?",
        {**sliders, "temperature": temperature},
        lambda score_0, score_1, score_2, temperature: softmax_figure(
            _both([score_0, score_1, score_2], temperature)
        ),
        lambda: softmax_row([_both(list(_SCORES), temperature) for temperature in _TEMPERATURES]),
    )


def _both(scores: list[float], temperature: float) -> Softmax:
    row = torch.tensor(scores)
    exponents = row / temperature
    exponentials = exponents.exp()
    stable = functional.softmax(exponents[None])[0]
    return Softmax(row, temperature, exponentials / exponentials.sum(), stable)
