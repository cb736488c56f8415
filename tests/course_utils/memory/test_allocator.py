"""The model of CUDA's caching allocator, against its rules and against a simpler one."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.memory import CUBLAS_WORKSPACES, estimate_training_memory
from course_utils.memory.allocator import CachingAllocator, Piece
from course_utils.models import CNN, MLP

KIB, MIB = 1024, 1024**2


@pytest.mark.parametrize(
    ("nbytes", "block", "segment"),
    [
        (1, 512, 2 * MIB),
        (512, 512, 2 * MIB),
        (513, 1024, 2 * MIB),
        (MIB, MIB, 2 * MIB),
        (MIB + 1, MIB + 512, 20 * MIB),
        (10 * MIB - 512, 10 * MIB - 512, 20 * MIB),
        # A segment of its own, and too little left to be worth a cut.
        (10 * MIB, 10 * MIB, 10 * MIB),
        (11 * MIB, 12 * MIB, 12 * MIB),
        (19 * MIB + 512, 20 * MIB, 20 * MIB),
    ],
)
def test_one_request_from_a_fresh_start(nbytes: int, block: int, segment: int) -> None:
    allocator = CachingAllocator()
    allocator.allocate(nbytes)
    assert (allocator.allocated, allocator.reserved) == (block, segment)


def test_small_requests_share_a_segment_and_never_one_of_the_large() -> None:
    allocator = CachingAllocator()
    large = allocator.allocate(5 * MIB)
    for _ in range(4):
        allocator.allocate(512 * KIB)
    assert allocator.reserved == 22 * MIB
    allocator.release(large)
    allocator.allocate(512 * KIB)
    assert allocator.reserved == 24 * MIB


def test_the_smallest_hole_that_is_large_enough_is_taken() -> None:
    allocator = CachingAllocator()
    holes = [allocator.allocate(size * KIB) for size in (300, 100, 200)]
    walls = [allocator.allocate(KIB)]
    allocator.release(holes[0])
    allocator.release(holes[2])
    assert allocator.allocate(150 * KIB).offset == holes[2].offset
    assert walls[0].size == KIB


def test_released_neighbours_become_one() -> None:
    allocator = CachingAllocator()
    blocks = [allocator.allocate(512 * KIB) for _ in range(4)]
    for number in (1, 3, 0, 2):
        allocator.release(blocks[number])
    allocator.allocate(MIB)
    allocator.allocate(MIB)
    assert allocator.reserved == 2 * MIB


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 30 * MIB), st.integers(0, 10**6))))
def test_blocks_never_overlap_and_all_comes_back(requests: list[tuple[bool, int, int]]) -> None:
    allocator = CachingAllocator()
    in_use: list[Piece] = []
    for release, nbytes, which in requests:
        if release and in_use:
            allocator.release(in_use.pop(which % len(in_use)))
        else:
            in_use.append(allocator.allocate(nbytes))
        places = sorted((piece.segment, piece.offset, piece.size) for piece in in_use)
        for (segment, offset, size), (next_segment, next_offset, _) in pairwise(places):
            assert segment < next_segment or offset + size <= next_offset
        assert allocator.allocated == sum(piece.size for piece in in_use) <= allocator.reserved
    for piece in in_use:
        allocator.release(piece)
    assert allocator.allocated == 0
    # Each segment is one free piece again.
    free = [piece for pool in allocator._free.values() for piece in pool]
    assert len(free) == len({piece.segment for piece in free})
    assert sum(piece.size for piece in free) == allocator.reserved


def test_an_estimate_is_replayed_in_blocks_and_segments() -> None:
    estimate = estimate_training_memory(MLP(), (1, 28, 28), 64)
    expected = estimate.allocator()
    assert expected.requested == estimate.peak
    # By hand: what is in use at the peak, each storage in blocks of 512 bytes.
    weights, biases = 784 * 128 * 4 + 10 * 128 * 4, 512 + 512
    batch = 64 * 784 * 4 + 512
    by_hand = 2 * (weights + biases) + batch + 64 * 128 * 4 + 64 * 10 * 4 + 512 + 512
    assert expected.allocated == by_hand
    assert expected.reserved == 2 * MIB
    assert expected.workspace == CUBLAS_WORKSPACES["other"]
    assert "not measured" in repr(expected)


def test_allocated_and_reserved_are_never_below_what_tensors_ask_for() -> None:
    estimate = estimate_training_memory(CNN(), (1, 28, 28), 100, torch.optim.Adam)
    expected = estimate.allocator()
    assert estimate.peak <= expected.allocated <= expected.reserved
    assert expected.allocated < 1.1 * estimate.peak
