"""What students hand to a picture by mistake is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from course_utils.figures import (
    Epoch,
    batch_figure,
    batch_size_curves,
    confusion_figure,
    convolution_step,
    explore_batches,
    explore_strides,
    field_row,
    picture_grid,
    picture_row,
    throughput_bars,
    training_curves,
    weight_pictures,
    window_places,
)

BATCH = torch.rand(2, 1, 3, 3)
BYTES = torch.zeros(4, 1, 3, 3, dtype=torch.uint8)
COLUMNS = {name: [0.5] for name in ("train_loss", "test_loss", "train_accuracy")}

WRONG: list[tuple[Callable[..., Any], tuple[Any, ...], str]] = [
    (picture_grid, (BATCH[0, 0],), r"images: expected \[B, C, H, W\].*got \[3, 3\]"),
    (picture_grid, (torch.rand(2, 2, 3, 3),), "images: .*C 1 or 3"),
    (picture_grid, (BATCH[:0],), r"images: .*got \[0, 1, 3, 3\]"),
    (picture_grid, (BATCH, ["a"]), "titles: expected 2, one for each, got 1"),
    (
        picture_grid,
        (torch.arange(9).reshape(1, 1, 3, 3),),
        "images: expected uint8 .*int64",
    ),
    (picture_row, ([BATCH[0, 0]], ["a", "b"]), "titles: expected 1"),
    (picture_row, ([BATCH], ["a"]), r"pictures: expected \[C, H, W\]"),
    (throughput_bars, (["a", "b"], [1.0]), "names: expected 1"),
    (training_curves, (COLUMNS,), "history: expected a column test_accuracy"),
    (confusion_figure, (torch.zeros(2, 3, dtype=torch.int64), ["a", "b"]), "counts: .*K, K"),
    (confusion_figure, (torch.zeros(2, 2), ["a", "b"]), "counts: expected whole numbers"),
    (confusion_figure, (torch.zeros(2, 2, dtype=torch.int64), ["a"]), "classes: expected 2"),
    (weight_pictures, (torch.zeros(2, 784), ["a", "b"]), r"weights: expected shape \[K, H, W\]"),
    (weight_pictures, (torch.zeros(2, 3, 3), ["a"]), "classes: expected 2"),
    (batch_size_curves, ([8, 16], [1.0], [1, 2], 100), "images_per_second: .* 2 batch sizes"),
    (batch_size_curves, ([8], [1.0], [1], 100, None, 9), "chosen: expected one of .* 8, got 9"),
    (window_places, (torch.rand(3, 3), torch.rand(4, 4)), "kernel: expected at most the size"),
    (window_places, (torch.rand(20, 20), torch.rand(2, 2)), "picture: .* at most 12"),
    (convolution_step, (torch.rand(3, 3), torch.rand(2, 2), 1, 0, 5), "step: expected 1 to 4"),
    (field_row, (torch.rand(3, 3), [torch.ones(2, 2, dtype=torch.bool)], ["a"]), "fields: .*3, 3"),
    (batch_figure, (BYTES, Epoch([[0, 1]]), 1), "epoch: expected 4 samples"),
    (batch_figure, (BYTES, Epoch([[0, 1], [2, 3]]), 3), "number: expected 1 to 2, got 3"),
    (batch_figure, (BATCH, Epoch([[0, 1]]), 1), "images: expected uint8"),
    (explore_batches, (BYTES[:1],), "images: expected 2 to 100, got 1"),
    (explore_strides, (BATCH[0],), r"picture: expected \[H, W\]"),
]


@pytest.mark.parametrize(
    ("draw", "arguments", "sentence"),
    [pytest.param(*one, id=f"{one[0].__name__}-{place}") for place, one in enumerate(WRONG)],
)
def test_it_is_refused_by_name(
    draw: Callable[..., Any], arguments: tuple[Any, ...], sentence: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^{sentence}"):
        draw(*arguments)
