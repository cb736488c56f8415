"""No sample is lost or repeated, and the order depends on seed and epoch alone."""

from __future__ import annotations

from itertools import chain

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.training.sampling import GlobalBatchSampler, epoch_order

SIZES = {
    "num_samples": st.integers(1, 60),
    "batch_size": st.integers(1, 20),
    "world_size": st.integers(1, 6),
    "seed": st.integers(0, 2**32 - 1),
    "epoch": st.integers(1, 50),
}


@settings(max_examples=100, deadline=None)
@given(**SIZES)
def test_every_sample_comes_once_in_the_same_global_batches(
    num_samples: int, batch_size: int, world_size: int, seed: int, epoch: int
) -> None:
    def batches(rank: int, world_size: int) -> list[list[int]]:
        sampler = GlobalBatchSampler(num_samples, batch_size, seed, rank, world_size)
        sampler.set_epoch(epoch)
        assert len(sampler) == sampler.num_batches
        return list(sampler)

    alone = batches(0, 1)
    assert sorted(chain(*alone)) == list(range(num_samples))
    counts = GlobalBatchSampler(num_samples, batch_size)
    assert [counts.size_of(number) for number in range(len(alone))] == list(map(len, alone))
    shares = [batches(rank, world_size) for rank in range(world_size)]
    for whole, *parts in zip(alone, *shares, strict=True):
        assert sorted(chain(*parts)) == sorted(whole)
        sizes = [len(part) for part in parts]
        assert max(sizes) - min(sizes) <= 1


@settings(max_examples=50, deadline=None)
@given(**SIZES, data=st.data())
def test_going_on_in_the_middle_gives_the_rest_of_the_same_epoch(
    num_samples: int, batch_size: int, world_size: int, seed: int, epoch: int, data: st.DataObject
) -> None:
    sampler = GlobalBatchSampler(num_samples, batch_size, seed, world_size - 1, world_size)
    first = data.draw(st.integers(0, sampler.num_batches))
    sampler.set_epoch(epoch)
    whole = list(sampler)
    sampler.set_epoch(epoch, first)
    assert list(sampler) == whole[first:]
    assert len(sampler) == len(whole) - first


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    """Also where seed + epoch is the same, and where seeds differ beyond 16 bits only."""
    orders = {
        tuple(epoch_order(50, seed, epoch).tolist())
        for seed in (0, 1, 2, 2**16, 2**31)
        for epoch in (1, 2, 3)
    }
    assert len(orders) == 15
    assert torch.equal(epoch_order(50, 3, 4), epoch_order(50, 3, 4))


def test_the_global_random_state_is_left_alone() -> None:
    before = torch.get_rng_state()
    list(GlobalBatchSampler(50, 8, seed=1))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_rank_outside_the_group_is_named() -> None:
    with pytest.raises(ValueError, match="rank: expected 0 to 1, got 2"):
        GlobalBatchSampler(10, 2, rank=2, world_size=2)
