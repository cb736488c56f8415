"""The largest batch by search, and by trial in a rehearsal with a budget."""

from __future__ import annotations

import gc
import random
from typing import Any

import pytest
import torch
import torchvision
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from course_utils.memory import (
    Trial,
    estimate_training_memory,
    find_batch_size,
    largest_batch_size,
)
from course_utils.memory.search import LARGEST, _double_then_halve, _last_that_fits
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
    found = _last_that_fits(bytes_for, capacity, (1, bytes_for(1)))
    assert bytes_for(found) <= capacity < bytes_for(found + 1)


def test_what_needs_nothing_more_per_sample_ends_at_the_limit() -> None:
    assert _last_that_fits(lambda size: 1, 10, (1, 1)) == LARGEST


def test_a_capacity_that_holds_no_batch_is_refused_with_what_it_takes() -> None:
    smallest = estimate_training_memory(MLP(), GREY, 1).peak
    words = (
        rf"^capacity_bytes: expected at least {smallest:,} .* MLP needs to train on a batch of 1"
    )
    with pytest.raises(ValueError, match=words):
        largest_batch_size(MLP(), GREY, smallest - 1)


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
def test_trial_and_estimate_agree_to_the_sample(optimizer: Any) -> None:
    model, budget = MLP(64, 32), 5 * MIB + 1
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


def test_errors_of_a_trial_are_single_sentences() -> None:
    with pytest.raises(
        RuntimeError, match=r"^budget_bytes: not even a batch of 1 fits: out of memory: the "
    ):
        find_batch_size(MLP(), GREY, budget_bytes=1000)
    with pytest.raises(ValueError, match=r"^budget_bytes: expected a number of bytes on the CPU"):
        find_batch_size(MLP(), GREY)
    with pytest.raises(ValueError, match=r"^start: expected at most largest, 4, got 8"):
        find_batch_size(MLP(), GREY, start=8, largest=4, budget_bytes=MIB)
    with pytest.raises(ValueError, match=r'^device: expected "cuda", or any with budget_bytes'):
        find_batch_size(MLP(), GREY, device="mps")


def normed() -> nn.Module:
    """BatchNorm over one value a channel, which a batch of one does not have."""
    return nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.Linear(32, 4))


@pytest.mark.parametrize("start", [1, 2, 16])
def test_the_search_begins_at_the_smallest_batch_that_runs(start: int) -> None:
    found = find_batch_size(normed(), (64,), start=start, budget_bytes=MIB)
    computed = largest_batch_size(normed(), (64,), MIB, device="cpu")
    assert abs(found - computed) <= 1
    with pytest.raises(RuntimeError, match=r"not even a batch of [12] fits"):
        find_batch_size(normed(), (64,), start=start, budget_bytes=1000)


def test_a_capacity_below_a_batch_of_two_says_so() -> None:
    with pytest.raises(ValueError, match="to train on a batch of 2"):
        largest_batch_size(normed(), (64,), 1000)


def test_resnet18_on_small_pictures_has_a_largest_batch() -> None:
    """Its last BatchNorms see one value a channel of a picture of 32 x 32."""
    model = torchvision.models.resnet18(num_classes=10)
    assert largest_batch_size(model, (3, 32, 32), 2 * 1024**3) > 100
