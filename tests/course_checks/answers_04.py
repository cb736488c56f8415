"""Right but unusual answers to the exercises of notebook 04, and the wrong ones by exercise."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from tests.course_checks.wrong import get_num_correct, loader_accuracy, topk_correct

Loader = DataLoader[Any]


def _correct_in_python(preds: Tensor, labels: Tensor) -> int:
    rows = preds.tolist()
    return sum(
        row.index(max(row)) == label for row, label in zip(rows, labels.tolist(), strict=True)
    )


def _correct_in_numpy(preds: Tensor, labels: Tensor) -> int:
    return int((np.argmax(preds.numpy(), axis=1) == labels.numpy()).sum())


def _correct_by_rank(preds: Tensor, labels: Tensor) -> int:
    own = preds.gather(1, labels.long().unsqueeze(1))
    return int((preds > own).sum(dim=1).eq(0).sum())


def _correct_by_one_hot(preds: Tensor, labels: Tensor) -> int:
    guesses = nn.functional.one_hot(preds.argmax(dim=-1), preds.shape[1])
    truth = nn.functional.one_hot(labels.long(), preds.shape[1])
    return int(torch.einsum("bk,bk->", guesses, truth).item())


def _correct_as_numpy_integer(preds: Tensor, labels: Tensor) -> Any:
    return np.count_nonzero(preds.sort(dim=1).indices[:, -1].numpy() == labels.numpy())


def _accuracy_of_everything(model: nn.Module, loader: Loader) -> float:
    model.eval()
    with torch.inference_mode():
        pairs = [(model(images).argmax(dim=1), labels) for images, labels in loader]
    guesses, labels = (torch.cat(parts) for parts in zip(*pairs, strict=True))
    return (guesses == labels).double().mean().item()


def _accuracy_weighted(model: nn.Module, loader: Loader) -> float:
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
def _accuracy_one_by_one(model: nn.Module, loader: Loader) -> Any:
    hits = []
    for images, labels in loader:
        for image, label in zip(images, labels, strict=True):
            preds = model.eval()(image.unsqueeze(0))
            hits.append(int(preds.argmax()) == int(label))
    return np.mean(hits)


def _topk_in_python(preds: Tensor, labels: Tensor, k: int) -> int:
    count = 0
    for row, label in zip(preds.tolist(), labels.tolist(), strict=True):
        best = sorted(range(len(row)), key=lambda index: row[index], reverse=True)[:k]
        count += label in best
    return count


def _topk_by_rank(preds: Tensor, labels: Tensor, k: int) -> int:
    own = preds[torch.arange(len(labels)), labels].unsqueeze(1)
    return int(((preds > own).sum(dim=1) < k).sum().item())


def _topk_in_numpy(preds: Tensor, labels: Tensor, k: int) -> int:
    best = np.argsort(-preds.numpy(), axis=1)[:, :k]
    return int((best == labels.numpy()[:, None]).any(axis=1).sum())


def _topk_transposed(preds: Tensor, labels: Tensor, k: int) -> int:
    best = preds.t().topk(k, dim=0).indices
    return sum(int(best[place].eq(labels).sum()) for place in range(k))


RIGHT = {
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
    "4.1": get_num_correct.WRONG,
    "4.2": loader_accuracy.WRONG,
    "4.3": topk_correct.WRONG,
}
