"""Right but unusual answers to the exercises of notebook 05, and wrong ones as students write."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

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


def _softmax_wrong_sum_axis(logits: Tensor) -> Tensor:
    e = torch.exp(logits)
    return e / torch.sum(e, 0)


def _softmax_forgot_keepdim(logits: Tensor) -> Tensor:
    e = torch.exp(logits)
    row_sums = e.sum(1)
    return e / row_sums


def _softmax_summed_everything(logits: Tensor) -> Tensor:
    total = torch.zeros((), dtype=logits.dtype)
    for row in logits:
        for score in row:
            total += torch.exp(score)
    return torch.exp(logits) / total


def _softmax_without_exp(logits: Tensor) -> Tensor:
    return logits / torch.sum(logits, dim=1, keepdim=True)


def _softmax_only_exp(logits: Tensor) -> Tensor:
    return torch.pow(torch.tensor(math.e, dtype=logits.dtype), logits)


def _softmax_with_two(logits: Tensor) -> Tensor:
    powers = 2**logits
    return powers / powers.sum(dim=1, keepdim=True)


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


def _stable_plain_formula(logits: Tensor) -> tuple[Tensor, Tensor]:
    p = torch.exp(logits) / torch.exp(logits).sum(dim=1, keepdim=True)
    return p, torch.log(p)


def _stable_one_max(logits: Tensor) -> tuple[Tensor, Tensor]:
    logits = logits - torch.max(logits)
    e = torch.exp(logits)
    total = torch.sum(e, 1, True)
    return e / total, logits - torch.log(total)


def _stable_then_log(logits: Tensor) -> tuple[Tensor, Tensor]:
    m, _ = logits.max(dim=1, keepdim=True)
    e = torch.exp(logits - m)
    p = e / e.sum(dim=1, keepdim=True)
    return p, p.log()


def _stable_log_unshifted(logits: Tensor) -> tuple[Tensor, Tensor]:
    m = logits.max(dim=1, keepdim=True).values
    e = torch.exp(logits - m)
    return e / e.sum(1, keepdim=True), logits - torch.log(torch.exp(logits).sum(1, keepdim=True))


def _stable_max_of_columns(logits: Tensor) -> tuple[Tensor, Tensor]:
    shifted = logits - logits.max(dim=0).values
    e = shifted.exp()
    return e / e.sum(1, keepdim=True), shifted - e.sum(1, keepdim=True).log()


def _stable_lost_maximum(logits: Tensor) -> tuple[Tensor, Tensor]:
    m = logits.amax(1, keepdim=True)
    total = (logits - m).exp().sum(1, keepdim=True)
    return (logits - m).exp() / total, logits - total.log()


def _stable_little_offset(logits: Tensor) -> tuple[Tensor, Tensor]:
    p = torch.softmax(logits, 1)
    return p, torch.log(p + 1e-9)


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


def _loss_summed(logits: Tensor, labels: Tensor) -> Tensor:
    total = torch.zeros((), dtype=logits.dtype)
    for row, label in zip(torch.log_softmax(logits, 1), labels, strict=True):
        total -= row[label]
    return total


def _loss_all_pairs(logits: Tensor, labels: Tensor) -> Tensor:
    return torch.mean(-torch.log_softmax(logits, dim=-1)[:, labels])


def _loss_twice_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(nn.functional.softmax(logits, dim=1), labels)


def _loss_lost_minus(logits: Tensor, labels: Tensor) -> Tensor:
    return torch.log_softmax(logits, 1)[range(len(labels)), labels].mean()


def _loss_naive(logits: Tensor, labels: Tensor) -> Tensor:
    e = torch.exp(logits)
    p = e / e.sum(1, keepdim=True)
    return (-torch.log(p[range(len(labels)), labels])).mean()


def _loss_of_stable_probabilities(logits: Tensor, labels: Tensor) -> Tensor:
    p = torch.softmax(logits, 1)
    return -p[range(len(p)), labels].log().mean()


def _loss_each(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits, labels, reduction="none")


def _loss_as_number(logits: Tensor, labels: Tensor) -> float:
    return _loss_by_gather(logits, labels).item()


def _loss_base_two(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits, labels) / math.log(2)


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


def _gradient_of_sum(logits: Tensor, labels: Tensor) -> Tensor:
    p = torch.softmax(logits, 1)
    p[range(len(labels)), labels] -= 1
    return p


def _gradient_label_minus(logits: Tensor, labels: Tensor) -> Tensor:
    hot = nn.functional.one_hot(labels, logits.shape[1])
    return (hot - torch.softmax(logits, 1)) / len(labels)


def _gradient_without_labels(logits: Tensor, labels: Tensor) -> Tensor:
    e = (logits - logits.amax(1, keepdim=True)).exp()
    return e / e.sum(1, keepdim=True) / len(logits)


def _gradient_precedence(logits: Tensor, labels: Tensor) -> Tensor:
    hot = nn.functional.one_hot(labels, logits.shape[1])
    return torch.softmax(logits, 1) - hot / len(labels)


def _gradient_whole_columns(logits: Tensor, labels: Tensor) -> Tensor:
    p = torch.softmax(logits, 1)
    p[:, labels] = p[:, labels] - 1
    return p / len(p)


def _gradient_mean_of_all(logits: Tensor, labels: Tensor) -> Tensor:
    return _gradient_of_sum(logits, labels) / logits.numel()


def _gradient_in_place_of_labels(logits: Tensor, labels: Tensor) -> Tensor:
    return (torch.softmax(logits, 1) - labels.unsqueeze(1)) / len(labels)


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


def _step_tracked(params: Any, lr: float, batch_size: int) -> None:
    for p in params:
        p -= lr * p.grad / batch_size
        p.grad.zero_()


def _step_keeps_gradient(params: Any, lr: float, batch_size: int) -> None:
    for p in params:
        p.data = p.data - lr * p.grad / batch_size


def _step_uphill(params: Any, lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            p += lr * p.grad / batch_size
            p.grad.zero_()


def _step_on_a_name(params: Any, lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            p = p - lr * p.grad / batch_size


def _step_on_a_name_then_zero(params: Any, lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            p = p - lr * p.grad / batch_size
            p.grad.zero_()


def _step_into_the_list(params: Any, lr: float, batch_size: int) -> None:
    for i in range(len(params)):
        params[i] = params[i] - lr * params[i].grad / batch_size


def _step_batch_size_unused(params: Any, lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad
            p.grad.zero_()


def _step_returns_in_the_loop(params: Any, lr: float, batch_size: int) -> Any:
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()
            return params


def _step_loses_the_gradient_flag(params: Any, lr: float, batch_size: int) -> None:
    for p in params:
        p.requires_grad_(False)
        p -= lr * p.grad / batch_size
        p.grad.zero_()


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


class _Start:
    """What the wrong ones share with the right one."""

    def __init__(self, n: int) -> None:
        self.data: list[Any] = [0.0] * n

    def add(self, *values: Any) -> None:
        self.data = [a + float(b) for a, b in zip(self.data, values, strict=True)]

    def reset(self) -> None:
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> Any:
        return self.data[index]


class _Replaces(_Start):
    def add(self, *values: Any) -> None:
        for i, value in enumerate(values):
            self.data[i] = float(value)


class _NoFloat(_Start):
    def add(self, *values: Any) -> None:
        for i in range(len(self.data)):
            self.data[i] = self.data[i] + values[i]


class _NoStar(_Start):
    def add(self, values: Any) -> None:
        self.data = [a + b for a, b in zip(self.data, values, strict=True)]


# As in a notebook, where the class has the name that was asked for.
_NoStar.add.__qualname__ = "Accumulator.add"


class _ClearsTheList(_Start):
    def reset(self) -> None:
        self.data.clear()


class _PlusBetweenLists(_Start):
    def add(self, *values: Any) -> None:
        self.data = self.data + [float(value) for value in values]


class _OneTotal(_Start):
    def add(self, *values: Any) -> None:
        for value in values:
            self.data = [one + float(value) for one in self.data]


class _NoReturn(_Start):
    def __getitem__(self, index: int) -> Any:
        self.data[index]


class _StartsAtOne(_Start):
    def __init__(self, n: int) -> None:
        self.data = [1.0] * n


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
    "5.1": [
        (_softmax_wrong_sum_axis, "dim 0"),
        (_softmax_forgot_keepdim, "no keepdim"),
        (_softmax_summed_everything, "global sum"),
        (_softmax_without_exp, "no exp"),
        (_softmax_only_exp, "not divided"),
        (_softmax_with_two, None),
    ],
    "5.2": [
        (_stable_plain_formula, "overflows"),
        (_stable_one_max, "global maximum"),
        (_stable_then_log, "log of an underflowed softmax"),
        (_stable_log_unshifted, "log-softmax overflows"),
        (_stable_max_of_columns, "column maximum"),
        (_stable_lost_maximum, "maximum forgotten in the log"),
        (_stable_little_offset, None),
    ],
    "5.3": [
        (_loss_summed, "sum for mean"),
        (_loss_all_pairs, "wrong index pairs"),
        (_loss_twice_softmax, "applied to probabilities"),
        (_loss_lost_minus, "sign"),
        (_loss_naive, "overflows"),
        (_loss_of_stable_probabilities, "log of an underflowed softmax"),
        (_loss_each, "not reduced"),
        (_loss_as_number, "number instead of tensor"),
        (_loss_base_two, None),
    ],
    "5.4": [
        (_gradient_of_sum, "not divided by B"),
        (_gradient_label_minus, "sign"),
        (_gradient_without_labels, "one-hot missing"),
        (_gradient_precedence, "only the one-hot divided"),
        (_gradient_whole_columns, "wrong index pairs"),
        (_gradient_mean_of_all, "divided by B and K"),
        (_gradient_in_place_of_labels, None),
    ],
    "5.5": [
        (_step_tracked, "no no_grad"),
        (_step_keeps_gradient, "gradient not reset"),
        (_step_uphill, "adds instead of subtracts"),
        (_step_on_a_name, "rebinds instead of updating in place"),
        (_step_on_a_name_then_zero, "rebinds, then resets"),
        (_step_into_the_list, "rebinds instead of updating in place"),
        (_step_batch_size_unused, "not divided by the batch size"),
        (_step_returns_in_the_loop, "first parameter only"),
        (_step_loses_the_gradient_flag, None),
    ],
    "5.6": [
        (_Replaces, "overwrites"),
        (_NoFloat, "keeps tensors"),
        (_NoStar, "takes one list"),
        (_ClearsTheList, "empty after reset"),
        (_PlusBetweenLists, "appends"),
        (_OneTotal, "adds everything to every sum"),
        (_NoReturn, None),
        (_StartsAtOne, None),
    ],
}
