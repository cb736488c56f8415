"""The exercises of notebook 05: softmax, its loss, the gradient, a step, and running sums."""

from course_checks.engine import Exercise
from course_checks.notebook_05.accumulator import ACCUMULATOR, check_accumulator
from course_checks.notebook_05.cross_entropy import CROSS_ENTROPY, check_cross_entropy
from course_checks.notebook_05.cross_entropy_gradient import (
    CROSS_ENTROPY_GRADIENT,
    check_cross_entropy_gradient,
)
from course_checks.notebook_05.sgd_step import SGD_STEP, check_sgd_step
from course_checks.notebook_05.softmax import SOFTMAX, check_softmax
from course_checks.notebook_05.stable_softmax import (
    STABLE_SOFTMAX,
    check_stable_softmax,
)

EXERCISES: tuple[Exercise, ...] = (
    SOFTMAX,
    STABLE_SOFTMAX,
    CROSS_ENTROPY,
    CROSS_ENTROPY_GRADIENT,
    SGD_STEP,
    ACCUMULATOR,
)

__all__ = [
    "EXERCISES",
    "check_accumulator",
    "check_cross_entropy",
    "check_cross_entropy_gradient",
    "check_sgd_step",
    "check_softmax",
    "check_stable_softmax",
]
