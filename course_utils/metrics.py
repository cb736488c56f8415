"""How right a model is: counts, shares, and the sums to build them from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from course_utils.modes import device_of, predicting


def get_num_correct(preds: Tensor, labels: Tensor) -> int:
    """Number of rows of `preds` whose largest entry stands at the label's index.

    preds: [B, K] scores or probabilities, any float dtype (softmax keeps the order, so both give
    the same count). labels: [B], integer dtype. Equal scores: the first of them counts, as in
    `Tensor.argmax`.

    Raises TypeError for labels that are not integers, ValueError for shapes that do not fit.

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

    Raises ValueError where `add` is given another number of values than `n`.

    Built in notebook 05.
    """

    def __init__(self, n: int) -> None:
        if n < 1:
            raise ValueError(f"n: expected at least 1 sum, got {n}")
        self.data = [0.0] * n

    def add(self, *values: float) -> None:
        """Add one value to each sum, in order."""
        if len(values) != len(self.data):
            raise ValueError(f"add: expected {len(self.data)} values, got {len(values)}")
        self.data = [total + float(value) for total, value in zip(self.data, values, strict=True)]

    def reset(self) -> None:
        """Set every sum back to 0."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> float:
        return self.data[index]


def evaluate_accuracy(
    model: Callable[[Tensor], Tensor], loader: Iterable[tuple[Tensor, Tensor]]
) -> float:
    """Share of correct predictions over all batches of `loader`, between 0 and 1.

    model: a module, or a plain function from images [B, ...] to scores [B, K]. Counts correct
    predictions and samples and divides once, so a short last batch weighs what it
    should. Runs in evaluation mode and without gradients, on the device of the model's parameters,
    and puts the model's mode back, module by module.

    Raises ValueError for a loader without batches.

    Built in notebook 04.
    """
    device = device_of(model)
    num_correct = num_samples = 0
    with predicting(model):
        for images, labels in loader:
            preds = model(images.to(device))
            num_correct += get_num_correct(preds, labels.to(device))
            num_samples += len(labels)
    if num_samples == 0:
        raise ValueError("loader: expected at least one batch, got none")
    return num_correct / num_samples


def confusion_matrix(preds: Tensor, labels: Tensor, classes: int) -> Tensor:
    """How often each true class (row) was predicted as each class (column).

    preds: [B, K] scores, or [B] predicted class indices; labels: [B], integers. classes: K.
    Returns an int64 tensor [K, K] whose entries sum to B.

    Raises ValueError for an index outside 0 … K-1, and what `get_num_correct` raises.

    Built in notebook 05.
    """
    predicted = preds
    if preds.dim() == 2:
        _check_preds_and_labels(preds, labels)
        predicted = preds.argmax(dim=1)
    if predicted.shape != labels.shape:
        raise ValueError(
            f"labels: expected shape {list(predicted.shape)}, got {list(labels.shape)}"
        )
    for name, indices in (("preds", predicted), ("labels", labels)):
        if indices.is_floating_point() or indices.dtype == torch.bool:
            raise TypeError(f"{name}: expected class indices (integers), got {indices.dtype}")
        if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < classes:
            raise ValueError(
                f"{name}: expected class indices from 0 to {classes - 1}, "
                f"got {int(indices.min())} to {int(indices.max())}"
            )
    cells = labels.long() * classes + predicted.long()
    return torch.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def _check_preds_and_labels(preds: Tensor, labels: Tensor) -> None:
    if preds.dim() != 2:
        hint = ": add the batch axis with .unsqueeze(0)" if preds.dim() == 1 else ""
        raise ValueError(f"preds: expected shape [B, K], got {list(preds.shape)}{hint}")
    if labels.is_floating_point() or labels.dtype == torch.bool:
        raise TypeError(f"labels: expected class indices (integers), got {labels.dtype}")
    expected = [preds.shape[0]]
    if list(labels.shape) != expected:
        hint = ""
        if list(labels.shape) == [*expected, 1]:
            hint = ": drop the last axis with .squeeze(1)"
        raise ValueError(f"labels: expected shape {expected}, got {list(labels.shape)}{hint}")
