"""Wrong answers to exercise 4.1 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def get_num_correct_a(preds: Any, labels: Any) -> Any:
    """Forgets item(): returns a tensor."""
    return preds.argmax(dim=1).eq(labels).sum()


def get_num_correct_b(preds: Any, labels: Any) -> Any:
    """Argmax over the batch axis."""
    return preds.argmax(dim=0).eq(labels).sum().item()


def get_num_correct_c(preds: Any, labels: Any) -> Any:
    """Argmax without dim: one index for the whole batch."""
    return (preds.argmax() == labels).sum().item()


def get_num_correct_d(preds: Any, labels: Any) -> Any:
    """Takes keepdim=True from the MNIST example without view_as: compares B x B."""
    pred = preds.argmax(dim=1, keepdim=True)
    return pred.eq(labels).sum().item()


def get_num_correct_e(preds: Any, labels: Any) -> Any:
    """Returns the share instead of the number."""
    return (preds.argmax(dim=1) == labels).float().mean().item()


def get_num_correct_f(preds: Any, labels: Any) -> Any:
    """Compares the highest scores with the labels instead of their indices."""
    return (preds.max(dim=1)[0] == labels).sum().item()


def get_num_correct_g(preds: Any, labels: Any) -> Any:
    """Compares the scores with the labels."""
    return (preds == labels).sum().item()


def get_num_correct_h(preds: Any, labels: Any) -> Any:
    """Takes len of the comparison: the number of rows."""
    correct = preds.argmax(dim=1) == labels
    return len(correct)


def get_num_correct_i(preds: Any, labels: Any) -> Any:
    """Off by one: leaves out the last row."""
    n = 0
    for i in range(len(labels) - 1):
        if preds[i].argmax() == labels[i]:
            n += 1
    return n


def get_num_correct_j(preds: Any, labels: Any) -> Any:
    """Prints instead of returning."""
    _, predicted = torch.max(preds.data, 1)
    print((predicted == labels).sum().item())


def get_num_correct_k(preds: Any, labels: Any) -> Any:
    """Return is indented into the if: 1 or None."""
    n = 0
    for p, label in zip(preds, labels, strict=False):
        if p.argmax() == label:
            n += 1
            return n


def get_num_correct_l(preds: Any, labels: Any) -> Any:
    """Forgets sum: returns a tensor of True and False."""
    return preds.argmax(dim=1) == labels


def get_num_correct_m(preds: Any, labels: Any) -> Any:
    """Counts scores above 0.5 at the label, as if they were probabilities."""
    right = 0
    for i in range(len(labels)):
        if preds[i][labels[i]] > 0.5:
            right += 1
    return right


def get_num_correct_n(preds: Any, labels: Any) -> Any:
    """NumPy argmax without axis, and a NumPy int."""
    return np.sum(np.argmax(preds.numpy()) == labels.numpy())


WRONG: list[tuple[Any, str | None]] = [
    (get_num_correct_a, "returns a tensor"),
    (get_num_correct_b, "dim=0"),
    (get_num_correct_c, "no dim"),
    (get_num_correct_d, "every guess with every label"),
    (get_num_correct_e, "returns a fraction"),
    (get_num_correct_f, "compares floats"),
    (get_num_correct_g, "no argmax"),
    (get_num_correct_h, "counts all rows"),
    (get_num_correct_i, "one row left out"),
    (get_num_correct_j, "nothing returned"),
    (get_num_correct_k, "counting ends too soon"),
    (get_num_correct_l, "not counted"),
    (get_num_correct_m, "scores above one half"),
    (get_num_correct_n, "no dim"),
    (lambda preds, labels: (preds.argmax(1) == labels).float().mean(), "returns a fraction"),
    (
        lambda preds, labels: (preds.argmax(1) == labels[:, None]).sum().item(),
        "every guess with every label",
    ),
    (lambda preds, labels: sum(a is b for a, b in zip(preds.argmax(1), labels, strict=True)), None),
    (lambda preds, labels: (preds.argmin(1) == labels).sum().item(), None),
    (lambda preds, labels: (preds.argmax(1) == labels).any().item(), None),
    (lambda preds, labels: 0, None),
]
