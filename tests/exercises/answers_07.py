"""Right but unusual, and wrong answers to the exercises of notebook 07."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.utils.data import DataLoader

Loader = DataLoader[Any]

# 7.1


def _step_with_a_closure(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> float:
    def closure() -> float:
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(images), labels)
        loss.backward()
        return float(loss.item())

    return float(optimizer.step(closure))


def _step_clearing_afterwards(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> float:
    model.train()
    loss = F.nll_loss(model(images).log_softmax(dim=1), labels)
    loss.backward()
    optimizer.step()
    model.zero_grad()
    return float(loss.item())


def _step_with_autograd_grad(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> Any:
    logits = model(images)
    picked = logits.log_softmax(dim=1)[torch.arange(len(labels)), labels]
    params = list(model.parameters())
    for param, grad in zip(params, torch.autograd.grad(-picked.mean(), params), strict=True):
        param.grad = grad
    optimizer.step()
    return np.float64(-picked.mean().item())


def _step_one_picture_at_a_time(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> float:
    optimizer.zero_grad(set_to_none=False)
    total = 0.0
    logits = model(images)
    for row, label in zip(logits, labels, strict=True):
        loss = (row.exp().sum().log() - row[label]) / len(labels)
        loss.backward(retain_graph=True)
        total += loss.item()
    optimizer.step()
    return total


def _student_forgot_zero_grad(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> float:
    preds = model(images)
    criterion = nn.CrossEntropyLoss()
    loss = criterion(preds, labels)
    loss.backward()
    optimizer.step()
    return float(loss.item())


def _student_steps_early(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> float:
    optimizer.zero_grad()
    optimizer.step()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    return loss.item()


def _student_softmax_layer(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> float:
    optimizer.zero_grad()
    probabilities = nn.Softmax(dim=-1)(model(images))
    loss = nn.CrossEntropyLoss()(probabilities, labels)
    loss.backward()
    optimizer.step()
    return float(loss.item())


def _student_returns_the_loss(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> Tensor:
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss


def _student_returns_detached(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> Tensor:
    return _student_returns_the_loss(model, images, labels, optimizer).detach()


def _student_clears_in_the_wrong_place(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> float:
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    model.zero_grad()
    optimizer.step()
    return loss.item()


def _student_means_squares(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> float:
    optimizer.zero_grad()
    logits = model(images)
    loss = F.mse_loss(logits, F.one_hot(labels, logits.shape[1]).float())
    loss.backward()
    optimizer.step()
    return loss.item()


def _student_without_gradients(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> float:
    with torch.no_grad():
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def _student_forgot_step_and_zero_grad(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer
) -> float:
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    return loss.item()


# 7.2


def _evaluate_everything_at_once(model: nn.Module, loader: Loader) -> Any:
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        pairs = [(model(images), labels) for images, labels in loader]
    model.train(was_training)
    logits, labels = (torch.cat(parts) for parts in zip(*pairs, strict=True))
    hits = logits.argmax(dim=1).eq(labels).double().mean()
    return F.cross_entropy(logits, labels).item(), hits.item()


def _evaluate_by_the_picture(model: nn.Module, loader: Loader) -> Any:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    losses, hits = [], []
    with torch.no_grad():
        for images, labels in loader:
            for image, label in zip(images, labels, strict=True):
                scores = model(image[None])[0].tolist()
                exponentials = [math.exp(score) for score in scores]
                losses.append(-math.log(exponentials[int(label)] / sum(exponentials)))
                hits.append(scores.index(max(scores)) == int(label))
    for module, mode in modes.items():
        module.training = mode
    return [np.mean(losses), np.mean(hits)]


@torch.no_grad()
def _evaluate_with_sums(model: nn.Module, loader: Loader) -> tuple[float, float]:
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
    loss, accuracy = _evaluate_with_sums(model, loader)
    return torch.tensor(loss), torch.tensor(accuracy)


def _student_returns_only_the_accuracy(model: nn.Module, loader: Loader) -> float:
    return _evaluate_with_sums(model, loader)[1]


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


_BUGS = {
    "a": "nothing moves",
    "b": "steps grow",
    "c": "loss has a floor",
    "d": "memory grows",
    "e": "dropout sleeps",
}

RIGHT: dict[str, list[Any]] = {
    "7.1": [
        _step_with_a_closure,
        _step_clearing_afterwards,
        _step_with_autograd_grad,
        _step_one_picture_at_a_time,
    ],
    "7.2": [_evaluate_everything_at_once, _evaluate_by_the_picture, _evaluate_with_sums],
    "7.3": [_BUGS],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "7.1": [
        (_student_forgot_zero_grad, "no zero_grad"),
        (_student_steps_early, "step before backward"),
        (_student_softmax_layer, "softmax before the loss"),
        (_student_returns_the_loss, "keeps the graph"),
        (_student_returns_detached, "tensor instead of number"),
        (_student_clears_in_the_wrong_place, "zero_grad between backward and step"),
        (_student_means_squares, None),
        (_student_without_gradients, None),
        (_student_forgot_step_and_zero_grad, "no step"),
    ],
    "7.2": [
        (_student_like_the_article, "loss averaged over batches"),
        (_student_averages_both, "mean of batch means"),
        (_student_forgets_eval, "train mode"),
        (_student_stays_in_eval, "mode not restored"),
        (_student_goes_to_train, "training mode afterwards"),
        (_student_forgets_no_grad, "gradients on"),
        (_student_returns_tensors, "tensor instead of number"),
        (_student_returns_only_the_accuracy, None),
        (_student_drops_the_sum, "batch losses divided by samples"),
    ],
    "7.3": [
        ({**_BUGS, "a": "steps grow"}, "a late backward adds up"),
        ({**_BUGS, "b": "memory grows"}, "gradients pile up in memory"),
        ({**_BUGS, "e": "nothing moves"}, "eval() stops learning"),
        (
            {**_BUGS, "b": "memory grows", "d": "steps grow"},
            "sums of losses and of gradients confused",
        ),
        ({**_BUGS, "a": "loss is nan", "c": "nothing moves"}, None),
        ({**_BUGS, "c": "loss is nan"}, "softmax overflows"),
    ],
}
