"""Counts, shares and running sums: `course_utils.metrics`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from course_utils.metrics import (
    Accumulator,
    accuracy,
    evaluate_accuracy,
    get_num_correct,
)

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


def counted_by_hand(preds: Tensor, labels: Tensor) -> int:
    rows = zip(preds.tolist(), labels.tolist(), strict=True)
    return sum(row.index(max(row)) == label for row, label in rows)


# get_num_correct and accuracy


def test_counts_the_rows_whose_largest_entry_is_at_the_label() -> None:
    count = get_num_correct(PREDS, LABELS)
    assert count == 3
    assert type(count) is int


@given(batches)
def test_agrees_with_a_loop_for_all_shapes(batch: tuple[Tensor, Tensor]) -> None:
    preds, labels = batch
    assert get_num_correct(preds, labels) == counted_by_hand(preds, labels)
    assert accuracy(preds, labels) == counted_by_hand(preds, labels) / len(labels)


@given(batches)
def test_softmax_changes_no_count(batch: tuple[Tensor, Tensor]) -> None:
    preds, labels = batch
    # In float64, so that rounding cannot make a tie of two scores that differ.
    preds = preds.double()
    assert get_num_correct(preds.softmax(dim=1), labels) == get_num_correct(preds, labels)


@given(batches, st.integers(0, 10_000))
def test_the_order_of_the_pictures_does_not_matter(batch: tuple[Tensor, Tensor], seed: int) -> None:
    preds, labels = batch
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    assert get_num_correct(preds[order], labels[order]) == get_num_correct(preds, labels)


def test_the_first_of_equal_scores_counts() -> None:
    tied = torch.zeros(2, 3)
    assert get_num_correct(tied, torch.tensor([0, 1])) == 1


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_takes_labels_of_any_integer_type(dtype: torch.dtype) -> None:
    assert get_num_correct(PREDS, LABELS.to(dtype)) == 3


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_takes_scores_of_any_float_type(dtype: torch.dtype) -> None:
    assert get_num_correct(PREDS.to(dtype), LABELS) == 3


def test_tracked_scores_are_counted_and_left_alone() -> None:
    preds = PREDS.clone().requires_grad_()
    assert get_num_correct(preds, LABELS) == 3
    assert torch.equal(preds, PREDS)


def test_accuracy_is_the_share() -> None:
    assert accuracy(PREDS, LABELS) == 0.75


def test_an_empty_batch_has_a_count_but_no_share() -> None:
    preds, labels = torch.empty(0, 3), torch.empty(0, dtype=torch.int64)
    assert get_num_correct(preds, labels) == 0
    with pytest.raises(ValueError, match="labels: expected at least one label"):
        accuracy(preds, labels)


def test_a_column_of_labels_is_refused_with_the_cure() -> None:
    with pytest.raises(
        ValueError, match=r"labels: expected shape \[4\], got \[4, 1\]: .*\.squeeze\(1\)"
    ):
        get_num_correct(PREDS, LABELS.unsqueeze(1))


def test_scores_of_one_picture_are_refused_with_the_cure() -> None:
    with pytest.raises(ValueError, match=r"preds: expected shape \[B, K\], got \[3\]: .*unsqueeze"):
        get_num_correct(PREDS[0], LABELS[:1])


@pytest.mark.parametrize(
    ("preds", "labels", "error", "words"),
    [
        (PREDS, LABELS[:3], ValueError, r"labels: expected shape \[4\], got \[3\]$"),
        (PREDS, torch.zeros(4, 3, dtype=torch.int64), ValueError, r"got \[4, 3\]$"),
        (PREDS, torch.tensor(1), ValueError, r"labels: expected shape \[4\], got \[\]"),
        (PREDS.unsqueeze(0), LABELS, ValueError, r"preds: .*got \[1, 4, 3\]$"),
        (PREDS, LABELS.float(), TypeError, "labels: .*integers.*float32"),
        (PREDS, LABELS.bool(), TypeError, "labels: .*integers.*bool"),
    ],
)
def test_what_does_not_fit_is_refused(
    preds: Tensor, labels: Tensor, error: type[Exception], words: str
) -> None:
    for count in (get_num_correct, accuracy):
        with pytest.raises(error, match=words):
            count(preds, labels)


# Accumulator


@given(st.integers(1, 5), st.lists(st.integers(-1000, 1000), max_size=20))
def test_each_sum_grows_by_its_own_value(n: int, numbers: list[int]) -> None:
    metric = Accumulator(n)
    for number in numbers:
        metric.add(*(number * (place + 1) for place in range(n)))
    # Whole numbers of this size are exact in floats.
    assert [metric[place] for place in range(n)] == [
        sum(numbers) * (place + 1) for place in range(n)
    ]


def test_sums_are_floats_and_take_tensors_with_one_number() -> None:
    metric = Accumulator(2)
    metric.add(torch.tensor(3), 4)  # type: ignore[arg-type]
    assert (metric[0], metric[1]) == (3.0, 4.0)
    assert type(metric[0]) is float


def test_sums_take_the_numbers_of_numpy() -> None:
    metric = Accumulator(3)
    metric.add(*np.array([3, 4]), np.float64(2))
    metric.add(*np.array([1, np.nan, 1], dtype=np.float32))
    assert (metric[0], str(metric[1]), metric[2]) == (4.0, "nan", 3.0)
    assert {type(total) for total in metric.data} == {float}
    with pytest.raises(TypeError, match="values: expected a number, got bool"):
        metric.add(np.bool_(True), 1, 1)  # type: ignore[arg-type]


def test_reset_starts_again() -> None:
    metric = Accumulator(2)
    metric.add(1, 2)
    metric.reset()
    metric.add(5, 6)
    assert (metric[0], metric[1]) == (5.0, 6.0)


@pytest.mark.parametrize("values", [(), (1,), (1, 2, 3)])
def test_another_number_of_values_is_refused_and_adds_nothing(values: tuple[int, ...]) -> None:
    metric = Accumulator(2)
    with pytest.raises(ValueError, match=f"add: expected 2 values, got {len(values)}"):
        metric.add(*values)
    assert metric.data == [0.0, 0.0]


def test_no_sums_are_refused() -> None:
    with pytest.raises(ValueError, match="n: expected at least 1, got 0"):
        Accumulator(0)


# evaluate_accuracy


def in_batches(preds: Tensor, labels: Tensor, size: int) -> list[tuple[Tensor, Tensor]]:
    starts = range(0, len(labels), size)
    return [(preds[start : start + size], labels[start : start + size]) for start in starts]


@given(batches, st.integers(1, 15))
def test_the_batch_size_does_not_change_the_accuracy(
    batch: tuple[Tensor, Tensor], batch_size: int
) -> None:
    preds, labels = batch
    loader = in_batches(preds, labels, batch_size)
    assert evaluate_accuracy(nn.Identity(), loader) == accuracy(preds, labels)


def test_a_short_last_batch_weighs_what_it_should() -> None:
    preds = torch.eye(2)[torch.tensor([0, 0, 0, 0, 0, 0, 0, 0, 1])]
    labels = torch.zeros(9, dtype=torch.int64)
    loader = in_batches(preds, labels, 4)
    assert evaluate_accuracy(nn.Identity(), loader) == 8 / 9  # the mean of the means is 2 / 3


class Watched(nn.Module):
    """Notes how it is called; has a part that is in another mode than the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.part = nn.Linear(3, 3)
        self.part.eval()
        self.seen: list[tuple[bool, bool, bool]] = []

    def forward(self, images: Tensor) -> Tensor:
        self.seen.append((self.training, self.part.training, torch.is_grad_enabled()))
        scores: Tensor = self.part(images)
        return scores


def test_runs_in_eval_mode_without_gradients_and_puts_each_mode_back() -> None:
    model = Watched()
    evaluate_accuracy(model, [(PREDS, LABELS), (PREDS, LABELS)])
    assert model.seen == [(False, False, False)] * 2
    assert (model.training, model.part.training) == (True, False)
    assert torch.is_grad_enabled()


def test_puts_the_mode_back_when_the_model_fails() -> None:
    model = Watched()
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        evaluate_accuracy(model, [(torch.zeros(4, 5), LABELS)])
    assert (model.training, model.part.training) == (True, False)
    assert torch.is_grad_enabled()


def test_batch_norm_learns_nothing_from_being_evaluated() -> None:
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 3))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    evaluate_accuracy(model, [(PREDS, LABELS)])
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("loader", [[], [(torch.empty(0, 3), torch.empty(0, dtype=torch.int64))]])
def test_a_loader_without_samples_is_refused(loader: list[tuple[Tensor, Tensor]]) -> None:
    with pytest.raises(ValueError, match="loader: expected at least one batch"):
        evaluate_accuracy(nn.Identity(), loader)


def test_a_model_that_gives_other_rows_than_pictures_is_named() -> None:
    with pytest.raises(ValueError, match="model's result: expected 4 rows, got 1"):
        evaluate_accuracy(lambda images: images[:1], [(PREDS, LABELS)])


def test_why_a_loader_cannot_be_walked_through_stays_the_cause() -> None:
    class Unsent:
        def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
            raise TypeError("cannot pickle '_io.BufferedReader' object")

    with pytest.raises(TypeError, match=r"loader: expected batches .*, got Unsent") as caught:
        evaluate_accuracy(nn.Identity(), Unsent())
    assert str(caught.value.__cause__).startswith("cannot pickle")


def test_what_a_model_says_beyond_its_first_line_stays_the_cause() -> None:
    def model(images: Tensor) -> Tensor:
        raise ValueError("one line\nand why")

    with pytest.raises(ValueError, match=r"^model: .*: one line$") as caught:
        evaluate_accuracy(model, [(PREDS, LABELS)])
    assert str(caught.value.__cause__) == "one line\nand why"
