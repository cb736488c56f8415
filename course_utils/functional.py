"""Softmax, cross-entropy and SGD from tensor operations only, in the form that is taught.

Each equals its counterpart in `torch.nn.functional` to rounding, for scores of any size. bfloat16
and float16 scores are computed in float32 and rounded once at the end, as PyTorch does.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def softmax(logits: Tensor) -> Tensor:
    """Scores to probabilities: each row is positive and sums to 1.

    logits: [B, K], a float dtype. Returns [B, K] of the same dtype. The largest score of a row is
    subtracted first, which changes nothing in the result and keeps `exp` from overflowing
    (float32 ends at exp(88.7)).

    Raises TypeError for scores that are not floats, ValueError for another shape.

    Built in notebook 05.
    """
    _check_logits(logits)
    scores = _at_least_float32(logits)
    exponentials = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    return (exponentials / exponentials.sum(dim=1, keepdim=True)).to(logits.dtype)


def log_softmax(logits: Tensor) -> Tensor:
    """The logarithm of softmax, without ever computing a probability that underflows to 0.

    logits: [B, K], a float dtype. Returns [B, K] of the same dtype: score - log-sum-exp of its row.

    Raises what `softmax` raises.

    Built in notebook 05.
    """
    _check_logits(logits)
    scores = _at_least_float32(logits)
    shifted = scores - scores.amax(dim=1, keepdim=True)
    return (shifted - shifted.exp().sum(dim=1, keepdim=True).log()).to(logits.dtype)


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean over the batch of -log(probability given to the right class).

    logits: [B, K], a float dtype. labels: [B], integers from 0 to K-1. Returns a tensor [].

    Raises TypeError for labels that are not integers, ValueError for shapes that do not fit, an
    empty batch or a label outside 0 … K-1, and what `softmax` raises.

    Built in notebook 05.
    """
    _check_labels(logits, labels)
    rows = torch.arange(len(labels), device=labels.device)
    picked = log_softmax(_at_least_float32(logits))[rows, labels.long()]
    return -picked.mean().to(logits.dtype)


def softmax_gradient(logits: Tensor, upstream: Tensor) -> Tensor:
    """Gradient of a loss with respect to the logits, from that with respect to the probabilities.

    logits: [B, K]. upstream: [B, K], dloss/dprobabilities. Returns dloss/dlogits, [B, K]:
    p · (upstream - sum over the row of p · upstream).

    Raises ValueError where the shapes differ, and what `softmax` raises.
    """
    _check_upstream(logits, upstream)
    probabilities = softmax(logits)
    return probabilities * (upstream - (probabilities * upstream).sum(dim=1, keepdim=True))


def log_softmax_gradient(logits: Tensor, upstream: Tensor) -> Tensor:
    """Gradient of a loss with respect to the logits, from that with respect to log-softmax.

    logits: [B, K]. upstream: [B, K], dloss/dlog-probabilities. Returns dloss/dlogits, [B, K]:
    upstream - p · (sum over the row of upstream).

    Raises what `softmax_gradient` raises.
    """
    _check_upstream(logits, upstream)
    return upstream - softmax(logits) * upstream.sum(dim=1, keepdim=True)


def cross_entropy_gradient(logits: Tensor, labels: Tensor) -> Tensor:
    """Gradient of `cross_entropy` with respect to the logits: (softmax - one-hot) / B, [B, K].

    logits: [B, K], a float dtype. labels: [B], integers from 0 to K-1.

    Raises what `cross_entropy` raises.

    Built in notebook 05.
    """
    _check_labels(logits, labels)
    gradient = softmax(_at_least_float32(logits))
    gradient[torch.arange(len(labels), device=labels.device), labels.long()] -= 1
    return (gradient / len(labels)).to(logits.dtype)


def sgd(params: Iterable[Tensor], lr: float, batch_size: int) -> None:
    """One step of stochastic gradient descent, in place: w -= lr · w.grad / batch_size.

    params: leaf tensors whose `.grad` holds the gradient of a *summed* loss, which is why it is
    divided by `batch_size`; the gradients are set back to zero afterwards. lr: learning rate.

    Raises ValueError for a batch size below 1, RuntimeError for a parameter without a gradient.

    Built in notebook 05.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
    with torch.no_grad():
        for position, param in enumerate(params):
            if param.grad is None:
                raise RuntimeError(
                    f"params: number {position} has no gradient: call backward() on the loss first"
                )
            param -= lr * param.grad / batch_size
            param.grad.zero_()


def _at_least_float32(logits: Tensor) -> Tensor:
    return logits.float() if logits.dtype in (torch.bfloat16, torch.float16) else logits


def _check_logits(logits: Tensor) -> None:
    if not logits.is_floating_point():
        raise TypeError(f"logits: expected floats, got {logits.dtype}")
    if logits.dim() != 2 or logits.shape[1] == 0:
        raise ValueError(f"logits: expected shape [B, K] with K at least 1, got {_shape(logits)}")


def _check_labels(logits: Tensor, labels: Tensor) -> None:
    _check_logits(logits)
    if labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool:
        raise TypeError(f"labels: expected class indices (integers), got {labels.dtype}")
    if _shape(labels) != [len(logits)]:
        hint = ": drop the last axis with .squeeze(1)" if labels.dim() == 2 else ""
        raise ValueError(f"labels: expected shape {[len(logits)]}, got {_shape(labels)}{hint}")
    if len(labels) == 0:
        raise ValueError("labels: expected at least one, got an empty batch")
    smallest, largest = int(labels.min()), int(labels.max())
    if smallest < 0 or largest >= logits.shape[1]:
        raise ValueError(
            f"labels: expected 0 to {logits.shape[1] - 1}, got {smallest} to {largest}"
        )


def _check_upstream(logits: Tensor, upstream: Tensor) -> None:
    _check_logits(logits)
    if upstream.shape != logits.shape:
        raise ValueError(f"upstream: expected shape {_shape(logits)}, got {_shape(upstream)}")


def _shape(tensor: Tensor) -> list[int]:
    return list(tensor.shape)
