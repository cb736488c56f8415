"""Wrong answers to exercise 4.2 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def loader_accuracy_a(model: Any, loader: Any) -> Any:
    """Mean of the batches' accuracies: a short last batch counts too much."""
    model.eval()
    accs = []
    with torch.no_grad():
        for images, labels in loader:
            preds = model(images)
            accs.append((preds.argmax(dim=1) == labels).float().mean().item())
    return sum(accs) / len(accs)


def loader_accuracy_b(model: Any, loader: Any) -> Any:
    """Forgets model.eval()."""
    correct = 0
    total = 0
    with torch.no_grad():
        for images, labels in loader:
            preds = model(images)
            correct += (preds.argmax(dim=1) == labels).sum().item()
            total += len(labels)
    return correct / total


def loader_accuracy_c(model: Any, loader: Any) -> Any:
    """Forgets no_grad."""
    model.eval()
    correct = 0
    total = 0
    for images, labels in loader:
        out = model(images)
        correct += (out.argmax(dim=1) == labels).sum().item()
        total += labels.size(0)
    return correct / total


def loader_accuracy_d(model: Any, loader: Any) -> Any:
    """Divides by len(loader), the number of batches."""
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            correct += (model(images).argmax(dim=1) == labels).sum().item()
    return correct / len(loader)


def loader_accuracy_e(model: Any, loader: Any) -> Any:
    """Divides by len(loader.dataset): wrong with drop_last or a sampler, raises for a list."""
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            correct += (model(images).argmax(dim=1) == labels).sum().item()
    return correct / len(loader.dataset)


def loader_accuracy_f(model: Any, loader: Any) -> Any:
    """Return is indented into the loop: first batch only."""
    model.eval()
    correct = 0
    total = 0
    with torch.no_grad():
        for images, labels in loader:
            preds = model(images)
            correct += (preds.argmax(dim=1) == labels).sum().item()
            total += len(labels)
            return correct / total


def loader_accuracy_g(model: Any, loader: Any) -> Any:
    """Percent, copied from an older tutorial."""
    # from an older tutorial
    correct = 0
    total = 0
    model.eval()
    with torch.no_grad():
        for data in loader:
            images, labels = data
            outputs = model(images)
            _, predicted = torch.max(outputs.data, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    return 100 * correct / total


def loader_accuracy_h(model: Any, loader: Any) -> Any:
    """Forgets item(): returns a tensor."""
    model.eval()
    correct = 0
    total = 0
    with torch.no_grad():
        for images, labels in loader:
            preds = model(images)
            correct += (preds.argmax(dim=1) == labels).sum()
            total += len(labels)
    return correct / total


def loader_accuracy_i(model: Any, loader: Any) -> Any:
    """Sets the counters to 0 inside the loop: last batch only."""
    model.eval()
    with torch.no_grad():
        for images, labels in loader:
            correct = 0
            total = 0
            preds = model(images)
            correct += (preds.argmax(dim=1) == labels).sum().item()
            total += len(labels)
    return correct / total


def loader_accuracy_j(model: Any, loader: Any) -> Any:
    """Writes model.eval without brackets and torch.no_grad() without with."""
    model.eval  # noqa: B018
    torch.no_grad()
    correct = 0
    total = 0
    for images, labels in loader:
        preds = model(images)
        correct += (preds.argmax(dim=1) == labels).sum().item()
        total += len(labels)
    return correct / total


def loader_accuracy_k(model: Any, loader: Any) -> Any:
    """Takes for total the number of batches times size of the last batch."""
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            preds = model(images)
            correct += (preds.argmax(dim=1) == labels).sum().item()
    return correct / (len(loader) * len(labels))


def loader_accuracy_l(model: Any, loader: Any) -> Any:
    """Rounds to three places, as the example shows."""
    model.eval()
    right = 0
    n = 0
    with torch.no_grad():
        for x, y in loader:
            right += (model(x).argmax(dim=1) == y).sum().item()
            n += len(y)
    return round(right / n, 3)


def loader_accuracy_m(model: Any, loader: Any) -> Any:
    """Gives keepdim=True: compares B x B."""
    model.eval()
    right = 0
    n = 0
    with torch.no_grad():
        for x, y in loader:
            pred = model(x).argmax(dim=1, keepdim=True)
            right += pred.eq(y).sum().item()
            n += len(y)
    return right / n


def loader_accuracy_n(model: Any, loader: Any) -> Any:
    """Prints instead of returning."""
    model.eval()
    correct = 0
    total = 0
    with torch.no_grad():
        for images, labels in loader:
            correct += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    print(f"accuracy: {correct / total:.3f}")


def loader_accuracy_o(model: Any, loader: Any) -> Any:
    """Looks at one batch only: next(iter(loader))."""
    model.eval()
    images, labels = next(iter(loader))
    with torch.no_grad():
        preds = model(images)
    return (preds.argmax(dim=1) == labels).float().mean().item()


def counted(share: Any) -> Any:
    """Both switches in order, and `share` of the hits and the length of each batch."""

    def loader_accuracy(model: Any, loader: Any) -> Any:
        model.eval()
        hits, lengths = [], []
        with torch.no_grad():
            for images, labels in loader:
                hits.append((model(images).argmax(dim=1) == labels).sum().item())
                lengths.append(len(labels))
        return share(hits, lengths)

    return loader_accuracy


def averages_in_train_mode(model: Any, loader: Any) -> Any:
    shares = []
    with torch.no_grad():
        for images, labels in loader:
            shares.append((model(images).argmax(dim=1) == labels).float().mean().item())
    return sum(shares) / len(shares)


def averages_with_gradients(model: Any, loader: Any) -> Any:
    total = 0
    for images, labels in loader:
        total += (model(images).argmax(dim=1) == labels).float().mean()
    return total / len(loader)


def tensor_in_train_mode(model: Any, loader: Any) -> Any:
    with torch.no_grad():
        hits = [(model(images).argmax(dim=1) == labels) for images, labels in loader]
    return torch.cat(hits).float().mean()


def gradients_off_for_good(model: Any, loader: Any) -> Any:
    torch.set_grad_enabled(False)
    model.eval()
    hits = [(model(images).argmax(dim=1) == labels) for images, labels in loader]
    return torch.cat(hits).float().mean().item()


def evaluates_too_late(model: Any, loader: Any) -> Any:
    with torch.no_grad():
        hits = [(model(images).argmax(dim=1) == labels) for images, labels in loader]
    model.eval()
    return torch.cat(hits).float().mean().item()


WRONG: list[tuple[Any, str | None]] = [
    (loader_accuracy_a, "mean of batch means"),
    (loader_accuracy_b, "forgets eval"),
    (loader_accuracy_c, "forgets no_grad"),
    (loader_accuracy_d, "divides by number of batches"),
    (loader_accuracy_e, "divides by the whole data set"),
    (loader_accuracy_f, "first batch only"),
    (loader_accuracy_g, "returns percent"),
    (loader_accuracy_h, "returns a tensor"),
    (loader_accuracy_i, "last batch only"),
    (loader_accuracy_j, "forgets eval and no_grad"),
    (loader_accuracy_k, "takes one batch's length for all"),
    (loader_accuracy_l, "rounded"),
    (loader_accuracy_m, "every guess with every label"),
    (loader_accuracy_n, "nothing returned"),
    (loader_accuracy_o, "first batch only"),
    (gradients_off_for_good, "gradients left switched off"),
    (evaluates_too_late, "forgets eval"),
    (averages_in_train_mode, "mean of batch means"),
    (averages_with_gradients, "mean of batch means"),
    (tensor_in_train_mode, "returns a tensor"),
    (
        counted(lambda hits, n: np.mean([a / b for a, b in zip(hits, n, strict=True)])),
        "mean of batch means",
    ),
    (counted(lambda hits, n: sum(hits) / n[-1]), "one of the two counts does not grow"),
    (counted(lambda hits, n: sum(hits)), "not divided"),
    (counted(lambda hits, n: sum(hits) // sum(n)), None),
    (counted(lambda hits, n: sum(a / b for a, b in zip(hits, n, strict=True))), None),
    (
        counted(lambda hits, n: 100 * sum(a / b for a, b in zip(hits, n, strict=True)) / len(n)),
        None,
    ),
]
