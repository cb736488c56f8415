"""The functions of tensors: metrics and functional."""

from __future__ import annotations

import math
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from course_utils import functional, metrics
from tests.course_utils.robust.case import Arguments, Case
from tests.course_utils.robust.values import (
    ANYTHING,
    FLOATS,
    NUMBERS,
    SIZES,
    WHOLE,
    WHOLE_NUMBERS,
    scores_and_labels,
    tensors,
)

# float16 and bfloat16 are rounded once at the end, torch's reference is computed in float32.
TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-4, torch.float16: 2e-3, torch.bfloat16: 2e-2}


def _close(got: Tensor, expected: Tensor, dtype: torch.dtype) -> bool:
    if got.shape != expected.shape or got.dtype != dtype or got.is_meta != expected.is_meta:
        return False
    allowed = TOLERANCE[dtype]
    return got.is_meta or torch.allclose(
        got.double(), expected.to(dtype).double(), rtol=allowed, atol=allowed, equal_nan=True
    )


def _wide(tensor: Tensor) -> Tensor:
    return tensor if tensor.dtype == torch.float64 else tensor.float()


def _as_dict(*names: str) -> Any:
    return lambda values: dict(zip(names, values, strict=True))


def _softmax(arguments: Arguments, answer: Any) -> bool:
    logits = arguments["logits"]
    return _close(answer, F.softmax(_wide(logits), dim=1), logits.dtype)


def _log_softmax(arguments: Arguments, answer: Any) -> bool:
    logits = arguments["logits"]
    return _close(answer, F.log_softmax(_wide(logits), dim=1), logits.dtype)


def _cross_entropy(arguments: Arguments, answer: Any) -> bool:
    logits, labels = arguments["logits"], arguments["labels"]
    return _close(answer, F.cross_entropy(_wide(logits), labels.long()), logits.dtype)


def _by_autograd(function: Any, arguments: Arguments, answer: Any) -> bool:
    logits, upstream = arguments["logits"], arguments["upstream"]
    if logits.is_meta or not logits.isfinite().all() or not upstream.isfinite().all():
        return bool(
            answer.shape == logits.shape
        )  # what nan becomes in a gradient is its own matter
    leaf = logits.double().requires_grad_()
    function(leaf, dim=1).backward(upstream.double())
    assert leaf.grad is not None
    coarse = min(logits.dtype, upstream.dtype, key=lambda dtype: torch.finfo(dtype).bits)
    size = 1 + float(upstream.abs().max()) if upstream.numel() else 1.0
    off = (answer.double() - leaf.grad).abs()
    # Several roundings of the coarser type, in proportion to what is added up.
    return bool((off <= 20 * torch.finfo(coarse).eps * size * logits.shape[1]).all())


def _cross_entropy_gradient(arguments: Arguments, answer: Any) -> bool:
    logits, labels = arguments["logits"], arguments["labels"]
    leaf = _wide(logits).detach().requires_grad_()
    F.cross_entropy(leaf, labels.long()).backward()
    assert leaf.grad is not None
    return _close(answer, leaf.grad, logits.dtype)


@st.composite
def _pair(draw: Any) -> Arguments:
    logits = draw(tensors((draw(st.integers(0, 4)), draw(SIZES)), FLOATS))
    return {"logits": logits, "upstream": draw(tensors(tuple(logits.shape), FLOATS))}


@st.composite
def _sgd(draw: Any) -> Arguments:
    params = []
    for _ in range(draw(st.integers(0, 2))):
        param = torch.ones(draw(st.lists(SIZES, max_size=2)), requires_grad=True)
        if draw(st.integers(0, 4)):
            param.grad = torch.full_like(param, 2.0)
        params.append(param)
    lr = draw(st.floats(0, 2))
    return {"params": params, "lr": lr, "batch_size": draw(st.integers(1, 4))}


def _sgd_is_right(arguments: Arguments, answer: Any) -> bool:
    # In float32, as sgd: beyond its range the product is infinite, before the quotient too.
    expected = 1 - float(arguments["lr"]) * torch.tensor(2.0) / arguments["batch_size"]
    return answer is None and all(
        torch.allclose(param, expected.expand_as(param), rtol=1e-5, atol=1e-6)
        and not param.grad.any()
        for param in arguments["params"]
    )


def _count(preds: Tensor, labels: Tensor) -> int:
    return sum(int(p) == int(y) for p, y in zip(preds.argmax(1), labels, strict=True))


def _num_correct(arguments: Arguments, answer: Any) -> bool:
    return type(answer) is int and answer == _count(**arguments)


def _accuracy(arguments: Arguments, answer: Any) -> bool:
    expected = _count(**arguments) / len(arguments["labels"])
    return isinstance(answer, float) and answer == expected


def _confusion(arguments: Arguments, answer: Any) -> bool:
    preds, labels, classes = (arguments[name] for name in ("preds", "labels", "classes"))
    predicted = preds.argmax(1) if preds.dim() == 2 else preds
    expected = torch.zeros(classes, classes, dtype=torch.int64)
    for row, column in zip(labels.tolist(), predicted.tolist(), strict=True):
        expected[row, column] += 1
    return torch.equal(answer, expected)


@st.composite
def _confusion_arguments(draw: Any) -> Arguments:
    preds, labels = draw(scores_and_labels())
    classes = preds.shape[1]
    if draw(st.booleans()) and not preds.is_meta:
        preds = preds.argmax(dim=1).to(draw(st.sampled_from(WHOLE)))
    return {"preds": preds, "labels": labels, "classes": classes}


def _accumulate(n: Any, values: Any) -> list[float]:
    metric = metrics.Accumulator(n)
    metric.add(*values)
    metric.add(*values)
    return [metric[i] for i in range(n)]


def _accumulated(arguments: Arguments, answer: Any) -> bool:
    expected = [0.0 + float(value) + float(value) for value in arguments["values"]]
    return all(a == b or math.isnan(b) for a, b in zip(answer, expected, strict=True))


LOGITS = st.fixed_dictionaries(
    {"logits": tensors(None, FLOATS) | scores_and_labels().map(lambda p: p[0])}
)
LOGITS_AND_LABELS = scores_and_labels().map(_as_dict("logits", "labels"))
PREDS_AND_LABELS = scores_and_labels((*FLOATS, *WHOLE)).map(_as_dict("preds", "labels"))
ROW = {"labels": tensors(dtypes=WHOLE)}

CASES = [
    Case("functional.softmax", functional.softmax, LOGITS, _softmax),
    Case("functional.log_softmax", functional.log_softmax, LOGITS, _log_softmax),
    Case("functional.cross_entropy", functional.cross_entropy, LOGITS_AND_LABELS, _cross_entropy),
    Case(
        "functional.softmax_gradient",
        functional.softmax_gradient,
        _pair(),
        lambda arguments, answer: _by_autograd(F.softmax, arguments, answer),
    ),
    Case(
        "functional.log_softmax_gradient",
        functional.log_softmax_gradient,
        _pair(),
        lambda arguments, answer: _by_autograd(F.log_softmax, arguments, answer),
    ),
    Case(
        "functional.cross_entropy_gradient",
        functional.cross_entropy_gradient,
        LOGITS_AND_LABELS,
        _cross_entropy_gradient,
    ),
    Case(
        "functional.sgd",
        functional.sgd,
        _sgd(),
        _sgd_is_right,
        replaced={
            "lr": NUMBERS,
            "batch_size": WHOLE_NUMBERS,
            "params": st.lists(ANYTHING, max_size=2),
        },
    ),
    Case(
        "metrics.get_num_correct",
        metrics.get_num_correct,
        PREDS_AND_LABELS,
        _num_correct,
        replaced=ROW,
    ),
    Case("metrics.accuracy", metrics.accuracy, PREDS_AND_LABELS, _accuracy, replaced=ROW),
    Case(
        "metrics.confusion_matrix",
        metrics.confusion_matrix,
        _confusion_arguments(),
        _confusion,
        replaced={"classes": WHOLE_NUMBERS, "preds": tensors(dtypes=WHOLE), **ROW},
    ),
    Case(
        "metrics.Accumulator",
        _accumulate,
        st.integers(1, 3).flatmap(
            lambda n: st.fixed_dictionaries(
                {"n": st.just(n), "values": st.lists(st.floats(), min_size=n, max_size=n)}
            )
        ),
        _accumulated,
        names=("n", "values", "add"),
        replaced={"n": WHOLE_NUMBERS, "values": st.lists(ANYTHING, min_size=1, max_size=3)},
        starred=("values",),
    ),
]
