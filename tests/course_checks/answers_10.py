"""Right but unusual answers to the exercises of notebook 10, and the wrong ones by exercise."""

from __future__ import annotations

import math
from itertools import cycle, islice
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DistributedSampler

from tests.course_checks.wrong import average_gradients, scale_out, shard_indices

Gradients = list[list[Tensor]]

# 10.1


def _shard_from_a_cycle(num_samples: int, rank: int, world_size: int) -> list[int]:
    length = math.ceil(num_samples / world_size)
    return list(islice(cycle(range(num_samples)), rank, length * world_size, world_size))


def _shard_with_the_sampler(num_samples: int, rank: int, world_size: int) -> list[int]:
    data: Any = range(num_samples)
    return list(DistributedSampler(data, world_size, rank, shuffle=False))


def _shard_as_tensor(num_samples: int, rank: int, world_size: int) -> Tensor:
    length = -(-num_samples // world_size)
    return (rank + world_size * torch.arange(length)) % num_samples


def _shard_as_blocks(num_samples: int, rank: int, world_size: int) -> Any:
    length = -(-num_samples // world_size)
    return np.arange(rank * length, (rank + 1) * length) % num_samples


# 10.2


def _average_with_loops(gradients: Gradients) -> Gradients:
    result = []
    for _ in gradients:
        averages = []
        for i in range(len(gradients[0])):
            total = torch.zeros_like(gradients[0][i])
            for rank in gradients:
                total = total + rank[i] / len(gradients)
            averages.append(total)
        result.append(averages)
    return result


def _average_with_numpy(gradients: Gradients) -> Any:
    means = [
        torch.from_numpy(np.asarray(np.mean([tensor.numpy() for tensor in tensors], axis=0)))
        for tensors in zip(*gradients, strict=True)
    ]
    return tuple(means for _ in gradients)


def _average_by_sending_round(gradients: Gradients) -> Gradients:
    """A ring: each rank adds what its neighbour passes on."""
    held = [list(rank) for rank in gradients]
    totals = [list(rank) for rank in gradients]
    for _ in range(len(gradients) - 1):
        held = [held[rank - 1] for rank in range(len(held))]
        totals = [
            [total + part for total, part in zip(own, come, strict=True)]
            for own, come in zip(totals, held, strict=True)
        ]
    return [[total / len(gradients) for total in rank] for rank in totals]


# 10.3


def _scale_by_listing(num_samples: int, batch_size: int, rate: float, world_size: int) -> Any:
    per_step = sum(batch_size for _ in range(world_size))
    return per_step, len(range(0, num_samples, per_step)), sum([rate] * world_size)


def _scale_with_ceil(num_samples: int, batch_size: int, rate: float, world_size: int) -> Any:
    total = world_size * batch_size
    return [total, math.ceil(num_samples / total), rate * total / batch_size]


def _scale_with_numpy(num_samples: int, batch_size: int, rate: float, world_size: int) -> Any:
    total = np.multiply(batch_size, world_size)
    return total, np.int64(np.ceil(num_samples / total)), np.float64(rate) * world_size


RIGHT: dict[str, list[Any]] = {
    "10.1": [_shard_from_a_cycle, _shard_with_the_sampler, _shard_as_tensor, _shard_as_blocks],
    "10.2": [_average_with_loops, _average_with_numpy, _average_by_sending_round],
    "10.3": [_scale_by_listing, _scale_with_ceil, _scale_with_numpy],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "10.1": shard_indices.WRONG,
    "10.2": average_gradients.WRONG,
    "10.3": scale_out.WRONG,
}
