"""Answers to exercises of notebook 04: unusual right ones, and wrong ones by students."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from course_checks.declared import instead, replaced, without

# mypy: disable-error-code="no-untyped-call, no-untyped-def"

# 4.1


def _correct_in_python(preds, labels):
    rows = preds.tolist()
    return sum(
        row.index(max(row)) == label for row, label in zip(rows, labels.tolist(), strict=True)
    )


def _correct_in_numpy(preds, labels):
    return int((np.argmax(preds.numpy(), axis=1) == labels.numpy()).sum())


def _correct_by_rank(preds, labels):
    own = preds.gather(1, labels.long().unsqueeze(1))
    return int((preds > own).sum(dim=1).eq(0).sum())


def _correct_by_one_hot(preds, labels):
    guesses = F.one_hot(preds.argmax(dim=-1), preds.shape[1])
    truth = F.one_hot(labels.long(), preds.shape[1])
    return int(torch.einsum("bk,bk->", guesses, truth).item())


def _correct_as_numpy_integer(preds, labels):
    return np.count_nonzero(preds.sort(dim=1).indices[:, -1].numpy() == labels.numpy())


def _last_row_left_out(preds, labels):
    n = 0
    for i in range(len(labels) - 1):
        if preds[i].argmax() == labels[i]:
            n += 1
    return n


def _scores_for_probabilities(preds, labels):
    right = 0
    for i in range(len(labels)):
        if preds[i][labels[i]] > 0.5:
            right += 1
    return right


# 4.2


def _accuracy_of_everything(model, loader):
    model.eval()
    with torch.inference_mode():
        pairs = [(model(images).argmax(dim=1), labels) for images, labels in loader]
    guesses, labels = (torch.cat(parts) for parts in zip(*pairs, strict=True))
    return (guesses == labels).double().mean().item()


def _accuracy_weighted(model, loader):
    was_training = model.training
    model.train(False)
    total, weighted = 0, 0.0
    with torch.no_grad():
        for images, labels in loader:
            share = model(images).argmax(dim=1).eq(labels).float().mean().item()
            weighted += share * len(labels)
            total += len(labels)
    model.train(was_training)
    return weighted / total


@torch.no_grad()
def _accuracy_one_by_one(model, loader):
    hits = []
    for images, labels in loader:
        for image, label in zip(images, labels, strict=True):
            preds = model.eval()(image.unsqueeze(0))
            hits.append(int(preds.argmax()) == int(label))
    return np.mean(hits)


def _hits(model, loader):
    return torch.cat([model(images).argmax(dim=1) == labels for images, labels in loader])


def _tensor_in_train_mode(model, loader):
    with torch.no_grad():
        return _hits(model, loader).float().mean()


def _gradients_off_for_good(model, loader):
    torch.set_grad_enabled(False)
    model.eval()
    return _hits(model, loader).float().mean().item()


def _evaluates_too_late(model, loader):
    with torch.no_grad():
        hits = _hits(model, loader)
    model.eval()
    return hits.float().mean().item()


def _first_batch(model, loader):
    model.eval()
    images, labels = next(iter(loader))
    with torch.no_grad():
        preds = model(images)
    return (preds.argmax(dim=1) == labels).float().mean().item()


_SHARES = replaced("sum().item()", "float().mean().item()")
_SHARES_AS_TENSORS = replaced("sum().item()", "float().mean()")
_BY_BATCHES = replaced("num_correct / num_samples", "num_correct / len(loader)")
_TRACKED = replaced("with torch.no_grad():", "if True:")


# 4.3


def _topk_in_python(preds, labels, k):
    count = 0
    for row, label in zip(preds.tolist(), labels.tolist(), strict=True):
        best = sorted(range(len(row)), key=lambda index: row[index], reverse=True)[:k]
        count += label in best
    return count


def _topk_by_rank(preds, labels, k):
    own = preds[torch.arange(len(labels)), labels].unsqueeze(1)
    return int(((preds > own).sum(dim=1) < k).sum().item())


def _topk_in_numpy(preds, labels, k):
    best = np.argsort(-preds.numpy(), axis=1)[:, :k]
    return int((best == labels.numpy()[:, None]).any(axis=1).sum())


def _topk_transposed(preds, labels, k):
    best = preds.t().topk(k, dim=0).indices
    return sum(int(best[place].eq(labels).sum()) for place in range(k))


def _slice_ends_too_soon(preds, labels, k):
    order = preds.argsort(dim=1, descending=True)
    count = 0
    for i in range(len(labels)):
        if labels[i] in order[i, : k - 1]:
            count += 1
    return count


def _limit_does_not_count(preds, labels, k):
    count = 0
    for i in range(len(labels)):
        limit = preds[i].sort(descending=True).values[k - 1]
        if preds[i, labels[i]] > limit:
            count += 1
    return count


def _slice_begins_too_late(preds, labels, k):
    order = np.argsort(preds.numpy(), axis=1)[:, -k + 1 :]
    n = 0
    for row, label in zip(order, labels, strict=False):
        if label.item() in row:
            n += 1
    return n


def _imagenet_example(preds, labels, k):
    """From old tutorials: `view` raises for k > 1, and a float tensor comes for k = 1."""
    _, pred = preds.topk(k, 1, True, True)
    pred = pred.t()
    correct = pred.eq(labels.view(1, -1).expand_as(pred))
    return correct[:k].view(-1).float().sum(0)


def _sum_of_tensors(preds, labels, k):
    return sum(preds[i].topk(k)[1].eq(labels[i]).any() for i in range(len(labels)))


RIGHT: dict[str, list[Any]] = {
    "4.1": [
        _correct_in_python,
        _correct_in_numpy,
        _correct_by_rank,
        _correct_by_one_hot,
        _correct_as_numpy_integer,
    ],
    "4.2": [_accuracy_of_everything, _accuracy_weighted, _accuracy_one_by_one],
    "4.3": [_topk_in_python, _topk_by_rank, _topk_in_numpy, _topk_transposed],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "4.1": [
        (_last_row_left_out, "one row left out"),
        (_scores_for_probabilities, "scores above one half"),
        (lambda preds, labels: print((preds.argmax(1) == labels).sum()), "nothing returned"),
        (lambda preds, labels: np.sum(np.argmax(preds.numpy()) == labels.numpy()), "no dim"),
        (replaced("eq(labels)", "eq(labels[:, None])"), "every guess with every label"),
        (instead("return sum(a is b for a, b in zip(preds.argmax(1), labels))"), None),
        (replaced("argmax", "argmin"), None),
        (replaced("sum()", "any()"), None),
        (lambda preds, labels: 0, None),
    ],
    "4.2": [
        (_SHARES + _BY_BATCHES, "mean of batch means"),
        (_SHARES + _BY_BATCHES + without("model.eval()"), "mean of batch means"),
        (
            _SHARES_AS_TENSORS + _BY_BATCHES + without("model.eval()") + _TRACKED,
            "mean of batch means",
        ),
        (
            replaced("sum().item()", "sum().item() / len(labels)")
            + replaced("num_correct / num_samples", "np.float64(num_correct / len(loader))"),
            "mean of batch means",
        ),
        (
            replaced("model.eval()", "model.eval")
            + replaced("with torch.no_grad():", "torch.no_grad()\n    if True:"),
            "forgets eval and no_grad",
        ),
        (_evaluates_too_late, "forgets eval"),
        (_gradients_off_for_good, "gradients left switched off"),
        (replaced("    return", "            return"), "first batch only"),
        (_first_batch, "first batch only"),
        (replaced(".item()", ""), "returns a tensor"),
        (_tensor_in_train_mode, "returns a tensor"),
        (
            replaced("return num_correct / num_samples", "print(num_correct / num_samples)"),
            "nothing returned",
        ),
        (replaced("num_correct / num", "num_correct // num"), None),
        (_SHARES + replaced("num_correct / num_samples", "num_correct"), None),
        (_SHARES + replaced("num_correct / num_samples", "100 * num_correct / len(loader)"), None),
    ],
    "4.3": [
        (replaced("topk(k, dim=1).indices", "argsort(dim=1)[:, :k]"), "lowest k"),
        (_slice_ends_too_soon, "one too few"),
        (_limit_does_not_count, "one too few"),
        (_slice_begins_too_late, "one too few"),
        (_sum_of_tensors, "returns a tensor"),
        (_imagenet_example, None),
        (instead("return (preds[:, :k].argmax(dim=1) == labels).sum().item()"), None),
        (replaced("item()", "item() * k"), None),
        (lambda preds, labels, k: 0, None),
    ],
}
