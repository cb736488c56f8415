"""Wrong answers to exercise 4.3 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def topk_correct_a(preds: Any, labels: Any, k: Any) -> Any:
    """Forgets unsqueeze on the labels: raises, or broadcasts wrongly where B equals k."""
    top = preds.topk(k, dim=1).indices
    return (top == labels).sum().item()


def topk_correct_b(preds: Any, labels: Any, k: Any) -> Any:
    """Compares the top scores instead of the indices."""
    values = preds.topk(k, dim=1)[0]
    return (values == labels.unsqueeze(1)).sum().item()


def topk_correct_c(preds: Any, labels: Any, k: Any) -> Any:
    """Argsort ascending: the k lowest."""
    idx = preds.argsort(dim=1)[:, :k]
    return (idx == labels.unsqueeze(1)).any(dim=1).sum().item()


def topk_correct_d(preds: Any, labels: Any, k: Any) -> Any:
    """Ignores k: top 1."""
    return (preds.argmax(dim=1) == labels).sum().item()


def topk_correct_e(preds: Any, labels: Any, k: Any) -> Any:
    """Takes topk over the batch axis."""
    top = preds.topk(k, dim=0).indices
    return (top == labels).any(dim=0).sum().item()


def topk_correct_f(preds: Any, labels: Any, k: Any) -> Any:
    """Forgets item(): returns a tensor."""
    top = preds.topk(k, dim=1).indices
    return (top == labels.unsqueeze(1)).any(dim=1).sum()


def topk_correct_g(preds: Any, labels: Any, k: Any) -> Any:
    """Uses isin over the whole batch instead of row by row."""
    top = preds.topk(k).indices
    return torch.isin(labels, top).sum().item()


def topk_correct_h(preds: Any, labels: Any, k: Any) -> Any:
    """Looks at the k-th place only."""
    top = preds.topk(k, dim=1).indices
    return (top[:, k - 1] == labels).sum().item()


def topk_correct_i(preds: Any, labels: Any, k: Any) -> Any:
    """Returns the share instead of the number."""
    top = preds.topk(k, dim=1).indices
    return (top == labels.unsqueeze(1)).any(dim=1).float().mean().item()


def topk_correct_j(preds: Any, labels: Any, k: Any) -> Any:
    """Off by one: the k-1 highest."""
    order = preds.argsort(dim=1, descending=True)
    count = 0
    for i in range(len(labels)):
        if labels[i] in order[i, : k - 1]:
            count += 1
    return count


def topk_correct_k(preds: Any, labels: Any, k: Any) -> Any:
    """> instead of >= at the limit: the k-th place does not count."""
    count = 0
    for i in range(len(labels)):
        limit = preds[i].sort(descending=True).values[k - 1]
        if preds[i, labels[i]] > limit:
            count += 1
    return count


def topk_correct_l(preds: Any, labels: Any, k: Any) -> Any:
    """Hard-codes k=2 from the example."""
    top = preds.topk(2, dim=1).indices
    return (top == labels[:, None]).any(dim=1).sum().item()


def topk_correct_m(preds: Any, labels: Any, k: Any) -> Any:
    """Compares the topk pair itself, without .indices; raises."""
    top = preds.topk(k, dim=1)
    return (top == labels.unsqueeze(1)).any(dim=1).sum().item()


def topk_correct_n(preds: Any, labels: Any, k: Any) -> Any:
    """The ImageNet example of old tutorials: `view` raises for k > 1, a float tensor for k = 1."""
    # ImageNet example
    _, pred = preds.topk(k, 1, True, True)
    pred = pred.t()
    correct = pred.eq(labels.view(1, -1).expand_as(pred))
    return correct[:k].view(-1).float().sum(0)


def topk_correct_o(preds: Any, labels: Any, k: Any) -> Any:
    """[-k + 1:] instead of [-k:]: one too few (all of them for k=1)."""
    order = np.argsort(preds.numpy(), axis=1)[:, -k + 1 :]
    n = 0
    for row, label in zip(order, labels, strict=False):
        if label.item() in row:
            n += 1
    return n


WRONG: list[tuple[Any, str | None]] = [
    (topk_correct_a, "labels as a row"),
    (topk_correct_b, "compares scores"),
    (topk_correct_c, "lowest k"),
    (topk_correct_d, "k fixed to 1"),
    (topk_correct_e, "wrong axis"),
    (topk_correct_f, "returns a tensor"),
    (topk_correct_g, "labels found in another row"),
    (topk_correct_h, "k-th only"),
    (topk_correct_i, "returns a fraction"),
    (topk_correct_j, "one too few"),
    (topk_correct_k, "one too few"),
    (topk_correct_l, "k fixed to another number"),
    (topk_correct_m, "compares topk's pair"),
    (topk_correct_n, None),
    (topk_correct_o, "one too few"),
    (
        lambda preds, labels, k: preds.topk(k, dim=1)[1].eq(labels.view(1, -1)).sum().item(),
        "labels as a row",
    ),
    (
        lambda preds, labels, k: sum(
            preds[i].topk(k)[1].eq(labels[i]).any() for i in range(len(labels))
        ),
        "returns a tensor",
    ),
    (
        lambda preds, labels, k: preds.topk(k, dim=0)[1].eq(labels[:, None]).any(1).sum().item(),
        "wrong axis",
    ),
    (lambda preds, labels, k: (preds[:, :k].argmax(dim=1) == labels).sum().item(), None),
    (lambda preds, labels, k: preds.topk(k)[1].eq(labels[:, None]).sum().item() * k, None),
    (lambda preds, labels, k: 0, None),
]
