"""Answers to exercises of notebook 10: unusual right ones, and wrong ones by students."""

from __future__ import annotations

import math
from itertools import cycle, islice
from typing import Any

import numpy as np
import torch
from torch.utils.data import DistributedSampler

from course_checks.declared import instead, replaced

# mypy: disable-error-code="no-untyped-def, arg-type"

# 10.1


def _shard_from_a_cycle(num_samples, rank, world_size):
    length = math.ceil(num_samples / world_size)
    return list(islice(cycle(range(num_samples)), rank, length * world_size, world_size))


def _shard_with_the_sampler(num_samples, rank, world_size):
    return list(DistributedSampler(range(num_samples), world_size, rank, shuffle=False))


def _shard_as_tensor(num_samples, rank, world_size):
    length = -(-num_samples // world_size)
    return (rank + world_size * torch.arange(length)) % num_samples


def _shard_as_blocks(num_samples, rank, world_size):
    length = -(-num_samples // world_size)
    return np.arange(rank * length, (rank + 1) * length) % num_samples


def _shard_repeating_its_last(num_samples, rank, world_size):
    indices = list(range(rank, num_samples, world_size))
    while len(indices) < math.ceil(num_samples / world_size):
        indices.append(indices[-1])
    return indices


def _shard_always_padded(num_samples, rank, world_size):
    indices = list(range(num_samples))
    indices += indices[: world_size - num_samples % world_size]
    return indices[rank::world_size]


# 10.2


def _average_with_loops(gradients):
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


def _average_with_numpy(gradients):
    means = [
        torch.from_numpy(np.asarray(np.mean([tensor.numpy() for tensor in tensors], axis=0)))
        for tensors in zip(*gradients, strict=True)
    ]
    return tuple(means for _ in gradients)


def _average_by_sending_round(gradients):
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


def _average_for_the_first(gradients):
    result = [list(rank) for rank in gradients]
    for i in range(len(gradients[0])):
        result[0][i] = sum(rank[i] for rank in gradients) / len(gradients)
    return result


def _average_in_place(gradients):
    """Right values, and the caller's tensors are gone."""
    for tensors in zip(*gradients, strict=True):
        mean = torch.stack(tensors).mean(dim=0)
        for tensor in tensors:
            tensor.copy_(mean)
    return gradients


# 10.3


def _scale_by_listing(num_samples, batch_size, rate, world_size):
    per_step = sum(batch_size for _ in range(world_size))
    return per_step, len(range(0, num_samples, per_step)), sum([rate] * world_size)


def _scale_with_ceil(num_samples, batch_size, rate, world_size):
    total = world_size * batch_size
    return [total, math.ceil(num_samples / total), rate * total / batch_size]


def _scale_with_numpy(num_samples, batch_size, rate, world_size):
    total = np.multiply(batch_size, world_size)
    return total, np.int64(np.ceil(num_samples / total)), np.float64(rate) * world_size


RIGHT: dict[str, list[Any]] = {
    "10.1": [_shard_from_a_cycle, _shard_with_the_sampler, _shard_as_tensor],
    "10.2": [_average_with_loops, _average_with_numpy, _average_by_sending_round],
    "10.3": [_scale_by_listing, _scale_with_ceil, _scale_with_numpy],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "10.1": [
        (_shard_as_blocks, "cut into blocks"),
        (lambda n, rank, world: [i for i in range(n) if i % world == rank], "unequal lengths"),
        (lambda n, rank, world: list(range(0, n, world)), "rank ignored"),
        (_shard_repeating_its_last, "filled with its own"),
        (
            lambda n, rank, world: (list(range(n)) + [0] * (-n % world))[rank::world],
            "filled with the first of all",
        ),
        (
            lambda n, rank, world: (list(range(n)) + [-1] * (-n % world))[rank::world],
            "filled with no sample",
        ),
        # It raises where `chunk` makes fewer parts than asked for.
        (lambda n, rank, world: torch.arange(n).chunk(world)[rank].tolist(), None),
        (_shard_always_padded, None),
        (lambda n, rank, world: list(DistributedSampler(range(n), world, rank)), None),  # shuffled
    ],
    "10.2": [
        (_average_for_the_first, "only rank 0"),
        (replaced("mean.clone()", "mean.mean().item()"), None),
        (_average_in_place, None),
        (
            instead(
                "return torch.stack([torch.stack(rank) for rank in gradients]).mean(dim=0)",
            ),
            None,
        ),
    ],
    "10.3": [
        (replaced("return global_batch", "return batch_size"), "batch of one process"),
        (
            lambda n, batch, rate, world: (batch // world, math.ceil(n / batch), rate),
            "batch shared out",
        ),
        (replaced("steps, learning_rate", "float(steps), learning_rate"), None),
    ],
}
