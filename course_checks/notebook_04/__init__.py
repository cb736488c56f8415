"""The exercises of notebook 04: correct predictions, over a loader and among the top k."""

from course_checks.engine import Exercise
from course_checks.notebook_04.get_num_correct import (
    GET_NUM_CORRECT,
    check_get_num_correct,
)
from course_checks.notebook_04.loader_accuracy import (
    LOADER_ACCURACY,
    check_loader_accuracy,
)
from course_checks.notebook_04.topk_correct import TOPK_CORRECT, check_topk_correct

__all__ = ["EXERCISES", "check_get_num_correct", "check_loader_accuracy", "check_topk_correct"]

EXERCISES: tuple[Exercise, ...] = (GET_NUM_CORRECT, LOADER_ACCURACY, TOPK_CORRECT)
"""The exercises of notebook 04, in order."""
