"""Wrong answers to exercise 7.1 as students write them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer


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


WRONG: list[tuple[Any, str | None]] = [
    (_student_forgot_zero_grad, "no zero_grad"),
    (_student_steps_early, "step before backward"),
    (_student_softmax_layer, "softmax before the loss"),
    (_student_returns_the_loss, "keeps the graph"),
    (_student_returns_detached, "tensor instead of number"),
    (_student_clears_in_the_wrong_place, "zero_grad between backward and step"),
    (_student_means_squares, None),
    (_student_without_gradients, None),
    (_student_forgot_step_and_zero_grad, "no step"),
]
