"""Answers to exercises of notebook 05: unusual right ones, and wrong ones by students."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import nn

from course_checks.declared import replaced

# mypy: disable-error-code="no-untyped-call, no-untyped-def"

# 5.1


def _softmax_in_python(logits):
    rows = []
    for row in logits.tolist():
        exponentials = [math.exp(score) for score in row]
        rows.append([one / sum(exponentials) for one in exponentials])
    return torch.tensor(rows, dtype=logits.dtype)


def _softmax_in_numpy(logits):
    exponentials = np.exp(logits.numpy())
    return torch.from_numpy(exponentials / exponentials.sum(axis=1)[:, None])


def _softmax_by_einsum(logits):
    exponentials = logits.exp()
    return torch.einsum("bk,b->bk", exponentials, 1 / exponentials.sum(-1))


def _softmax_transposed(logits):
    exponentials = torch.exp(logits).T
    return (exponentials / exponentials.sum(0)).T


def _softmax_through_float64(logits):
    return nn.Softmax(dim=-1)(logits.double()).to(logits.dtype)


def _summed_everything(logits):
    total = torch.zeros((), dtype=logits.dtype)
    for row in logits:
        for score in row:
            total += torch.exp(score)
    return torch.exp(logits) / total


# 5.2


def _stable_row_by_row(logits):
    probabilities, logs = torch.empty_like(logits), torch.empty_like(logits)
    for position, row in enumerate(logits):
        shifted = row - max(row.tolist())
        logs[position] = shifted - shifted.exp().sum().log()
        probabilities[position] = logs[position].exp()
    return probabilities, logs


def _stable_in_numpy(logits):
    scores = logits.numpy()
    logs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return [torch.from_numpy(np.exp(logs)), torch.from_numpy(logs)]


def _stable_by_logsumexp(logits):
    logs = logits - torch.logsumexp(logits, dim=1, keepdim=True)
    return logs.exp(), logs


def _stable_through_float64(logits):
    shifted = logits.double() - logits.double().max(dim=1).values.unsqueeze(1)
    sums = shifted.exp().sum(1).unsqueeze(1)
    return (shifted.exp() / sums).to(logits.dtype), (shifted - sums.log()).to(logits.dtype)


# 5.3


def _loss_in_python(logits, labels):
    losses = []
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        top = max(row)
        losses.append(top + math.log(sum(math.exp(score - top) for score in row)) - row[label])
    return torch.tensor(sum(losses) / len(losses), dtype=logits.dtype)


def _loss_by_gather(logits, labels):
    own = logits.gather(1, labels.unsqueeze(1)).squeeze(1)
    return (logits.logsumexp(dim=1) - own).mean()


def _loss_by_one_hot(logits, labels):
    hot = nn.functional.one_hot(labels, logits.shape[1]).to(logits.dtype)
    return -torch.einsum("bk,bk->", hot, torch.log_softmax(logits, 1)) / len(labels)


def _loss_summed(logits, labels):
    total = torch.zeros((), dtype=logits.dtype)
    for row, label in zip(torch.log_softmax(logits, 1), labels, strict=True):
        total -= row[label]
    return total


# 5.4


def _gradient_by_autograd(logits, labels):
    scores = logits.clone().requires_grad_()
    nn.functional.cross_entropy(scores, labels).backward()
    return scores.grad


def _gradient_in_loops(logits, labels):
    gradient = torch.softmax(logits, dim=1)
    for row in range(len(labels)):
        gradient[row][labels[row]] -= 1.0
        gradient[row] /= len(labels)
    return gradient


def _gradient_by_one_hot(logits, labels):
    hot = torch.eye(logits.shape[1], dtype=logits.dtype)[labels]
    return (torch.log_softmax(logits, 1).exp() - hot) / logits.shape[0]


def _gradient_in_numpy(logits, labels):
    scores = logits.numpy()
    p = np.exp(scores - scores.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(len(p)), labels.numpy()] -= 1
    return torch.from_numpy(p / np.asarray(len(p), dtype=p.dtype))


_TAKING_ONE_AWAY = "gradient[range(len(labels)), labels] -= 1"

# 5.5


def _step_by_data(params, lr, batch_size):
    for param in params:
        param.data -= lr * param.grad / batch_size
        param.grad = None


@torch.no_grad()
def _step_by_methods(params, lr, batch_size):
    for param in params:
        param.sub_(param.grad, alpha=lr / batch_size)
        param.grad = torch.zeros_like(param)
    return params


def _step_by_torch(params, lr, batch_size):
    optimizer = torch.optim.SGD(params, lr=lr / batch_size)
    optimizer.step()
    optimizer.zero_grad()


def _step_by_copy(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.copy_(param - param.grad * (lr / batch_size))
            param.grad.mul_(0)


def _step_keeps_gradient(params, lr, batch_size):
    for p in params:
        p.data = p.data - lr * p.grad / batch_size


def _step_into_the_list(params, lr, batch_size):
    for i in range(len(params)):
        params[i] = params[i] - lr * params[i].grad / batch_size


def _step_loses_the_gradient_flag(params, lr, batch_size):
    for p in params:
        p.requires_grad_(False)
        p -= lr * p.grad / batch_size
        p.grad.zero_()


# 5.6


class _InNumpy:
    def __init__(self, n):
        self.sums = np.zeros(n)

    def add(self, *values):
        self.sums += np.array([float(value) for value in values])

    def reset(self):
        self.sums[:] = 0

    def __getitem__(self, index):
        return float(self.sums[index])


class _InATensor:
    def __init__(self, n):
        self.sums = torch.zeros(n, dtype=torch.float64)

    def add(self, *values):
        for index, value in enumerate(values):
            self.sums[index] += value

    def reset(self):
        self.sums.zero_()

    def __getitem__(self, index):
        return self.sums[index].item()


class _Remembers:
    def __init__(self, n):
        self.calls = []

    def add(self, *values):
        self.calls.append(values)

    def reset(self):
        self.calls.clear()

    def __getitem__(self, index):
        return sum(float(values[index]) for values in self.calls)


class _List(list[float]):
    def __init__(self, n):
        super().__init__([0.0] * n)

    def add(self, *values):
        for index, value in enumerate(values):
            self[index] += value.item() if isinstance(value, torch.Tensor) else value

    def reset(self):
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
    "5.3": [_loss_in_python, _loss_by_gather, _loss_by_one_hot, nn.CrossEntropyLoss()],
    "5.4": [
        _gradient_in_loops,
        _gradient_by_one_hot,
        _gradient_in_numpy,
    ],
    "5.5": [_step_by_data, _step_by_methods, _step_by_torch, _step_by_copy],
    "5.6": [_InNumpy, _InATensor, _Remembers, _List],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "5.1": [
        (_summed_everything, "global sum"),
        (lambda logits: torch.tensor(math.e, dtype=logits.dtype) ** logits, "not divided"),
        (replaced("torch.exp(logits)", "2**logits"), "another base"),
        (replaced("torch.exp(logits)", "1 / (1 + torch.exp(-logits))"), None),  # then divided
        (lambda logits: 1 / (1 + torch.exp(-logits)), "sigmoid"),
    ],
    "5.2": [
        (
            replaced("shifted - sums.log()", "(shifted.exp() / sums + 1e-9).log()"),
            "floor under the logarithms",
        ),
    ],
    "5.3": [
        (_loss_summed, "sum for mean"),
        (lambda logits, labels: _loss_by_gather(logits, labels).item(), "number instead of tensor"),
        (replaced("mean()", "mean() / math.log(2)"), None),
    ],
    "5.4": [
        (_gradient_by_autograd, "ruled out"),
        (
            replaced(_TAKING_ONE_AWAY, "gradient[:, labels] = gradient[:, labels] - 1"),
            "wrong index pairs",
        ),
        (
            replaced(_TAKING_ONE_AWAY, "gradient -= F.one_hot(labels).float()")
            + replaced(" / len(labels)", ""),
            "one-hot too narrow",
        ),
        (replaced(_TAKING_ONE_AWAY, "gradient -= labels.unsqueeze(1)"), None),
    ],
    "5.5": [
        (replaced("with torch.no_grad():", "if True:"), "no no_grad"),
        (_step_keeps_gradient, "gradient not reset"),
        (_step_into_the_list, "nothing moved, nothing reset"),
        (replaced("zero_()", "zero_()\n            return params"), "first parameter only"),
        (_step_loses_the_gradient_flag, "no longer trained"),
    ],
    "5.6": [
        (replaced("self.data = [0.0] * len(self.data)", "self.data.clear()"), "too few sums"),
        (replaced("return self.data[index]", "self.data[index]"), None),
        (replaced("self.data[index]", "list(self.data)"), "all sums returned"),
        (replaced("[0.0] * n", "[1.0] * n"), None),
    ],
}
