"""Wrong answers to exercise 7.2 as students write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

Loader = DataLoader[Any]


@torch.no_grad()
def evaluate_with_sums(model: nn.Module, loader: Loader) -> tuple[float, float]:
    """A right answer, which two of the wrong ones begin with."""
    mode = model.training
    criterion = nn.CrossEntropyLoss(reduction="sum")
    try:
        model.train(False)
        loss = correct = 0.0
        for images, labels in loader:
            logits = model(images)
            loss += criterion(logits, labels).item()
            correct += (logits.max(dim=1).indices == labels).sum().item()
    finally:
        model.train(mode)
    return loss / len(loader.dataset), correct / len(loader.dataset)  # type: ignore[arg-type]


def _student_like_the_article(model: nn.Module, loader: Loader) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    loss, correct = 0.0, 0
    with torch.no_grad():
        for images, labels in loader:
            preds = model(images)
            loss += F.cross_entropy(preds, labels).item()
            correct += (preds.argmax(1) == labels).sum().item()
    model.train(was_training)
    return loss / len(loader), correct / len(loader.dataset)  # type: ignore[arg-type]


def _student_averages_both(model: nn.Module, loader: Loader) -> tuple[Any, Any]:
    was_training = model.training
    model.eval()
    losses, shares = [], []
    with torch.no_grad():
        for images, labels in loader:
            preds = model(images)
            losses.append(F.cross_entropy(preds, labels).item())
            shares.append((preds.argmax(1) == labels).float().mean().item())
    model.train(was_training)
    return float(np.mean(losses)), float(np.mean(shares))


def _student_forgets_eval(model: nn.Module, loader: Loader) -> tuple[float, float]:
    loss, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in loader:
            preds = model(images)
            loss += F.cross_entropy(preds, labels, reduction="sum").item()
            correct += (preds.argmax(1) == labels).sum().item()
            n += labels.size(0)
    return loss / n, correct / n


def _student_stays_in_eval(model: nn.Module, loader: Loader) -> tuple[float, float]:
    model.eval()
    return _student_forgets_eval(model, loader)


def _student_goes_to_train(model: nn.Module, loader: Loader) -> tuple[float, float]:
    model.eval()
    result = _student_forgets_eval(model, loader)
    model.train()
    return result


def _student_forgets_no_grad(model: nn.Module, loader: Loader) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    loss, correct, n = 0.0, 0.0, 0
    for images, labels in loader:
        preds = model(images)
        loss += F.cross_entropy(preds, labels).item() * len(labels)
        correct += (preds.argmax(1) == labels).sum().item()
        n += len(labels)
    model.train(was_training)
    return loss / n, correct / n


def _student_returns_tensors(model: nn.Module, loader: Loader) -> tuple[Tensor, Tensor]:
    loss, accuracy = evaluate_with_sums(model, loader)
    return torch.tensor(loss), torch.tensor(accuracy)


def _student_returns_only_the_accuracy(model: nn.Module, loader: Loader) -> float:
    return evaluate_with_sums(model, loader)[1]


def _student_drops_the_sum(model: nn.Module, loader: Loader) -> tuple[float, float]:
    was_training = model.training
    model.eval()
    loss, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in loader:
            preds = model(images)
            loss += F.cross_entropy(preds, labels).item()
            correct += (preds.argmax(1) == labels).sum().item()
            n += len(labels)
    model.train(was_training)
    return loss / n, correct / n


@torch.no_grad()
def _student_copies_test(model: nn.Module, loader: Loader) -> tuple[float, float]:
    """The notebook's `test`, as it stands there."""
    model.eval()
    loss, correct, n = 0.0, 0, 0
    for images, labels in loader:
        preds = model(images)
        loss += F.cross_entropy(preds, labels).item() * len(labels)
        correct += (preds.argmax(1) == labels).sum().item()
        n += len(labels)
    return correct / n, loss / n


@torch.no_grad()
def _student_averages_and_stays_in_eval(model: nn.Module, loader: Loader) -> tuple[float, float]:
    model.eval()
    losses, shares = [], []
    for images, labels in loader:
        preds = model(images)
        losses.append(F.cross_entropy(preds, labels).item())
        shares.append((preds.argmax(1) == labels).float().mean().item())
    return sum(losses) / len(losses), sum(shares) / len(shares)


def _student_forgets_everything(model: nn.Module, loader: Loader) -> tuple[float, float]:
    loss, correct, n = 0.0, 0, 0
    for images, labels in loader:
        preds = model(images)
        loss += F.cross_entropy(preds, labels).item()
        correct += (preds.argmax(1) == labels).sum().item()
        n += len(labels)
    return loss / len(loader), correct / n


WRONG: list[tuple[Any, str | None]] = [
    (_student_like_the_article, "loss averaged over batches"),
    (_student_averages_both, "mean of batch means"),
    (_student_forgets_eval, "train mode"),
    (_student_stays_in_eval, "mode not restored"),
    (_student_goes_to_train, "training mode afterwards"),
    (_student_forgets_no_grad, "gradients on"),
    (_student_returns_tensors, "tensor instead of number"),
    (_student_returns_only_the_accuracy, None),
    (_student_drops_the_sum, "batch losses divided by samples"),
    (_student_copies_test, "order swapped"),
    (_student_averages_and_stays_in_eval, "mean of batch means"),
    (_student_forgets_everything, "loss averaged over batches"),
]
