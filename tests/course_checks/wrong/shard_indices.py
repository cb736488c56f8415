"""Wrong answers to exercise 10.1 as students write them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.utils.data import DistributedSampler


def shard_stride(num_samples: int, rank: int, world_size: int) -> list[int]:
    return [i for i in range(num_samples) if i % world_size == rank]


def shard_floor(num_samples: int, rank: int, world_size: int) -> list[int]:
    per_rank = num_samples // world_size
    return [rank + i * world_size for i in range(per_rank)]


def shard_chunk(num_samples: int, rank: int, world_size: int) -> list[int]:
    return torch.arange(num_samples).chunk(world_size)[rank].tolist()


def shard_slice(num_samples: int, rank: int, world_size: int) -> list[int]:
    size = num_samples // world_size
    return list(range(num_samples))[rank * size : rank * size + size]


def shard_last_takes_rest(num_samples: int, rank: int, world_size: int) -> list[int]:
    size = num_samples // world_size
    start = rank * size
    stop = start + size if rank < world_size - 1 else num_samples
    return list(range(start, stop))


def shard_sliding(num_samples: int, rank: int, world_size: int) -> list[int]:
    size = math.ceil(num_samples / world_size)
    return [(rank + i) % num_samples for i in range(size)]


def shard_everything(num_samples: int, rank: int, world_size: int) -> list[int]:
    return list(range(num_samples))


def shard_no_rank(num_samples: int, rank: int, world_size: int) -> list[int]:
    return list(range(0, num_samples, world_size))


def shard_too_far(num_samples: int, rank: int, world_size: int) -> list[int]:
    size = math.ceil(num_samples / world_size)
    return [rank + i * world_size for i in range(size)]


def shard_repeats_last(num_samples: int, rank: int, world_size: int) -> list[int]:
    indices = list(range(rank, num_samples, world_size))
    while len(indices) < math.ceil(num_samples / world_size):
        indices.append(indices[-1])
    return indices


def shard_pads_zero(num_samples: int, rank: int, world_size: int) -> list[int]:
    indices = list(range(num_samples))
    while len(indices) % world_size:
        indices.append(0)
    return indices[rank::world_size]


def shard_pads_none(num_samples: int, rank: int, world_size: int) -> list[int]:
    indices = list(range(num_samples))
    indices += [-1] * (-num_samples % world_size)
    return indices[rank::world_size]


def shard_always_pads(num_samples: int, rank: int, world_size: int) -> list[int]:
    indices = list(range(num_samples))
    indices += indices[: world_size - num_samples % world_size]
    return indices[rank::world_size]


def shard_from_one(num_samples: int, rank: int, world_size: int) -> list[int]:
    size = math.ceil(num_samples / world_size)
    return [(rank + 1 + i * world_size) % num_samples for i in range(size)]


def shard_shuffled(num_samples: int, rank: int, world_size: int) -> list[int]:
    sampler: Any = DistributedSampler(range(num_samples), world_size, rank)  # type: ignore[arg-type]
    return list(sampler)


WRONG: list[tuple[Any, str | None]] = [
    (shard_stride, "unequal lengths"),
    (shard_floor, "drops the rest"),
    (shard_chunk, None),  # raises where chunk makes fewer parts than asked for
    (shard_slice, "drops the rest"),
    (shard_last_takes_rest, "unequal lengths"),
    (shard_sliding, "overlap"),
    (shard_everything, "the whole set for everyone"),
    (shard_no_rank, "rank ignored"),
    (shard_too_far, "beyond the end"),
    (shard_repeats_last, "filled with its own"),
    (shard_pads_zero, "filled with the first of all"),
    (shard_pads_none, "filled with no sample"),
    (shard_always_pads, None),
    (shard_from_one, "ranks counted from 1"),
    (shard_shuffled, None),
]
