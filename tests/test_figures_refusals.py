"""What the draws of `tests/robust` are too small for: pictures of too much, and of odd numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from course_utils import figures

LETTERS = [str(number) for number in range(300)]
COLUMNS = ("train_accuracy", "test_accuracy", "train_loss", "test_loss")


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("picture_grid", (torch.zeros(201, 1, 2, 2),), "images: expected at most 200 pictures"),
        ("picture_row", ([torch.zeros(2, 2)] * 13, LETTERS[:13]), "pictures: expected at most 12"),
        ("weight_pictures", (torch.zeros(101, 2, 2), LETTERS[:101]), "weights: .* at most 100"),
        (
            "confusion_figure",
            (torch.zeros(101, 101, dtype=torch.int64), LETTERS[:101]),
            "counts: expected at most 100 classes",
        ),
        ("throughput_bars", (LETTERS[:51], [1.0] * 51), "images_per_second: .* at most 50"),
        ("Epoch", ([[0]] * 1001,), "batches: expected at most 1000"),
        (
            "Softmax",
            (torch.zeros(21), 1.0, torch.zeros(21), torch.zeros(21)),
            "scores: expected at most 20 classes",
        ),
        ("CourseFigure", (7, 301, "a tower"), "height: expected at most 300.0 inches, got 301"),
    ],
)
def test_more_than_a_picture_can_show_is_refused(
    function: str, arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(figures, function)(*arguments)


@pytest.mark.parametrize("images", [torch.randint(256, (1, 1, 2, 2)), torch.ones(1, 1, 2, 2) > 0])
def test_numbers_without_a_range_are_no_pixels(images: torch.Tensor) -> None:
    """Drawn as if 1 were white, whole numbers up to 255 would be one white area."""
    with pytest.raises(TypeError, match=r"^images: expected uint8 from 0 to 255 or floats"):
        figures.picture_grid(images)


def test_every_kind_of_float_is_drawn_alike() -> None:
    grey = torch.tensor([[[[0.0, 0.5], [1.0, 0.25]]]])
    drawn = figures.picture_grid(grey)._repr_png_()
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        assert figures.picture_grid(grey.to(dtype).requires_grad_())._repr_png_() == drawn


def test_a_run_that_diverged_has_gaps() -> None:
    losses = [2.5, math.inf, 1e308, math.nan]
    figure = figures.training_curves(dict.fromkeys(COLUMNS, losses))
    for axis in figure.axes:
        for line in axis.lines:
            assert np.isfinite(np.asarray(line.get_ydata(), float)).tolist() == [True] + 3 * [False]
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_two_bars_of_one_name_stay_two() -> None:
    (bars,) = figures.throughput_bars(["same", "same"], [1.0, 2.0]).axes[0].containers
    assert [bar.get_y() for bar in bars] == [-0.3, 0.7]


def test_a_table_from_a_larger_memory_is_refused() -> None:
    """Its boxes could not all be drawn: there are numbers that are not those of the start."""
    start = torch.arange(12).reshape(3, 4)
    with pytest.raises(ValueError, match=r"^table: expected the numbers of the start"):
        figures.Reading("[:12]", start, torch.arange(50)[:12], torch.zeros(2, 2))
