"""Right but unusual answers to the exercises of notebook 07, and the wrong ones by exercise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.utils.data import DataLoader

from tests.course_checks.wrong import evaluate, find_the_bug, train_step

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


RIGHT: dict[str, list[Any]] = {
    "7.1": [
        _step_with_a_closure,
        _step_clearing_afterwards,
        _step_with_autograd_grad,
        _step_one_picture_at_a_time,
    ],
    "7.2": [_evaluate_everything_at_once, _evaluate_by_the_picture, evaluate.evaluate_with_sums],
    "7.3": [find_the_bug.BUGS],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "7.1": train_step.WRONG,
    "7.2": evaluate.WRONG,
    "7.3": find_the_bug.WRONG,
}
