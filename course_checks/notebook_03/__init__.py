"""The exercises of notebook 03: data sets, batches of unequal pictures, repeatable shuffles."""

from course_checks.engine import Exercise
from course_checks.notebook_03.count_batches import COUNT_BATCHES, check_count_batches
from course_checks.notebook_03.pad_collate import PAD_COLLATE, check_pad_collate
from course_checks.notebook_03.picture_dataset import (
    PICTURE_DATASET,
    check_picture_dataset,
)
from course_checks.notebook_03.shuffled_loader import (
    SHUFFLED_LOADER,
    check_shuffled_loader,
)

__all__ = [
    "EXERCISES",
    "check_count_batches",
    "check_pad_collate",
    "check_picture_dataset",
    "check_shuffled_loader",
]

EXERCISES: tuple[Exercise, ...] = (COUNT_BATCHES, PICTURE_DATASET, PAD_COLLATE, SHUFFLED_LOADER)
"""The exercises of notebook 03, in order."""
