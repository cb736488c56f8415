"""The exercises of notebook 02: one picture, many pictures, and what calls make of axes."""

from course_checks.engine import Exercise
from course_checks.notebook_02.axis_errors import AXIS_ERRORS, check_axis_errors
from course_checks.notebook_02.predict_one import PREDICT_ONE, check_predict_one
from course_checks.notebook_02.stack_images import STACK_IMAGES, check_stack_images

__all__ = ["EXERCISES", "check_axis_errors", "check_predict_one", "check_stack_images"]

EXERCISES: tuple[Exercise, ...] = (PREDICT_ONE, STACK_IMAGES, AXIS_ERRORS)
"""The exercises of notebook 02, in order."""
