"""The exercise of notebook 00, which shows how a check answers."""

from course_checks.engine import Exercise
from course_checks.notebook_00.batch_length import BATCH_LENGTH, check_batch_length

__all__ = ["EXERCISES", "check_batch_length"]

EXERCISES: tuple[Exercise, ...] = (BATCH_LENGTH,)
"""The exercises of notebook 00, in order."""
