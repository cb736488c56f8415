"""Right but unusual answers to the exercises of notebook 05, and the wrong ones by exercise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tests.course_checks.wrong import (
    accumulator,
    cross_entropy,
    cross_entropy_gradient,
    sgd_step,
    softmax,
    stable_softmax,
)

# 5.1


def _softmax_in_python(logits: Tensor) -> Tensor:
    rows = []
    for row in logits.tolist():
        exponentials = [math.exp(score) for score in row]
        rows.append([one / sum(exponentials) for one in exponentials])
    return torch.tensor(rows, dtype=logits.dtype)


def _softmax_in_numpy(logits: Tensor) -> Tensor:
    exponentials = np.exp(logits.numpy())
    result: Tensor = torch.from_numpy(exponentials / exponentials.sum(axis=1)[:, None])
    return result


def _softmax_by_einsum(logits: Tensor) -> Tensor:
    exponentials = logits.exp()
    return torch.einsum("bk,b->bk", exponentials, 1 / exponentials.sum(-1))


def _softmax_transposed(logits: Tensor) -> Tensor:
    exponentials = torch.exp(logits).T
    return (exponentials / exponentials.sum(0)).T


def _softmax_through_float64(logits: Tensor) -> Tensor:
    probabilities: Tensor = nn.Softmax(dim=-1)(logits.double())
    return probabilities.to(logits.dtype)


# 5.2


def _stable_row_by_row(logits: Tensor) -> tuple[Tensor, Tensor]:
    probabilities, logs = torch.empty_like(logits), torch.empty_like(logits)
    for position, row in enumerate(logits):
        shifted = row - max(row.tolist())
        logs[position] = shifted - shifted.exp().sum().log()
        probabilities[position] = logs[position].exp()
    return probabilities, logs


def _stable_in_numpy(logits: Tensor) -> list[Tensor]:
    scores = logits.numpy()
    logs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return [torch.from_numpy(np.exp(logs)), torch.from_numpy(logs)]


def _stable_by_logsumexp(logits: Tensor) -> tuple[Tensor, Tensor]:
    logs = logits - torch.logsumexp(logits, dim=1, keepdim=True)
    return logs.exp(), logs


def _stable_through_float64(logits: Tensor) -> tuple[Tensor, Tensor]:
    shifted = logits.double() - logits.double().max(dim=1).values.unsqueeze(1)
    sums = shifted.exp().sum(1).unsqueeze(1)
    return (shifted.exp() / sums).to(logits.dtype), (shifted - sums.log()).to(logits.dtype)


# 5.3


def _loss_in_python(logits: Tensor, labels: Tensor) -> Tensor:
    losses = []
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        top = max(row)
        losses.append(top + math.log(sum(math.exp(score - top) for score in row)) - row[label])
    return torch.tensor(sum(losses) / len(losses), dtype=logits.dtype)


def _loss_by_gather(logits: Tensor, labels: Tensor) -> Tensor:
    own = logits.gather(1, labels.unsqueeze(1)).squeeze(1)
    return (logits.logsumexp(dim=1) - own).mean()


def _loss_by_one_hot(logits: Tensor, labels: Tensor) -> Tensor:
    hot = nn.functional.one_hot(labels, logits.shape[1]).to(logits.dtype)
    return -torch.einsum("bk,bk->", hot, torch.log_softmax(logits, 1)) / len(labels)


def _loss_of_torch(logits: Tensor, labels: Tensor) -> Tensor:
    loss: Tensor = nn.CrossEntropyLoss()(logits, labels)
    return loss


# 5.4


def _gradient_by_autograd(logits: Tensor, labels: Tensor) -> Tensor:
    scores = logits.clone().requires_grad_()
    nn.functional.cross_entropy(scores, labels).backward()
    assert scores.grad is not None
    return scores.grad


def _gradient_in_loops(logits: Tensor, labels: Tensor) -> Tensor:
    gradient = torch.softmax(logits, dim=1)
    for row in range(len(labels)):
        gradient[row][labels[row]] -= 1.0
        gradient[row] /= len(labels)
    return gradient


def _gradient_by_one_hot(logits: Tensor, labels: Tensor) -> Tensor:
    hot = torch.eye(logits.shape[1], dtype=logits.dtype)[labels]
    return (torch.log_softmax(logits, 1).exp() - hot) / logits.shape[0]


def _gradient_in_numpy(logits: Tensor, labels: Tensor) -> Tensor:
    scores = logits.numpy()
    p = np.exp(scores - scores.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(len(p)), labels.numpy()] -= 1
    return torch.from_numpy(p / np.asarray(len(p), dtype=p.dtype))


# 5.5


def _step_by_data(params: list[Tensor], lr: float, batch_size: int) -> None:
    for param in params:
        assert param.grad is not None
        param.data -= lr * param.grad / batch_size
        param.grad = None


@torch.no_grad()
def _step_by_methods(params: list[Tensor], lr: float, batch_size: int) -> list[Tensor]:
    for param in params:
        assert param.grad is not None
        param.sub_(param.grad, alpha=lr / batch_size)
        param.grad = torch.zeros_like(param)
    return params


def _step_by_torch(params: list[Tensor], lr: float, batch_size: int) -> None:
    optimizer = torch.optim.SGD(params, lr=lr / batch_size)
    optimizer.step()
    optimizer.zero_grad()


def _step_by_copy(params: list[Tensor], lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for param in params:
            assert param.grad is not None
            param.copy_(param - param.grad * (lr / batch_size))
            param.grad.mul_(0)


# 5.6


class _InNumpy:
    def __init__(self, n: int) -> None:
        self.sums = np.zeros(n)

    def add(self, *values: Any) -> None:
        self.sums += np.array([float(value) for value in values])

    def reset(self) -> None:
        self.sums[:] = 0

    def __getitem__(self, index: int) -> float:
        return float(self.sums[index])


class _InATensor:
    def __init__(self, n: int) -> None:
        self.sums = torch.zeros(n, dtype=torch.float64)

    def add(self, *values: Any) -> None:
        for index, value in enumerate(values):
            self.sums[index] += value

    def reset(self) -> None:
        self.sums.zero_()

    def __getitem__(self, index: int) -> float:
        return self.sums[index].item()


class _Remembers:
    def __init__(self, n: int) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def add(self, *values: Any) -> None:
        self.calls.append(values)

    def reset(self) -> None:
        self.calls.clear()

    def __getitem__(self, index: int) -> float:
        return sum(float(values[index]) for values in self.calls)


class _List(list[float]):
    def __init__(self, n: int) -> None:
        super().__init__([0.0] * n)

    def add(self, *values: Any) -> None:
        for index, value in enumerate(values):
            self[index] += value.item() if isinstance(value, Tensor) else value

    def reset(self) -> None:
        self[:] = [0.0] * len(self)


RIGHT: dict[str, list[Any]] = {
    "5.1": [
        _softmax_in_python,
        _softmax_in_numpy,
        _softmax_by_einsum,
        _softmax_transposed,
        _softmax_through_float64,
    ],
    "5.2": [
        _stable_row_by_row,
        _stable_in_numpy,
        _stable_by_logsumexp,
        _stable_through_float64,
    ],
    "5.3": [_loss_in_python, _loss_by_gather, _loss_by_one_hot, _loss_of_torch],
    "5.4": [
        _gradient_by_autograd,
        _gradient_in_loops,
        _gradient_by_one_hot,
        _gradient_in_numpy,
    ],
    "5.5": [_step_by_data, _step_by_methods, _step_by_torch, _step_by_copy],
    "5.6": [_InNumpy, _InATensor, _Remembers, _List],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "5.1": softmax.WRONG,
    "5.2": stable_softmax.WRONG,
    "5.3": cross_entropy.WRONG,
    "5.4": cross_entropy_gradient.WRONG,
    "5.5": sgd_step.WRONG,
    "5.6": accumulator.WRONG,
}
