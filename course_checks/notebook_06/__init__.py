"""The exercises of notebook 06: sizes, parameters and sums of a convolution."""

from course_checks.notebook_06.convolve import CONVOLVE, check_convolve
from course_checks.notebook_06.count_parameters import (
    COUNT_PARAMETERS,
    check_count_parameters,
)
from course_checks.notebook_06.flat_features import FLAT_FEATURES, check_flat_features
from course_checks.notebook_06.output_size import OUTPUT_SIZE, check_output_size

EXERCISES = (OUTPUT_SIZE, COUNT_PARAMETERS, CONVOLVE, FLAT_FEATURES)

__all__ = [
    "EXERCISES",
    "check_convolve",
    "check_count_parameters",
    "check_flat_features",
    "check_output_size",
]
