"""Softmax at a temperature: how sure it sounds, and where the naive formula breaks."""

from __future__ import annotations

import ipywidgets
import torch

from course_utils import functional
from course_utils.figures.explorer import Explorer
from course_utils.figures.softmax import Softmax, softmax_figure, softmax_row

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
