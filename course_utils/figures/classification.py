"""What a classifier has learnt and what it confuses."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.patches import Rectangle
from torch import Tensor

from course_utils.figures.base import (
    CAPTION,
    COUNTS,
    INK,
    MAX_WIDTH_INCHES,
    SIGNED,
    CourseFigure,
    check_titles,
    course_style,
)


def confusion_figure(counts: Tensor, classes: Sequence[str]) -> CourseFigure:
    """A confusion matrix with its counts written in the cells, darker where they are higher.

    counts: integers [K, K], rows the true classes, columns the predicted ones, as
    `course_utils.metrics.confusion_matrix` returns them. Zeros are left blank; the correct ones,
    on the diagonal, have a frame. classes: the K names.

    Raises ValueError for counts that are not square or another number of names, TypeError for
    shares instead of counts.
    """
    size = len(counts)
    if counts.shape != (size, size):
        raise ValueError(f"counts: expected shape [K, K], got {list(counts.shape)}")
    if counts.is_floating_point():
        raise TypeError(f"counts: expected whole numbers, got {counts.dtype}")
    check_titles(classes, size, "classes")
    counts = counts.cpu()
    description = f"confusion matrix, true class by predicted class: {', '.join(classes)}"
    highest = max(int(counts.max()), 1)
    with course_style():
        figure = CourseFigure(MAX_WIDTH_INCHES, 1.1 + 0.2 * size, description)
        axis = figure.subplots()
        # The scale goes beyond the highest count: no cell gets too dark for black digits.
        axis.imshow(counts.numpy(), cmap=COUNTS, vmin=0, vmax=1.6 * highest, aspect="auto")
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


def weight_pictures(weights: Tensor, classes: Sequence[str], columns: int = 5) -> CourseFigure:
    """The weights of each class as a picture, on one scale that is symmetric around 0.

    weights: [K, H, W]. classes: the K names, above the pictures. columns: pictures in a row.

    Raises ValueError for another shape or number of names.
    """
    if weights.dim() != 3:
        raise ValueError(f"weights: expected shape [K, H, W], got {list(weights.shape)}")
    pictures = weights.detach().cpu().float()
    check_titles(classes, len(pictures), "classes")
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    limit = float(pictures.abs().max()) or 1.0
    with course_style():
        figure = CourseFigure(
            MAX_WIDTH_INCHES,
            (min(0.85 * MAX_WIDTH_INCHES / columns, 2.5) + 0.3) * rows,
            f"weights of each class as pictures: {', '.join(classes)}",
        )
        axes = figure.subplots(rows, columns, squeeze=False)
        for position, axis in enumerate(axes.flat):
            axis.set_axis_off()
            if position < len(pictures):
                picture = pictures[position].numpy()
                shown = axis.imshow(picture, cmap=SIGNED, vmin=-limit, vmax=limit)
                axis.set_title(classes[position], fontsize=CAPTION)
        bar = figure.colorbar(shown, ax=axes, shrink=0.8, pad=0.02)
        bar.set_label("weight (dark: against, light: for the class)")
    return figure


def _frame(position: int) -> Rectangle:
    """A frame round one cell of the diagonal."""
    corner = (position - 0.5, position - 0.5)
    return Rectangle(corner, 1, 1, fill=False, edgecolor=INK, linewidth=1.2)
