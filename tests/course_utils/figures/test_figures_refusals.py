"""What the draws of `tests/course_utils/robust` are too small for: pictures of too much, and of odd numbers."""

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
        (
            "batch_figure",
            (torch.zeros(1001, 1, 1, 1).byte(), figures.Epoch([[n] for n in range(1001)]), 1),
            "epoch: expected at most 1,000 batches, got 1,001",
        ),
        (
            "Softmax",
            (torch.zeros(21), 1.0, torch.zeros(21), torch.zeros(21)),
            "scores: expected at most 20 classes",
        ),
        ("CourseFigure", (7, 401, "a tower"), "height: .* at most 400.0 inches, got 401"),
        ("window_places", (torch.ones(5, 5), torch.ones(3, 3), 1, 4), r"picture: .*got \[13, 13\]"),
    ],
)
def test_more_than_a_picture_can_show_is_refused(
    function: str, arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(figures, function)(*arguments)


@pytest.mark.parametrize(("count", "columns"), [(25, 25), (200, 1), (86, 86)])
def test_every_number_of_columns_fits_the_page(count: int, columns: int) -> None:
    figure = figures.picture_grid(torch.zeros(count, 1, 1, 1), LETTERS[:count], columns)
    assert figure.get_size_inches()[0] <= 7


def test_every_number_of_classes_fits_the_page() -> None:
    figure = figures.weight_pictures(torch.ones(100, 1, 1), LETTERS[:100], columns=1)
    assert figure.get_size_inches()[1] < 400


def test_numbers_without_a_range_are_no_pixels() -> None:
    """Drawn as if 1 were white, whole numbers up to 255 would be one white area."""
    with pytest.raises(TypeError, match=r"^images: expected uint8 from 0 to 255 or floats"):
        figures.picture_grid(torch.randint(256, (1, 1, 2, 2)))


def test_a_mask_is_black_and_white() -> None:
    mask = torch.tensor([[True, False]])
    (drawn,) = figures.picture_row([mask], ["m"]).axes[0].images
    assert np.asarray(drawn.get_array()).tolist() == [[1, 0]]


def test_lists_come_in_many_kinds() -> None:
    """What a notebook has at hand: views of a dict, arrays, tensors, numbers left in tensors."""
    speeds = {"one": 1.5, "two": 3.0}
    expected = figures.throughput_bars(["one", "two"], [1.5, 3.0])._repr_png_()
    for names, numbers in [
        (speeds.keys(), speeds.values()),
        (np.array(["one", "two"]), np.array([1.5, 3.0])),
        (("one", "two"), torch.tensor([1.5, 3.0])),
        (["one", "two"], [torch.tensor(1.5), torch.tensor(3.0)]),
    ]:
        assert figures.throughput_bars(names, numbers)._repr_png_() == expected  # type: ignore[arg-type]
    accuracies = [torch.tensor(0.5), torch.tensor(0.75)]
    columns: list[Any] = [accuracies, torch.stack(accuracies), np.array([0.5, 0.75])]
    for column in columns:
        axis = figures.training_curves(dict.fromkeys(COLUMNS, column)).axes[0]
        assert list(np.asarray(axis.lines[0].get_ydata())) == [0.5, 0.75]
    order = figures.Epoch(torch.arange(6).reshape(3, 2), np.arange(6, 8))  # type: ignore[arg-type]
    assert order == figures.Epoch([range(2), (2, 3), [4, 5]], [6, 7])
    assert str(figures.batch_figure(torch.zeros(8, 1, 2, 2).byte(), order, 2)).endswith("2, 3")
    pictures = torch.rand(2, 1, 3, 3)
    assert len(figures.picture_row(pictures, ["a", "b"]).axes) == 2  # type: ignore[arg-type]


def test_a_dollar_is_a_dollar() -> None:
    figure = figures.picture_row([torch.zeros(2, 2)], [r"$\foo$ costs $5"])
    assert figure._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"^titles\[0\]: expected whole letters"):
        figures.picture_row([torch.zeros(2, 2)], ["\ud800"])


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
    with pytest.raises(ValueError, match=r"^table: expected 0 to 11, the numbers of the start"):
        figures.Reading("[:12]", start, torch.arange(50)[:12], torch.zeros(2, 2))
