"""The largest batch by search, and by trial in a rehearsal with a budget."""

from __future__ import annotations

import gc
import random
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from course_utils.memory import (
    CUBLAS_WORKSPACES,
    Trial,
    estimate_training_memory,
    find_batch_size,
    largest_batch_size,
)
from course_utils.memory.search import LARGEST, _last_that_fits
from course_utils.memory.trials import _double_then_halve
from course_utils.models import CNN, MLP

GREY = (1, 28, 28)
MIB = 1024**2


@pytest.mark.parametrize("make", [MLP, CNN])
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
def test_the_largest_size_fits_and_one_more_does_not(make: Any, optimizer: Any) -> None:
    model, capacity = make(), 50 * MIB
    found = largest_batch_size(model, GREY, capacity, optimizer)
    assert estimate_training_memory(model, GREY, found, optimizer).peak <= capacity
    assert estimate_training_memory(model, GREY, found + 1, optimizer).peak > capacity


def test_the_capacity_may_be_met_to_the_byte() -> None:
    capacity = estimate_training_memory(MLP(), GREY, 100).peak
    assert largest_batch_size(MLP(), GREY, capacity) == 100
    assert largest_batch_size(MLP(), GREY, capacity - 1) == 99


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=300), st.integers(0, 5000), st.integers(0, 99)
)
@example([0] * 300, 10, 0)
def test_the_search_is_right_for_all_that_grows(steps: list[int], capacity: int, tail: int) -> None:
    """Memory that grows by jumps, flat stretches included; after the list, by `tail` + 1."""

    def bytes_for(size: int) -> int:
        beyond = max(0, size - len(steps))
        return sum(steps[:size]) + beyond * (tail + 1)

    if bytes_for(1) > capacity:
        return
    found = _last_that_fits(bytes_for, capacity, bytes_for(1))
    assert bytes_for(found) <= capacity < bytes_for(found + 1)


def test_what_needs_nothing_more_per_sample_ends_at_the_limit() -> None:
    assert _last_that_fits(lambda size: 1, 10, 1) == LARGEST


def test_with_a_workspace_the_allocator_s_segments_must_fit_too() -> None:
    model, capacity = CNN(), 512 * MIB
    tensors = largest_batch_size(model, GREY, capacity)
    workspace = CUBLAS_WORKSPACES["hopper"]
    on_card = largest_batch_size(model, GREY, capacity, workspace=workspace)
    assert 0.8 * tensors < on_card < tensors
    expected = estimate_training_memory(model, GREY, on_card).allocator(workspace)
    assert expected.allocated + workspace.nbytes <= capacity


def test_capacities_that_hold_nothing_are_refused_in_a_sentence() -> None:
    smallest = estimate_training_memory(MLP(), GREY, 1).peak
    with pytest.raises(ValueError, match=rf"^capacity_bytes: expected at least {smallest:,} ") as e:
        largest_batch_size(MLP(), GREY, smallest - 1)
    assert "MLP needs to train on a batch of 1" in str(e.value)
    with pytest.raises(ValueError, match=r"^capacity_bytes: the tensors of a batch of 1 fit"):
        largest_batch_size(MLP(), GREY, 2 * MIB, workspace=CUBLAS_WORKSPACES["other"])
    with pytest.raises(ValueError, match=r"^capacity_bytes: expected at least 1, got -5"):
        largest_batch_size(MLP(), GREY, -5)
    with pytest.raises(ValueError, match=r"^capacity_bytes: expected at most 9223372036854775807"):
        largest_batch_size(MLP(), GREY, 10**400)
    with pytest.raises(TypeError, match=r"^capacity_bytes: expected a whole number, got"):
        largest_batch_size(MLP(), GREY, 8e9)  # type: ignore[arg-type]


@pytest.mark.parametrize("budget", [2 * MIB, 5 * MIB + 1])
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
def test_trial_and_estimate_agree_to_the_sample(budget: int, optimizer: Any) -> None:
    model = MLP(64, 32)
    found = find_batch_size(model, (64,), optimizer, budget_bytes=budget)
    assert found == largest_batch_size(model, (64,), budget, optimizer, device="cpu")


def test_each_trial_is_reported_and_the_result_was_run() -> None:
    trials: list[Trial] = []
    found = find_batch_size(
        MLP(64, 32), (64,), start=16, budget_bytes=MIB, on_trial=trials.append
    )  # fmt: skip
    assert [trial.batch_size for trial in trials[:3]] == [16, 32, 64]
    assert {trial.batch_size: trial.fits for trial in trials}[found]
    assert not {trial.batch_size: trial.fits for trial in trials}[found + 1]
    assert all(bool(trial.message) != trial.fits for trial in trials)


@given(limit=st.integers(1, 5000), start=st.integers(1, 5000), largest=st.integers(1, 5000))
def test_doubling_and_halving_end_at_the_last_that_fits(
    limit: int, start: int, largest: int
) -> None:
    tried = []

    def fits(size: int) -> bool:
        tried.append(size)
        return size <= limit

    found = _double_then_halve(fits, min(start, largest), largest)
    assert found == min(limit, largest)
    assert found in tried
    assert len(tried) == len(set(tried))


def test_a_trial_leaves_nothing_behind() -> None:
    model = nn.Sequential(nn.Linear(64, 32), nn.Dropout(), nn.Linear(32, 10)).eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch_state, python_state = torch.get_rng_state(), random.getstate()

    def tensors() -> int:
        gc.collect()
        return sum(issubclass(type(one), Tensor) for one in gc.get_objects())

    find_batch_size(model, (64,), torch.optim.Adam, budget_bytes=MIB // 4)
    count = tensors()
    find_batch_size(model, (64,), torch.optim.Adam, budget_bytes=MIB // 4)
    assert tensors() == count
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module.training for module in model.modules())
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert random.getstate() == python_state


def test_an_error_that_is_no_lack_of_memory_is_not_swallowed() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        find_batch_size(MLP(), (3, 32, 32), budget_bytes=MIB)


@pytest.mark.parametrize("device", ["meta", "mps", "xpu", "cuda:99"])
def test_a_device_on_which_nothing_can_be_tried_is_named(device: str) -> None:
    words = rf'^device: expected "cpu", or "cuda" where there is a GPU, got "{device}"'
    with pytest.raises(ValueError, match=words):
        find_batch_size(MLP(), GREY, device=device)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("budget", [None, MIB])
def test_a_gpu_that_is_not_there_is_named(budget: int | None) -> None:
    with pytest.raises(ValueError, match=r'^device: expected "cpu", or "cuda" where .* got "cuda"'):
        find_batch_size(MLP(), GREY, device="cuda", budget_bytes=budget)


def test_errors_of_a_trial_are_single_sentences() -> None:
    with pytest.raises(
        RuntimeError, match=r"^budget_bytes: not even a batch of 1 fits: out of memory: the "
    ):
        find_batch_size(MLP(), GREY, budget_bytes=1000)
    with pytest.raises(ValueError, match=r"^budget_bytes: expected a number of bytes on the CPU"):
        find_batch_size(MLP(), GREY)
    with pytest.raises(ValueError, match=r"^start: expected at most largest, 4, got 8"):
        find_batch_size(MLP(), GREY, start=8, largest=4, budget_bytes=MIB)
    with pytest.raises(ValueError, match=r"^start: expected at least 1, got 0"):
        find_batch_size(MLP(), GREY, start=0, budget_bytes=MIB)
    with pytest.raises(ValueError, match=r"^budget_bytes: expected at least 1, got 0"):
        find_batch_size(MLP(), GREY, budget_bytes=0)
