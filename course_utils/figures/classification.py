"""What a classifier has learnt and what it confuses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.patches import Rectangle
from torch import Tensor

from course_utils.arguments import check_whole
from course_utils.figures.arguments import (
    check_count,
    check_description,
    finite_table_of,
    table_of,
    texts,
)
from course_utils.figures.base import MAX_WIDTH_INCHES, CourseFigure, course_style

_MOST_CLASSES = 100

# Blue to yellow, growing lighter all the way: high and low stay apart in grey print too.
_SIGNED = "cividis"


def confusion_figure(
    counts: Tensor, classes: Sequence[str], description: str | None = None
) -> CourseFigure:
    """A confusion matrix with its counts written in the cells, darker where they are higher.

    counts: integers [K, K], rows the true classes, columns the predicted ones, as
    `course_utils.metrics.confusion_matrix` returns them. Zeros are left blank; the correct ones,
    on the diagonal, have a frame. classes: the K names, up to 100. description: the words for who
    cannot see the picture; without the numbers if left out.

    Raises ValueError for counts that are not square or are below 0, or another number of names,
    TypeError for other kinds of arguments and of numbers.
    """
    counts = table_of("counts", counts, "shape [K, K]", (2,))
    size = len(counts)
    if counts.shape[1] != size:
        raise ValueError(f"counts: expected shape [K, K], got {list(counts.shape)}")
    check_count("counts", size, "classes", _MOST_CLASSES)
    if counts.is_floating_point() or counts.dtype == torch.bool:
        raise TypeError(f"counts: expected whole numbers, got {counts.dtype}")
    counts = counts.long()
    if int(counts.min()) < 0:
        raise ValueError(f"counts: expected at least 0, got {int(counts.min())}")
    classes = texts("classes", classes, size)
    check_description(description)
    if description is None:
        description = f"confusion matrix, true class by predicted class: {', '.join(classes)}"
    highest = max(int(counts.max()), 1)
    with course_style():
        figure = CourseFigure(MAX_WIDTH_INCHES, 1.1 + 0.2 * size, description)
        axis = figure.subplots()
        # The scale goes beyond the highest count: no cell gets too dark for black digits.
        axis.imshow(counts.numpy(), cmap="Blues", vmin=0, vmax=1.6 * highest, aspect="auto")
        for row in range(size):
            for column in range(size):
                count = int(counts[row, column])
                if count:
                    axis.text(column, row, f"{count:,}", ha="center", va="center")
            axis.add_patch(_frame(row))
        axis.set_xticks(range(size), classes, rotation=45, ha="right")
        axis.set_yticks(range(size), classes)
        axis.set_xlabel("predicted class")
        axis.set_ylabel("true class")
        axis.grid(False)
    return figure


def weight_pictures(
    weights: Tensor, classes: Sequence[str], columns: int = 5, description: str | None = None
) -> CourseFigure:
    """The weights of each class as a picture, on one scale that is symmetric around 0.

    weights: finite numbers [K, H, W] with K up to 100. classes: the K names, above the pictures.
    columns: pictures in a row. description: the words for who cannot see the picture; made from the
    names if left out.

    Raises ValueError for another shape or number of names, TypeError for other kinds of arguments
    and of numbers.
    """
    pictures = finite_table_of("weights", weights, "shape [K, H, W]", (3,))
    check_count("weights", len(pictures), "classes", _MOST_CLASSES)
    classes = texts("classes", classes, len(pictures))
    check_whole("columns", columns, least=1)
    check_description(description)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    limit = float(pictures.abs().max()) or 1.0
    with course_style():
        figure = CourseFigure(
            MAX_WIDTH_INCHES,
            (min(0.85 * MAX_WIDTH_INCHES / columns, 2.5) + 0.3) * rows,
            description or f"weights of each class as pictures: {', '.join(classes)}",
        )
        axes = figure.subplots(rows, columns, squeeze=False)
        for position, axis in enumerate(axes.flat):
            axis.set_axis_off()
            if position < len(pictures):
                picture = pictures[position].numpy()
                shown = axis.imshow(picture, cmap=_SIGNED, vmin=-limit, vmax=limit)
                axis.set_title(classes[position], fontsize=9)
        bar = figure.colorbar(shown, ax=axes, shrink=0.8, pad=0.02)
        bar.set_label("weight (dark: against, light: for the class)")
    return figure


def _frame(position: int) -> Rectangle:
    """A frame round one cell of the diagonal."""
    corner = (position - 0.5, position - 0.5)
    return Rectangle(corner, 1, 1, fill=False, edgecolor="black", linewidth=1.2)
