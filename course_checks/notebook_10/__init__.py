"""The exercises of notebook 10: shares of the samples, gradients over ranks, larger worlds."""

from __future__ import annotations

from course_checks.engine import Exercise
from course_checks.notebook_10.average_gradients import AVERAGE_GRADIENTS
from course_checks.notebook_10.scale_out import SCALE_OUT
from course_checks.notebook_10.shard_indices import SHARD_INDICES
from course_checks.result import CheckResult

__all__ = [
    "EXERCISES",
    "check_average_gradients",
    "check_scale_out",
    "check_shard_indices",
]


def check_shard_indices(answer: object) -> CheckResult:
    """Check exercise 10.1: `shard_indices(num_samples, rank, world_size)`, a list of ints."""
    return SHARD_INDICES.check(answer)


def check_average_gradients(answer: object) -> CheckResult:
    """Check exercise 10.2: `average_gradients(gradients)`, for each rank a list of tensors."""
    return AVERAGE_GRADIENTS.check(answer)


def check_scale_out(answer: object) -> CheckResult:
    """Check exercise 10.3: `scale_out(num_samples, batch_size, learning_rate, world_size)`."""
    return SCALE_OUT.check(answer)


EXERCISES: tuple[Exercise, ...] = (SHARD_INDICES, AVERAGE_GRADIENTS, SCALE_OUT)
