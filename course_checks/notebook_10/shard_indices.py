"""Exercise 10.1 of notebook 10: which samples a rank takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Variant
from course_checks.forms import in_forms

Shard = Callable[[int, int, int], Any]


def shard_indices(num_samples: int, rank: int, world_size: int) -> list[int]:
    """The right answer."""
    length = -(-num_samples // world_size)
    return [(rank + turn * world_size) % num_samples for turn in range(length)]


def _sizes(generator: Generator) -> Iterator[tuple[int, int]]:
    yield from ((5, 2), (4, 2), (7, 3), (8, 1), (10, 4))
    for _ in range(3):
        num_samples = int(torch.randint(30, 90, (1,), generator=generator))
        yield num_samples, int(torch.randint(2, 9, (1,), generator=generator))
    yield from ((2, 5), (1, 3))


def _of_all_ranks(answer: Any, num_samples: int, world_size: int) -> dict[str, Any]:
    """The shards side by side, so that an overlap or a gap can be seen."""
    shards = {}
    for rank in range(world_size):
        shard = answer(num_samples, rank, world_size)
        if isinstance(shard, range):
            shard = list(shard)
        elif isinstance(shard, Tensor | np.ndarray) and shard.ndim == 1:
            shard = shard.tolist()
        shards[f"rank {rank}"] = shard
    return shards


def _length(num_samples: int, world_size: int) -> int:
    return -(-num_samples // world_size)


def _dealt(num_samples: int, rank: int, world_size: int) -> list[int]:
    return list(range(rank, num_samples, world_size))


def _block(num_samples: int, rank: int, world_size: int) -> list[int]:
    length = _length(num_samples, world_size)
    return [i % num_samples for i in range(rank * length, (rank + 1) * length)]


def _short_block(num_samples: int, rank: int, world_size: int) -> list[int]:
    length = num_samples // world_size
    return list(range(rank * length, (rank + 1) * length))


def _cut_block(num_samples: int, rank: int, world_size: int) -> list[int]:
    length = _length(num_samples, world_size)
    return list(range(num_samples))[rank * length : (rank + 1) * length]


def _rest_to_last(num_samples: int, rank: int, world_size: int) -> list[int]:
    length = num_samples // world_size
    end = num_samples if rank == world_size - 1 else (rank + 1) * length
    return list(range(rank * length, end))


def _filled_with(fill: Callable[[list[int]], int]) -> Shard:
    def shard(num_samples: int, rank: int, world_size: int) -> list[int]:
        own = _dealt(num_samples, rank, world_size)
        missing = _length(num_samples, world_size) - len(own)
        return own + [fill(own)] * missing

    return shard


def _beyond(num_samples: int, rank: int, world_size: int) -> list[int]:
    return list(range(rank, _length(num_samples, world_size) * world_size, world_size))


def _block_beyond(num_samples: int, rank: int, world_size: int) -> list[int]:
    length = _length(num_samples, world_size)
    return list(range(rank * length, (rank + 1) * length))


def _one_lap(num_samples: int, rank: int, world_size: int) -> list[int]:
    deck = list(range(num_samples))
    return (deck + deck[: -num_samples % world_size])[rank::world_size]


def _one_lap_by_place(num_samples: int, rank: int, world_size: int) -> list[int]:
    own, dealt_last = _dealt(num_samples, rank, world_size), num_samples % world_size
    return own if len(own) == _length(num_samples, world_size) else [*own, rank - dealt_last]


def _round_added(num_samples: int, rank: int, world_size: int) -> list[int]:
    rounds = num_samples // world_size + 1
    return [(rank + turn * world_size) % num_samples for turn in range(rounds)]


SHARD_INDICES = Exercise(
    number="10.1",
    name="shard_indices",
    reference=shard_indices,
    cases=_sizes,
    observe=_of_all_ranks,
    variants=(
        Variant(
            _block,
            "You cut blocks where the task deals out: with a shuffled order, that is as good.",
        ),
    ),
    mistakes=(
        *in_forms(
            "unequal lengths",
            "The ranks get different numbers of samples. What does a rank do in all_reduce when "
            "the others have no batch left?",
            _dealt,
            _cut_block,
            _rest_to_last,
        ),
        *in_forms(
            "drops the rest",
            "All lists are equally long, but some samples are in none of them. Who trains on the "
            "last ones?",
            lambda n, rank, world: list(range(rank, n - n % world, world)),
            _short_block,
        ),
        *in_forms(
            "overlap",
            "Samples are in several lists although others could have filled the places. How far "
            "apart must a rank's samples lie, so that each other rank finds its own between them?",
            lambda n, rank, world: [(rank + turn) % n for turn in range(_length(n, world))],
            lambda n, rank, world: list(range(rank, rank + _length(n, world))),
            lambda n, rank, world: list(range(rank, n)),
        ),
        *in_forms(
            "the whole set for everyone",
            "Every rank gets all samples. How much sooner would an epoch end then?",
            lambda n, rank, world: list(range(n)),
            lambda n, rank, world: [(rank + turn) % n for turn in range(n)],
        ),
        *in_forms(
            "rank ignored",
            "All ranks get the same list. Which argument tells them apart?",
            lambda n, rank, world: [turn * world % n for turn in range(_length(n, world))],
            lambda n, rank, world: list(range(0, n, world)),
            lambda n, rank, world: list(range(_length(n, world))),
        ),
        *in_forms(
            "beyond the end",
            "Some indices are not below num_samples. Which sample comes after the last one?",
            _beyond,
            _block_beyond,
        ),
        *in_forms(
            "one lap",
            "Right as long as the samples outnumber the places left over. With 2 samples and 5 "
            "ranks, what follows when the deck has been dealt a second time?",
            _one_lap,
            _one_lap_by_place,
        ),
        *in_forms(
            "one round too many",
            "Where the samples share out evenly, every rank has one more than it needs. How many "
            "rounds are there then?",
            _round_added,
        ),
        *in_forms(
            "filled with its own",
            "The places left over are filled with a sample that the rank has already. Where does "
            "the dealing go on after the last sample?",
            _filled_with(lambda own: own[-1]),
            _filled_with(lambda own: own[0]),
        ),
        *in_forms(
            "filled with the first of all",
            "Every place left over is filled with sample 0. Which ones come when several places "
            "are left over?",
            _filled_with(lambda own: 0),
        ),
        *in_forms(
            "filled with no sample",
            "The places left over hold something that is no index from 0 on. What would the "
            "data set return for it?",
            _filled_with(lambda own: -1),
        ),
        *in_forms(
            "ranks counted from 1",
            "Every list is that of the rank after it. What is the number of the first rank?",
            lambda n, rank, world: shard_indices(n, rank + 1, world),
            lambda n, rank, world: shard_indices(n, rank - 1, world),
        ),
    ),
)
