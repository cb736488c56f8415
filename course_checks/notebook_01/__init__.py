"""The exercises of notebook 01: shapes, pictures, broadcasting."""

from course_checks.engine import Exercise
from course_checks.notebook_01.channel_statistics import (
    CHANNEL_STATISTICS,
    check_channel_statistics,
)
from course_checks.notebook_01.flatten_batch import FLATTEN_BATCH, check_flatten_batch
from course_checks.notebook_01.picture_to_tensor import (
    PICTURE_TO_TENSOR,
    check_picture_to_tensor,
)
from course_checks.notebook_01.undo_normalize import UNDO_NORMALIZE, check_undo_normalize

__all__ = [
    "EXERCISES",
    "check_channel_statistics",
    "check_flatten_batch",
    "check_picture_to_tensor",
    "check_undo_normalize",
]

EXERCISES: tuple[Exercise, ...] = (
    FLATTEN_BATCH,
    PICTURE_TO_TENSOR,
    UNDO_NORMALIZE,
    CHANNEL_STATISTICS,
)
"""The exercises of notebook 01, in order."""
