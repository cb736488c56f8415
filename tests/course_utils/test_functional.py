"""From-scratch softmax, cross-entropy, its gradient and SGD agree with PyTorch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F
from torch.testing import assert_close

from course_utils.functional import (
    cross_entropy,
    cross_entropy_gradient,
    log_softmax,
    sgd,
    softmax,
)
from tests.course_utils.built import built_in


@st.composite
def problems(draw: Any) -> tuple[Tensor, Tensor]:
    """Logits [B, K] of a scale up to 1e4, and labels [B]."""
    rows, classes = draw(st.integers(1, 9)), draw(st.integers(1, 40))
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    scale = draw(st.sampled_from([0.0, 1e-3, 1.0, 30.0, 1e3, 1e4]))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    logits = (torch.randn(rows, classes, generator=generator) * scale).to(dtype)
    return logits, torch.randint(classes, (rows,), generator=generator)


@settings(max_examples=200)
@given(problems())
def test_equals_torch_for_all_shapes_and_scales(problem: tuple[Tensor, Tensor]) -> None:
    logits, labels = problem
    before = logits.clone()
    assert_close(softmax(logits), F.softmax(logits, dim=1))
    assert_close(log_softmax(logits), F.log_softmax(logits, dim=1))
    assert_close(cross_entropy(logits, labels), F.cross_entropy(logits, labels))
    assert torch.equal(logits, before)


@settings(max_examples=200)
@given(problems())
def test_the_gradient_by_hand_equals_autograd(problem: tuple[Tensor, Tensor]) -> None:
    logits, labels = problem
    leaf = logits.clone().requires_grad_()
    cross_entropy(leaf, labels).backward()
    assert leaf.grad is not None
    assert_close(cross_entropy_gradient(logits, labels), leaf.grad, rtol=1e-4, atol=1e-6)


@given(shift=st.floats(-1e3, 1e3, width=32))
def test_adding_a_constant_to_a_row_changes_nothing(shift: float) -> None:
    logits = torch.tensor([[1.0, 2.0, 4.0]], dtype=torch.float64)
    assert_close(softmax(logits + shift), softmax(logits), rtol=1e-9, atol=0)


def test_no_overflow_and_no_log_of_zero() -> None:
    logits = torch.tensor([[100.0, 0.0], [-1e4, 1e4]])
    assert torch.isfinite(softmax(logits)).all()
    assert log_softmax(logits)[1, 0].item() == -2e4
    assert torch.isfinite(cross_entropy(logits, torch.tensor([1, 0])))


def test_masked_scores_get_no_probability() -> None:
    assert softmax(torch.tensor([[0.0, -torch.inf, 0.0]])).tolist() == [[0.5, 0.0, 0.5]]


@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8])
def test_labels_of_any_integer_type(dtype: torch.dtype) -> None:
    logits, labels = torch.tensor([[1.0, 2.0, 4.0], [0.0, 3.0, 1.0]]), torch.tensor([2, 0])
    for function in (cross_entropy, cross_entropy_gradient):
        assert torch.equal(function(logits, labels.to(dtype)), function(logits, labels))


def test_sgd_is_torchs_sgd_of_the_mean_loss() -> None:
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.randn(6, 4, generator=generator), torch.tensor([0, 1, 2, 0, 1, 2])
    ours = torch.randn(4, 3, generator=generator, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    optimizer = torch.optim.SGD([theirs], lr=0.1)
    for _ in range(3):
        (cross_entropy(images @ ours, labels) * 6).backward()
        sgd([ours], lr=0.1, batch_size=6)
        optimizer.zero_grad()
        F.cross_entropy(images @ theirs, labels).backward()
        optimizer.step()
    assert_close(ours, theirs)
    assert ours.grad is not None and not ours.grad.any()


def test_sgd_asks_for_the_backward_pass() -> None:
    with pytest.raises(RuntimeError, match=r"params: no gradient yet: call backward\(\)"):
        sgd([torch.zeros(1, requires_grad=True)], lr=0.1, batch_size=1)


@pytest.mark.parametrize("function", [cross_entropy, cross_entropy_gradient])
def test_logits_and_labels_that_do_not_fit_are_refused(function: Any) -> None:
    with pytest.raises(ValueError, match=r"logits: expected shape \[B, K\], got \[3\]"):
        function(torch.zeros(3), torch.tensor([0]))
    with pytest.raises(ValueError, match=r"labels: .*\[2\], got \[2, 1\]: .*\.squeeze\(1\)"):
        function(torch.zeros(2, 3), torch.tensor([[0], [1]]))
    with pytest.raises(ValueError, match="labels: expected 0 to 2, got 0 to 3"):
        function(torch.zeros(2, 3), torch.tensor([0, 3]))
    with pytest.raises(ValueError, match="labels: expected at least one"):
        function(torch.zeros(0, 3), torch.tensor([]).long())


def test_these_are_the_functions_that_notebook_05_builds() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(5, 4, generator=generator), torch.tensor([0, 3, 1, 1, 2])
    assert_close(softmax(logits), built_in("05", "softmax")(logits))
    both = built_in("05", "stable_softmax")(logits)
    assert_close((softmax(logits), log_softmax(logits)), both)
    for function in (cross_entropy, cross_entropy_gradient):
        assert_close(function(logits, labels), built_in("05", function.__name__)(logits, labels))
    ours, theirs = torch.ones(2, 3), torch.ones(2, 3)
    ours.grad, theirs.grad = torch.full((2, 3), 4.0), torch.full((2, 3), 4.0)
    sgd([ours], lr=0.1, batch_size=2)
    built_in("05", "sgd_step")([theirs], 0.1, 2)
    assert torch.equal(ours, theirs) and torch.equal(ours.grad, theirs.grad)
