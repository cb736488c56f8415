"""The confusion matrix of `course_utils.metrics`."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from torch import Tensor

from course_utils.metrics import confusion_matrix, get_num_correct
from tests.course_utils.test_metrics import LABELS, PREDS, batches


def test_rows_are_true_classes_and_columns_guesses() -> None:
    matrix = confusion_matrix(PREDS, LABELS, classes=3)
    assert matrix.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert matrix.dtype == torch.int64


@given(batches)
def test_sums_and_diagonal_fit_for_all_shapes(batch: tuple[Tensor, Tensor]) -> None:
    preds, labels = batch
    classes = preds.shape[1]
    matrix = confusion_matrix(preds, labels, classes)
    assert matrix.shape == (classes, classes)
    assert int(matrix.sum()) == len(labels)
    assert int(matrix.trace()) == get_num_correct(preds, labels)
    assert torch.equal(matrix.sum(dim=1), labels.bincount(minlength=classes))
    assert torch.equal(matrix, confusion_matrix(preds.argmax(dim=1), labels, classes))


def test_small_integer_types_do_not_overflow() -> None:
    """15 · 16 + 15 = 255 still fits a uint8, 16 · 17 + 16 does not."""
    top = torch.tensor([16], dtype=torch.uint8)
    assert confusion_matrix(top, top, classes=17)[16, 16] == 1


def test_an_empty_batch_gives_zeros() -> None:
    nothing = torch.empty(0, dtype=torch.int64)
    assert confusion_matrix(nothing, nothing, classes=2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("preds", "labels", "error", "words"),
    [
        (torch.tensor([0, 3]), torch.tensor([0, 1]), ValueError, "preds: .*0 to 2, got 0 to 3"),
        (torch.tensor([0, 1]), torch.tensor([-1, 1]), ValueError, "labels: .*got -1 to 1"),
        (torch.tensor([0, 1]), torch.tensor([0]), ValueError, r"labels: expected shape \[2\]"),
        (torch.tensor([0.0, 1.0]), torch.tensor([0, 1]), TypeError, "preds: .*float32"),
        (torch.tensor([0, 1]), torch.tensor([0.0, 1.0]), TypeError, "labels: .*float32"),
        (PREDS, LABELS.unsqueeze(1), ValueError, "squeeze"),
        (torch.zeros(2, 3, 4), LABELS, ValueError, r"preds: .*\[B, K\] or \[B\], got \[2, 3, 4\]"),
        (torch.zeros(2, 4), torch.tensor([0, 3]), ValueError, "labels: .*0 to 2, got 0 to 3"),
    ],
)
def test_confusions_that_do_not_fit_are_refused(
    preds: Tensor, labels: Tensor, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        confusion_matrix(preds, labels, classes=3)
