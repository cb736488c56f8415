"""Counts, shares and running sums: `course_utils.metrics`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from course_utils.metrics import (
    Accumulator,
    accuracy,
    confusion_matrix,
    evaluate_accuracy,
    get_num_correct,
)
from tests.course_utils.built import built_in

# Rows: guesses 1, 0, 2, 0.
PREDS = torch.tensor([[0.1, 2.0, -1.0], [1.5, 0.3, 1.2], [0.0, 0.4, 0.9], [2.2, -0.5, 0.1]])
LABELS = torch.tensor([1, 1, 2, 0])

batches = st.builds(
    lambda seed, batch, classes: (
        torch.randn(batch, classes, generator=torch.Generator().manual_seed(seed)),
        torch.randint(classes, (batch,), generator=torch.Generator().manual_seed(seed + 1)),
    ),
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.integers(1, 12),
)


@given(batches)
def test_counts_and_shares_agree_with_a_loop_for_all_shapes(batch: tuple[Tensor, Tensor]) -> None:
    preds, labels = batch
    rows = zip(preds.tolist(), labels.tolist(), strict=True)
    count = sum(row.index(max(row)) == label for row, label in rows)
    assert get_num_correct(preds, labels) == count
    assert accuracy(preds, labels) == count / len(labels)


@given(batches)
def test_softmax_changes_no_count(batch: tuple[Tensor, Tensor]) -> None:
    preds, labels = batch[0].double(), batch[1]  # float64: rounding makes no ties
    assert get_num_correct(preds.softmax(dim=1), labels) == get_num_correct(preds, labels)


def test_the_first_of_equal_scores_counts() -> None:
    assert get_num_correct(torch.zeros(2, 3), torch.tensor([0, 1])) == 1


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32])
def test_takes_labels_of_any_integer_type(dtype: torch.dtype) -> None:
    assert get_num_correct(PREDS, LABELS.to(dtype)) == 3
    assert accuracy(PREDS, LABELS.to(dtype)) == 0.75


@pytest.mark.parametrize("count", [get_num_correct, accuracy])
def test_scores_and_labels_that_do_not_fit_are_refused(
    count: Callable[[Tensor, Tensor], float],
) -> None:
    with pytest.raises(ValueError, match=r"labels: .*\[4\], got \[4, 1\]: .*\.squeeze\(1\)"):
        count(PREDS, LABELS.unsqueeze(1))
    with pytest.raises(ValueError, match=r"preds: expected shape \[B, K\], got \[3\]: .*unsqueeze"):
        count(PREDS[0], LABELS[:1])
    with pytest.raises(ValueError, match=r"labels: expected shape \[4\], got \[3\]$"):
        count(PREDS, LABELS[:3])
    with pytest.raises(TypeError, match=r"labels: .*integers.*float32"):
        count(PREDS, LABELS.float())


def test_labels_that_no_class_has_are_no_wrong_predictions() -> None:
    with pytest.raises(ValueError, match="labels: expected 0 to 3, got 1 to 4"):
        accuracy(torch.eye(4), torch.arange(1, 5))
    with pytest.raises(ValueError, match="labels: expected 0 to 3, got 1 to 4"):
        evaluate_accuracy(nn.Identity(), [(torch.eye(4), torch.arange(1, 5))])


def test_an_empty_batch_has_a_count_but_no_share() -> None:
    preds, labels = torch.empty(0, 3), torch.empty(0, dtype=torch.int64)
    assert get_num_correct(preds, labels) == 0
    with pytest.raises(ValueError, match="labels: expected at least one, got an empty batch"):
        accuracy(preds, labels)


# evaluate_accuracy


def in_batches(preds: Tensor, labels: Tensor, size: int) -> list[tuple[Tensor, Tensor]]:
    return list(zip(preds.split(size), labels.split(size), strict=True))


@given(batches, st.integers(1, 15))
def test_the_batch_size_does_not_change_the_accuracy(
    batch: tuple[Tensor, Tensor], batch_size: int
) -> None:
    loader = in_batches(*batch, batch_size)
    assert evaluate_accuracy(nn.Identity(), loader) == accuracy(*batch)


class Watched(nn.Module):
    """Notes how it is called; has a part that is in another mode than the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.part = nn.Linear(3, 3).eval()
        self.seen: list[tuple[bool, bool, bool]] = []

    def forward(self, images: Tensor) -> Tensor:
        self.seen.append((self.training, self.part.training, torch.is_grad_enabled()))
        scores: Tensor = self.part(images)
        return scores


def test_runs_in_eval_mode_without_gradients_and_puts_each_mode_back() -> None:
    model = Watched()
    evaluate_accuracy(model, [(PREDS, LABELS), (PREDS, LABELS)])
    assert model.seen == [(False, False, False)] * 2
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        evaluate_accuracy(model, [(torch.zeros(4, 5), LABELS)])
    assert (model.training, model.part.training) == (True, False)
    assert torch.is_grad_enabled()


def test_batch_norm_learns_nothing_from_being_evaluated() -> None:
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 3))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    evaluate_accuracy(model, [(PREDS, LABELS)])
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("loader", "error", "message"),
    [
        ([], ValueError, "loader: expected at least one batch, got none"),
        ([PREDS], TypeError, r"loader: expected batches of \(images, labels\), got a Tensor"),
        ([[(PREDS[0], 1), (PREDS[1], 1)]], TypeError, "loader: .*, got a list"),
        ([(PREDS, LABELS[:3])], ValueError, r"labels: expected shape \[4\], got \[3\]"),
    ],
)
def test_a_loader_without_pairs_is_refused(
    loader: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        evaluate_accuracy(nn.Identity(), loader)


# confusion_matrix


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
    assert int(matrix.trace()) == get_num_correct(preds, labels)
    assert torch.equal(matrix.sum(dim=1), labels.bincount(minlength=classes))
    assert torch.equal(matrix, confusion_matrix(preds.argmax(dim=1), labels, classes))


def test_small_integer_types_do_not_overflow() -> None:
    """15 · 16 + 15 = 255 still fits a uint8, 16 · 17 + 16 does not."""
    top = torch.tensor([16], dtype=torch.uint8)
    assert confusion_matrix(top, top, classes=17)[16, 16] == 1


@pytest.mark.parametrize(
    ("preds", "labels", "error", "words"),
    [
        (torch.tensor([0, 3]), torch.tensor([0, 1]), ValueError, "preds: .*0 to 2, got 0 to 3"),
        (torch.tensor([0, 1]), torch.tensor([-1, 1]), ValueError, "labels: .*got -1 to 1"),
        (torch.tensor([0, 1]), torch.tensor([0]), ValueError, r"labels: expected shape \[2\]"),
        (torch.tensor([0.0, 1.0]), torch.tensor([0, 1]), TypeError, "preds: .*float32"),
        (PREDS, LABELS.unsqueeze(1), ValueError, "squeeze"),
    ],
)
def test_confusions_that_do_not_fit_are_refused(
    preds: Tensor, labels: Tensor, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        confusion_matrix(preds, labels, classes=3)


# Accumulator


@given(st.integers(1, 5), st.lists(st.integers(-1000, 1000), max_size=20))
def test_each_sum_grows_by_its_own_value(n: int, numbers: list[int]) -> None:
    metric = Accumulator(n)
    for number in numbers:
        metric.add(*(number * (place + 1) for place in range(n)))
    # Whole numbers of this size are exact in floats.
    assert metric.data == [sum(numbers) * (place + 1) for place in range(n)]


def test_sums_are_floats_of_numbers_and_of_tensors_with_one_number() -> None:
    metric = Accumulator(3)
    metric.add(torch.tensor(3), 4, np.float64(0.5))
    assert metric.data == [3.0, 4.0, 0.5]
    assert {type(total) for total in metric.data} == {float}


def test_reset_starts_again() -> None:
    metric = Accumulator(2)
    metric.add(1, 2)
    metric.reset()
    metric.add(5, 6)
    assert (metric[0], metric[1]) == (5.0, 6.0)


def test_another_number_of_values_is_refused_and_adds_nothing() -> None:
    metric = Accumulator(2)
    with pytest.raises(ValueError, match="add: expected 2 values, got 3"):
        metric.add(1, 2, 3)
    assert metric.data == [0.0, 0.0]


# What the notebooks build


def test_these_are_the_functions_that_notebooks_04_and_05_build() -> None:
    assert get_num_correct(PREDS, LABELS) == built_in("04", "get_num_correct")(PREDS, LABELS) == 3
    model, loader = nn.Identity(), in_batches(PREDS, LABELS, 3)
    assert evaluate_accuracy(model, loader) == built_in("04", "loader_accuracy")(model, loader)
    ours, theirs = Accumulator(2), built_in("05", "Accumulator")(2)
    for metric in (ours, theirs):
        metric.add(1, 2.5)
        metric.add(torch.tensor(3.0), 4)
    assert (ours[0], ours[1]) == (theirs[0], theirs[1])
