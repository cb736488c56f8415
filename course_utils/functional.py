"""Softmax, cross-entropy and SGD from tensor operations only, in the form that is taught.

Each equals its counterpart in `torch.nn.functional` to rounding, for scores of any size.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from course_utils.shapes import check_labels, check_logits


def softmax(logits: Tensor) -> Tensor:
    """Softmax of each row: scores become probabilities, all positive, that sum to 1.

    logits: [B, K], a float dtype. Returns [B, K] of the same dtype. The largest score of a row is
    subtracted first, which changes nothing in the result and keeps `exp` from overflowing
    (float32 ends at exp(88.7)).

    Raises ValueError for another shape, TypeError for scores that are not floats.

    Built in notebook 05.
    """
    check_logits(logits)
    exponentials = torch.exp(logits - logits.amax(dim=1, keepdim=True))
    return exponentials / exponentials.sum(dim=1, keepdim=True)


def log_softmax(logits: Tensor) -> Tensor:
    """The logarithm of softmax, without ever computing a probability that underflows to 0.

    logits: [B, K], a float dtype. Returns [B, K] of the same dtype: score - log-sum-exp of its row.

    Raises what `softmax` raises.

    Built in notebook 05.
    """
    check_logits(logits)
    shifted = logits - logits.amax(dim=1, keepdim=True)
    return shifted - shifted.exp().sum(dim=1, keepdim=True).log()


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean over the batch of -log(probability given to the right class).

    logits: [B, K], a float dtype. labels: [B], integers from 0 to K-1. Returns a tensor [].

    Raises TypeError for labels that are not integers, ValueError for shapes that do not fit, an
    empty batch or a label outside 0 … K-1, and what `softmax` raises.

    Built in notebook 05.
    """
    check_logits(logits)
    check_labels(labels, logits)
    picked = log_softmax(logits)[torch.arange(len(labels)), labels.long()]
    return -picked.mean()


def cross_entropy_gradient(logits: Tensor, labels: Tensor) -> Tensor:
    """Gradient of `cross_entropy` with respect to the logits: (softmax - one-hot) / B, [B, K].

    logits: [B, K], a float dtype. labels: [B], integers from 0 to K-1.

    Raises what `cross_entropy` raises.

    Built in notebook 05.
    """
    check_logits(logits)
    check_labels(labels, logits)
    gradient = softmax(logits)
    gradient[torch.arange(len(labels)), labels.long()] -= 1
    return gradient / len(labels)


def sgd(params: Iterable[Tensor], lr: float, batch_size: int) -> None:
    """One step of stochastic gradient descent, in place: w -= lr · w.grad / batch_size.

    params: leaf tensors whose `.grad` holds the gradient of a *summed* loss, which is why it is
    divided by `batch_size`; the gradients are set back to zero afterwards. lr: learning rate.

    Raises RuntimeError for a parameter that has no gradient.

    Built in notebook 05.
    """
    with torch.no_grad():
        for param in params:
            if param.grad is None:
                raise RuntimeError("params: no gradient yet: call backward() on the loss first")
            param -= lr * param.grad / batch_size
            param.grad.zero_()
