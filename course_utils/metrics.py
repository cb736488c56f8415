"""How right a model is: counts, shares, and the sums to build them from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from course_utils.datasets.loaders import batches
from course_utils.devices import device_of, predicting
from course_utils.shapes import check_indices, check_labels, check_range, check_scores


def get_num_correct(preds: Tensor, labels: Tensor) -> int:
    """Number of rows of `preds` whose largest entry stands at the label's index.

    preds: [B, K] scores or probabilities, any dtype (softmax keeps the order, so both give the
    same count). labels: [B], integer dtype; one outside 0 … K-1, as training uses to leave a
    picture out, is never right. Equal scores: the first of them counts, as in `Tensor.argmax`.

    Raises TypeError for labels that are not integers, ValueError for shapes that do not fit.

    Built in notebook 04.
    """
    check_scores(preds, "preds")
    check_indices(labels, count=len(preds))
    return int(preds.argmax(dim=1).eq(labels).sum().item())


def accuracy(preds: Tensor, labels: Tensor) -> float:
    """Share of correct predictions in one batch, between 0 and 1.

    preds: [B, K], labels: [B], as in `get_num_correct`. Raises what it raises, and ValueError for
    a label outside 0 … K-1 and for an empty batch, which has no share.

    Built in notebook 04.
    """
    num_correct = get_num_correct(preds, labels)
    check_labels(labels, preds)
    return num_correct / len(labels)


def evaluate_accuracy(
    model: Callable[[Tensor], Tensor], loader: Iterable[tuple[Tensor, Tensor]]
) -> float:
    """Share of correct predictions over all batches of `loader`, between 0 and 1.

    model: a module, or a plain function from images [B, ...] to scores [B, K]. Counts correct
    predictions and samples and divides once, so a short last batch weighs what it should. Runs in
    evaluation mode and without gradients, on the device of the model's parameters, and puts the
    model's mode back, module by module.

    Raises TypeError for batches that are no pairs of tensors, ValueError for a loader without
    batches, and what `accuracy` raises.

    Built in notebook 04.
    """
    num_correct = num_samples = 0
    with predicting(model):
        for images, labels in batches(loader, device_of(model)):
            preds = model(images)
            num_correct += get_num_correct(preds, labels)
            check_range(labels, classes=preds.shape[1])
            num_samples += len(labels)
    return num_correct / num_samples


def confusion_matrix(preds: Tensor, labels: Tensor, classes: int) -> Tensor:
    """How often each true class (row) was predicted as each class (column).

    preds: [B, K] scores, or [B] predicted class indices; labels: [B], integers. classes: K.
    Returns an int64 tensor [K, K] whose entries sum to B.

    Raises TypeError for indices that are not integers, ValueError for shapes that do not fit and
    for an index outside 0 … K-1.

    Built in notebook 05.
    """
    predicted = preds.argmax(dim=1) if preds.dim() == 2 else preds
    for name, indices in {"preds": predicted, "labels": labels}.items():
        check_indices(indices, count=len(predicted), name=name)
        check_range(indices, classes, name)
    cells = labels.long() * classes + predicted
    return torch.bincount(cells, minlength=classes * classes).reshape(classes, classes)


class Accumulator:
    """`n` running sums that grow together: `metric.add(correct, count)`, then `metric[0]`.

    Raises ValueError where `add` is given another number of values than `n`.

    Built in notebook 05.
    """

    def __init__(self, n: int) -> None:
        self.data = [0.0] * n

    def add(self, *values: float | Tensor) -> None:
        """Add one value to each sum, in order: numbers, or tensors of one number."""
        if len(values) != len(self.data):
            raise ValueError(f"add: expected {len(self.data)} values, got {len(values)}")
        self.data = [total + float(value) for total, value in zip(self.data, values, strict=True)]

    def reset(self) -> None:
        """Set every sum back to 0."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> float:
        """The sum at `index`. Raises IndexError beyond the last one, as a list does."""
        return self.data[index]
