"""From-scratch softmax, cross-entropy, their gradients and SGD agree with PyTorch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from course_utils.functional import (
    cross_entropy,
    cross_entropy_gradient,
    log_softmax,
    log_softmax_gradient,
    sgd,
    softmax,
    softmax_gradient,
)

# A few units in the last place: sums of up to 40 terms are added in another order.
RELATIVE = {torch.float64: 1e-13, torch.float32: 1e-5, torch.bfloat16: 8e-3, torch.float16: 1e-3}
ABSOLUTE = {torch.float64: 1e-14, torch.float32: 1e-6, torch.bfloat16: 1e-6, torch.float16: 1e-6}


@st.composite
def problems(draw: Any) -> tuple[Tensor, Tensor]:
    """Logits [B, K] of any float dtype and a scale up to 1e4, and labels [B]."""
    rows, classes = draw(st.integers(1, 9)), draw(st.integers(1, 40))
    dtype = draw(st.sampled_from([torch.float64, torch.float32, torch.bfloat16, torch.float16]))
    scale = draw(st.sampled_from([0.0, 1e-3, 1.0, 30.0, 1e3, 1e4]))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    logits = (torch.randn(rows, classes, generator=generator) * scale).clamp(-6e4, 6e4).to(dtype)
    if draw(st.booleans()):  # another layout in memory
        logits = logits.t().contiguous().t()
    return logits, torch.randint(classes, (rows,), generator=generator)


def assert_close(got: Tensor, expected: Tensor) -> None:
    assert got.dtype == expected.dtype
    size = float(expected.abs().max()) if expected.numel() else 0.0
    absolute = max(ABSOLUTE[got.dtype], RELATIVE[got.dtype] * 1e-2 * size)
    torch.testing.assert_close(got, expected, rtol=RELATIVE[got.dtype], atol=absolute)


@settings(max_examples=300, deadline=None)
@given(problem=problems())
def test_forward_equals_torch(problem: tuple[Tensor, Tensor]) -> None:
    logits, labels = problem
    before = logits.clone()
    # With bfloat16 and float16 torch rounds on the way (its log_softmax is off by 2 % at times),
    # while ours rounds once at the end: it is held to torch's float32 result, rounded.
    wide = logits if logits.dtype == torch.float64 else logits.float()
    for ours, theirs in (
        (softmax(logits), F.softmax(wide, dim=1)),
        (log_softmax(logits), F.log_softmax(wide, dim=1)),
        (cross_entropy(logits, labels), F.cross_entropy(wide, labels)),
    ):
        assert_close(ours, theirs.to(logits.dtype))
    assert torch.equal(logits, before)


@settings(max_examples=200, deadline=None)
@given(problem=problems())
def test_gradients_equal_autograd(problem: tuple[Tensor, Tensor]) -> None:
    logits, labels = problem
    logits = logits.double().float()  # the formulas are compared in float32
    upstream = torch.randn(logits.shape, generator=torch.Generator().manual_seed(0))
    for by_hand, function in ((softmax_gradient, F.softmax), (log_softmax_gradient, F.log_softmax)):
        leaf = logits.clone().requires_grad_()
        function(leaf, dim=1).backward(upstream)
        assert leaf.grad is not None
        torch.testing.assert_close(by_hand(logits, upstream), leaf.grad, rtol=1e-4, atol=1e-5)
    leaf = logits.clone().requires_grad_()
    F.cross_entropy(leaf, labels).backward()
    assert leaf.grad is not None
    torch.testing.assert_close(
        cross_entropy_gradient(logits, labels), leaf.grad, rtol=1e-5, atol=1e-7
    )


def test_gradients_flow_through_the_functions_themselves() -> None:
    """What a student trains with: autograd through the from-scratch loss."""
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    labels = torch.tensor([0, 2, 1, 1, 0])
    cross_entropy(logits, labels).backward()
    assert logits.grad is not None
    torch.testing.assert_close(
        logits.grad, cross_entropy_gradient(logits.detach(), labels), rtol=1e-5, atol=1e-7
    )


def test_no_overflow_and_no_log_of_zero() -> None:
    logits = torch.tensor([[100.0, 0.0], [-1e4, 1e4]])
    assert torch.isfinite(softmax(logits)).all()
    assert log_softmax(logits)[1, 0].item() == -2e4
    assert torch.isfinite(cross_entropy(logits, torch.tensor([1, 0])))


def test_masked_scores_get_no_probability() -> None:
    logits = torch.tensor([[0.0, -torch.inf, 0.0]])
    assert softmax(logits).tolist() == [[0.5, 0.0, 0.5]]


@given(shift=st.floats(-1e3, 1e3, width=32))
def test_adding_a_constant_to_a_row_changes_nothing(shift: float) -> None:
    logits = torch.tensor([[1.0, 2.0, 4.0]], dtype=torch.float64)
    torch.testing.assert_close(softmax(logits + shift), softmax(logits), rtol=1e-9, atol=0)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8])
def test_labels_of_any_integer_type(dtype: torch.dtype) -> None:
    logits = torch.tensor([[1.0, 2.0, 4.0], [0.0, 3.0, 1.0]])
    labels = torch.tensor([2, 0])
    assert cross_entropy(logits, labels.to(dtype)) == cross_entropy(logits, labels)
    assert torch.equal(
        cross_entropy_gradient(logits, labels.to(dtype)), cross_entropy_gradient(logits, labels)
    )


def test_sgd_is_torchs_sgd_of_the_mean_loss() -> None:
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.randn(6, 4, generator=generator), torch.tensor([0, 1, 2, 0, 1, 2])
    ours = torch.randn(4, 3, generator=generator, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    optimizer = torch.optim.SGD([theirs], lr=0.1)
    for _ in range(3):
        (F.cross_entropy(images @ ours, labels) * 6).backward()
        sgd([ours], lr=0.1, batch_size=6)
        optimizer.zero_grad()
        F.cross_entropy(images @ theirs, labels).backward()
        optimizer.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
    assert ours.grad is not None and not ours.grad.any()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: softmax(torch.zeros(3)), ValueError, r"logits: expected shape \[B, K\]"),
        (lambda: softmax(torch.zeros(2, 0)), ValueError, r"K at least 1, got \[2, 0\]"),
        (lambda: softmax(torch.zeros(2, 3).long()), TypeError, "logits: expected floats"),
        (
            lambda: cross_entropy(torch.zeros(2, 3), torch.zeros(2, 1).long()),
            ValueError,
            r"labels: expected shape \[2\], got \[2, 1\]: drop the last axis with .squeeze\(1\)",
        ),
        (
            lambda: cross_entropy(torch.zeros(2, 3), torch.zeros(2)),
            TypeError,
            r"labels: expected class indices \(integers\), got torch.float32",
        ),
        (
            lambda: cross_entropy(torch.zeros(2, 3), torch.tensor([0, 3])),
            ValueError,
            "labels: expected 0 to 2, got 0 to 3",
        ),
        (
            lambda: cross_entropy_gradient(torch.zeros(2, 3), torch.tensor([-1, 0])),
            ValueError,
            "labels: expected 0 to 2, got -1 to 0",
        ),
        (
            lambda: cross_entropy(torch.zeros(0, 3), torch.zeros(0).long()),
            ValueError,
            "labels: expected at least one, got an empty batch",
        ),
        (
            lambda: softmax_gradient(torch.zeros(2, 3), torch.zeros(3, 2)),
            ValueError,
            r"upstream: expected shape \[2, 3\], got \[3, 2\]",
        ),
        (
            lambda: sgd([torch.zeros(1, requires_grad=True)], 0.1, 1),
            RuntimeError,
            r"params: number 0 has no gradient: call backward\(\)",
        ),
        (lambda: sgd([], 0.1, 0), ValueError, "batch_size: expected at least 1, got 0"),
    ],
)
def test_bad_input_is_named(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
