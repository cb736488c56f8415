"""How right a model is: counts, shares, and the sums to build them from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

from course_utils.arguments import (
    batches,
    check_finite,
    check_indices,
    check_numbers,
    check_range,
    check_same_device,
    check_scores,
    check_tensor,
    check_whole,
    scores_of,
)
from course_utils.devices import device_of, predicting


def get_num_correct(preds: Tensor, labels: Tensor) -> int:
    """Number of rows of `preds` whose largest entry stands at the label's index.

    preds: [B, K] scores or probabilities, any float dtype (softmax keeps the order, so both give
    the same count). labels: [B], integer dtype. Equal scores: the first of them counts, as in
    `Tensor.argmax`.

    Raises TypeError for scores that are not real numbers or labels that are not integers,
    ValueError for shapes or devices that do not fit.

    Built in notebook 04.
    """
    _check_preds_and_labels(preds, labels)
    return int(preds.argmax(dim=1).eq(labels).sum().item())


def accuracy(preds: Tensor, labels: Tensor) -> float:
    """Share of correct predictions in one batch, between 0 and 1.

    preds: [B, K], labels: [B], as in `get_num_correct`. Raises what it raises, and ValueError for
    an empty batch, which has no share.

    Built in notebook 04.
    """
    correct = get_num_correct(preds, labels)
    if len(labels) == 0:
        raise ValueError("labels: expected at least one label, got an empty batch")
    return correct / len(labels)


class Accumulator:
    """`n` running sums that grow together: `metric.add(correct, count)`, then `metric[0]`.

    n: from 1 to 1,000,000. Raises ValueError for another n and where `add` is given another number
    of values than `n`, TypeError for an n that is no whole number and for values that are none.

    Built in notebook 05.
    """

    def __init__(self, n: int) -> None:
        check_whole("n", n, least=1, most=1_000_000)
        self.data = [0.0] * n

    def add(self, *values: float) -> None:
        """Add one value to each sum, in order: numbers, or tensors of one number."""
        if len(values) != len(self.data):
            raise ValueError(f"add: expected {len(self.data)} values, got {len(values)}")
        numbers = [_as_float(value) for value in values]
        self.data = [total + number for total, number in zip(self.data, numbers, strict=True)]

    def reset(self) -> None:
        """Set every sum back to 0."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> float:
        """The sum at `index`. Raises IndexError beyond the last one, as a list does."""
        return self.data[index]


def evaluate_accuracy(
    model: Callable[[Tensor], Tensor], loader: Iterable[tuple[Tensor, Tensor]]
) -> float:
    """Share of correct predictions over all batches of `loader`, between 0 and 1.

    model: a module, or a plain function from images [B, ...] to scores [B, K]. Counts correct
    predictions and samples and divides once, so a short last batch weighs what it
    should. Runs in evaluation mode and without gradients, on the device of the model's parameters,
    and puts the model's mode back, module by module.

    Raises ValueError for a loader without batches, TypeError and ValueError for a model, a batch or
    scores that do not fit, and what the model raises, with the words `model: …` in front.

    Built in notebook 04.
    """
    device = device_of(model)
    num_correct = num_samples = 0
    with predicting(model):
        for images, labels in batches(loader, device):
            preds = scores_of(model, images)
            num_correct += get_num_correct(preds, labels)
            num_samples += len(labels)
    return num_correct / num_samples


def confusion_matrix(preds: Tensor, labels: Tensor, classes: int) -> Tensor:
    """How often each true class (row) was predicted as each class (column).

    preds: [B, K] scores, or [B] predicted class indices; labels: [B], integers. classes: K, from 1
    to 10,000, whose matrix has 800 MB. Returns an int64 tensor [K, K] whose entries sum to B.

    Raises ValueError for an index outside 0 … K-1, and what `get_num_correct` raises.

    Built in notebook 05.
    """
    check_whole("classes", classes, least=1, most=10_000)
    check_tensor("preds", preds)
    predicted = preds
    if preds.dim() == 2:
        _check_preds_and_labels(preds, labels)
        predicted = preds.argmax(dim=1)
    elif preds.dim() != 1:
        raise ValueError(f"preds: expected shape [B, K] or [B], got {list(preds.shape)}")
    check_indices("preds", predicted, len(predicted))
    check_indices("labels", labels, len(predicted))
    check_same_device("labels", labels, "preds", preds)
    check_range("preds", predicted, classes)
    check_range("labels", labels, classes)
    cells = labels.long() * classes + predicted.long()
    return torch.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def _check_preds_and_labels(preds: Tensor, labels: Tensor) -> None:
    check_scores("preds", preds)
    check_indices("labels", labels, len(preds))
    check_same_device("labels", labels, "preds", preds)
    check_numbers("preds", preds)


def _as_float(value: object) -> float:
    """A number out of a number or a tensor of one; nan and inf are numbers, as in any sum."""
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_complex():
        check_numbers("values", value)
        return float(value)
    if isinstance(value, float | np.floating):
        return float(value)
    return check_finite("values", value)
