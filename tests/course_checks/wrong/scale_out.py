"""Wrong answers to exercise 10.3 as students write them."""

from __future__ import annotations

import math
from typing import Any


def scale_per_process(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    return batch_size, math.ceil(num_samples / batch_size), lr * world_size


def scale_shared(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    return batch_size // world_size, math.ceil(num_samples / batch_size), lr * world_size


def scale_steps_alone(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    return batch_size * world_size, math.ceil(num_samples / batch_size), lr * world_size


def scale_floor(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    total = batch_size * world_size
    return total, num_samples // total, lr * world_size


def scale_plus_one(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    total = batch_size * world_size
    return total, num_samples // total + 1, lr * world_size


def scale_fraction(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    total = batch_size * world_size
    return total, num_samples / total, lr * world_size


def scale_same_rate(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    total = batch_size * world_size
    return total, math.ceil(num_samples / total), lr


def scale_smaller_rate(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    total = batch_size * world_size
    return total, math.ceil(num_samples / total), lr / world_size


def scale_root(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    total = batch_size * world_size
    return total, math.ceil(num_samples / total), lr * math.sqrt(world_size)


def scale_by_batch(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    total = batch_size * world_size
    return total, math.ceil(num_samples / total), lr * total


def scale_swapped(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    total = batch_size * world_size
    return math.ceil(num_samples / total), total, lr * world_size


def scale_rounded(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    total = batch_size * world_size
    return total, round(num_samples / total), lr * world_size


def scale_float_steps(num_samples: int, batch_size: int, lr: float, world_size: int) -> Any:
    total = batch_size * world_size
    return total, float(math.ceil(num_samples / total)), lr * world_size


WRONG: list[tuple[Any, str | None]] = [
    (scale_per_process, "batch of one process"),
    (scale_shared, "batch shared out"),
    (scale_steps_alone, "steps of one process"),
    (scale_floor, "floor"),
    (scale_plus_one, "one step too many"),
    (scale_fraction, "fraction of a step"),
    (scale_same_rate, "learning rate unchanged"),
    (scale_smaller_rate, "learning rate made smaller"),
    (scale_root, "square root"),
    (scale_by_batch, "learning rate times the batch"),
    (scale_swapped, "order"),
    (scale_rounded, "rounds to the nearest"),
    (scale_float_steps, None),
]
