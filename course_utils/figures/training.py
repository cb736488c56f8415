"""How a training run went: accuracy and loss, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from course_utils.figures.base import COLOURS, MARKERS, MAX_WIDTH_INCHES, CourseFigure, course_style
from course_utils.training import History

_LINES = {"train": ("training", "-"), "test": ("test", "--")}
_PANELS = ("accuracy", "loss")
_HIGHEST = torch.finfo(torch.float32).max


def training_curves(history: History | Mapping[str, Sequence[float]]) -> CourseFigure:
    """Accuracy in the left panel, mean loss in the right one, over the epochs of a run.

    history: a `History`, or its columns: `train_accuracy`, `test_accuracy` (between 0 and 1),
    `train_loss` and `test_loss`, one number per epoch; columns of other names are left out. A nan,
    or a number beyond float32, as a run leaves that diverged, is a gap in its line.
    Training is a solid line with round markers, test a dashed one with squares. The words for who
    cannot see the picture leave out the numbers, which differ from run to run.

    Raises ValueError for a column that is missing, no epoch, or columns of different lengths.
    """
    columns = {
        f"{part}_{panel}": _column(history, f"{part}_{panel}")
        for panel in _PANELS
        for part in _LINES
    }
    lengths = {name: len(values) for name, values in columns.items()}
    if min(lengths.values()) == 0 or len(set(lengths.values())) > 1:
        raise ValueError(
            "history: expected columns of one length, at least 1, "
            f"got {', '.join(f'{name} {length}' for name, length in lengths.items())}"
        )
    epochs = range(1, lengths["train_loss"] + 1)
    with course_style():
        figure = CourseFigure(
            MAX_WIDTH_INCHES,
            2.9,
            f"accuracy and loss over {len(epochs)} epochs, each for training and test",
        )
        for axis, panel in zip(figure.subplots(1, 2), _PANELS, strict=True):
            for position, (part, (label, style)) in enumerate(_LINES.items()):
                axis.plot(
                    epochs,
                    columns[f"{part}_{panel}"],
                    label=label,
                    linestyle=style,
                    color=COLOURS[position],
                    marker=MARKERS[position],
                    # A marker per epoch while they are few; later every so many.
                    markevery=max(1, len(epochs) // 10),
                )
            axis.set_xlabel("epoch")
            axis.set_ylabel("accuracy" if panel == "accuracy" else "loss (mean per picture)")
            axis.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
            axis.legend(frameon=False)
        figure.axes[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        figure.axes[1].set_ylim(bottom=0)
    return figure


def _column(history: History | Mapping[str, Sequence[float]], name: str) -> list[float]:
    if isinstance(history, History):
        values: Sequence[float] = history.column(name)
    elif name in history:
        values = history[name]
    else:
        raise ValueError(f"history: expected a column {name}, got {', '.join(history) or 'none'}")
    return [float(value) if abs(value) <= _HIGHEST else math.nan for value in values]
