"""Answers to exercises of notebook 07: unusual right ones, and wrong ones by students."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from course_checks.declared import replaced, without
from course_checks.notebook_07 import FIND_THE_BUG

# mypy: disable-error-code="no-untyped-call, no-untyped-def"

# 7.1


def _step_with_a_closure(model, images, labels, optimizer):
    def closure():
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(images), labels)
        loss.backward()
        return loss.item()

    return optimizer.step(closure)


def _step_clearing_afterwards(model, images, labels, optimizer):
    model.train()
    loss = F.nll_loss(model(images).log_softmax(dim=1), labels)
    loss.backward()
    optimizer.step()
    model.zero_grad()
    return loss.item()


def _step_with_autograd_grad(model, images, labels, optimizer):
    logits = model(images)
    picked = logits.log_softmax(dim=1)[torch.arange(len(labels)), labels]
    params = list(model.parameters())
    for param, grad in zip(params, torch.autograd.grad(-picked.mean(), params), strict=True):
        param.grad = grad
    optimizer.step()
    return np.float64(-picked.mean().item())


def _step_one_picture_at_a_time(model, images, labels, optimizer):
    optimizer.zero_grad(set_to_none=False)
    total = 0.0
    logits = model(images)
    for row, label in zip(logits, labels, strict=True):
        loss = (row.exp().sum().log() - row[label]) / len(labels)
        loss.backward(retain_graph=True)
        total += loss.item()
    optimizer.step()
    return total


def _squared_errors(model, images, labels, optimizer):
    optimizer.zero_grad()
    logits = model(images)
    loss = F.mse_loss(logits, F.one_hot(labels, logits.shape[1]).float())
    loss.backward()
    optimizer.step()
    return loss.item()


# 7.2


def _evaluate_everything_at_once(model, loader):
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        pairs = [(model(images), labels) for images, labels in loader]
    model.train(was_training)
    logits, labels = (torch.cat(parts) for parts in zip(*pairs, strict=True))
    hits = logits.argmax(dim=1).eq(labels).double().mean()
    return F.cross_entropy(logits, labels).item(), hits.item()


def _evaluate_by_the_picture(model, loader):
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
def _evaluate_with_sums(model, loader):
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
    count = sum(len(labels) for _, labels in loader)
    return loss / count, correct / count


@torch.no_grad()
def _the_notebooks_test(model, loader):
    model.eval()
    loss, correct, n = 0.0, 0, 0
    for images, labels in loader:
        preds = model(images)
        loss += F.cross_entropy(preds, labels).item() * len(labels)
        correct += (preds.argmax(1) == labels).sum().item()
        n += len(labels)
    return correct / n, loss / n


@torch.no_grad()
def _averages_and_stays_in_eval(model, loader):
    model.eval()
    losses, shares = [], []
    for images, labels in loader:
        preds = model(images)
        losses.append(F.cross_entropy(preds, labels).item())
        shares.append((preds.argmax(1) == labels).float().mean().item())
    return float(np.mean(losses)), sum(shares) / len(shares)


RIGHT: dict[str, list[Any]] = {
    "7.1": [
        _step_with_a_closure,
        _step_clearing_afterwards,
        _step_with_autograd_grad,
        _step_one_picture_at_a_time,
    ],
    "7.2": [_evaluate_everything_at_once, _evaluate_by_the_picture, _evaluate_with_sums],
    "7.3": [dict(reversed(FIND_THE_BUG.reference.items()))],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "7.1": [
        (replaced("loss.item()", "loss.detach()"), "tensor instead of number"),
        (without("zero_grad", "optimizer.step()"), "no step"),
        (
            without("zero_grad") + replaced("backward()", "backward()\n    model.zero_grad()"),
            "zero_grad between backward and step",
        ),
        (replaced("    loss =", "    with torch.no_grad():\n        loss ="), None),
        (_squared_errors, None),
    ],
    "7.2": [
        (_the_notebooks_test, "order swapped"),
        (_averages_and_stays_in_eval, "mean of batch means"),
        (
            lambda *arguments: torch.tensor(_evaluate_with_sums(*arguments)).unbind(),
            "tensor instead of number",
        ),
        (replaced("total_loss / num_samples, ", ""), None),
    ],
    "7.3": [
        ({**FIND_THE_BUG.reference, "b": "loss is nan", "d": "steps grow"}, "adding up gives nan"),
        ({**FIND_THE_BUG.reference, "a": "loss is nan", "c": "nothing moves"}, None),
    ],
}
