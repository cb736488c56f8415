"""The exercises of notebook 09: the largest batch, gradient accumulation, another batch size."""

from __future__ import annotations

from course_checks.engine import Exercise
from course_checks.notebook_09.accumulate import ACCUMULATE
from course_checks.notebook_09.largest_batch import LARGEST_BATCH
from course_checks.notebook_09.rescale import RESCALE
from course_checks.result import CheckResult

__all__ = ["EXERCISES", "check_accumulate", "check_largest_batch", "check_rescale"]


def check_largest_batch(answer: object) -> CheckResult:
    """Check exercise 9.1: `largest_batch(first, second, capacity, share)`, an int."""
    return LARGEST_BATCH.check(answer)


def check_accumulate(answer: object) -> CheckResult:
    """Check exercise 9.2: `accumulate(model, batches, optimizer, group_size)`, the steps."""
    return ACCUMULATE.check(answer)


def check_rescale(answer: object) -> CheckResult:
    """Check exercise 9.3: `rescale(num_samples, batch_size, learning_rate, new_batch_size)`."""
    return RESCALE.check(answer)


EXERCISES: tuple[Exercise, ...] = (LARGEST_BATCH, ACCUMULATE, RESCALE)
