"""Softmax, cross-entropy and SGD from tensor operations only, in the form that is taught.

Each equals its counterpart in `torch.nn.functional` to rounding, for scores of any size. bfloat16
and float16 scores are computed in float32 and rounded once at the end, as PyTorch does. Only
`softmax_gradient` and `log_softmax_gradient` begin with rounded probabilities and round every step.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from course_utils.arguments import (
    check_finite,
    check_indices,
    check_range,
    check_same_device,
    check_scores,
    check_tensor,
    check_whole,
    elements,
)


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

    Raises TypeError for labels that are not integers, ValueError for shapes or devices that do not
    fit, an empty batch or a label outside 0 … K-1, and what `softmax` raises.

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

    Raises TypeError for an upstream that is no tensor of floats, ValueError where shapes or devices
    differ, and what `softmax` raises.
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

    Raises TypeError and ValueError for a batch size or a learning rate that is none, and TypeError
    or RuntimeError for a parameter that is none or has no gradient; no parameter has changed then.

    Built in notebook 05.
    """
    check_whole("batch_size", batch_size, least=1)
    rate = check_finite("lr", lr, least=0)
    with torch.no_grad():
        for param, gradient in _with_gradients(params):
            param -= rate * gradient / batch_size
            gradient.zero_()


def _at_least_float32(logits: Tensor) -> Tensor:
    return logits.float() if logits.dtype in (torch.bfloat16, torch.float16) else logits


def _check_logits(logits: Tensor) -> None:
    check_scores("logits", logits, floats_only=True)


def _check_labels(logits: Tensor, labels: Tensor) -> None:
    _check_logits(logits)
    check_indices("labels", labels, len(logits))
    check_same_device("labels", labels, "logits", logits)
    if len(labels) == 0:
        raise ValueError("labels: expected at least one, got an empty batch")
    check_range("labels", labels, logits.shape[1])


def _check_upstream(logits: Tensor, upstream: Tensor) -> None:
    _check_logits(logits)
    check_tensor("upstream", upstream)
    if not upstream.is_floating_point():
        raise TypeError(f"upstream: expected floats, got {upstream.dtype}")
    if upstream.shape != logits.shape:
        raise ValueError(
            f"upstream: expected shape {list(logits.shape)}, got {list(upstream.shape)}"
        )
    check_same_device("upstream", upstream, "logits", logits)


def _with_gradients(params: Iterable[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """Each parameter with its gradient."""
    pairs = []
    for position, param in enumerate(elements("params", params, "a list of tensors")):
        check_tensor(f"params: number {position}", param)
        if param.grad is None:
            raise RuntimeError(
                f"params: number {position} has no gradient: call backward() on the loss first"
            )
        pairs.append((param, param.grad))
    return pairs
