"""The exercises of notebook 08: bytes of tensors, of a training run, and of a card."""

from course_checks.notebook_08.activation_bytes import (
    ACTIVATION_BYTES,
    check_activation_bytes,
)
from course_checks.notebook_08.fixed_bytes import FIXED_BYTES, check_fixed_bytes
from course_checks.notebook_08.tensor_bytes import TENSOR_BYTES, check_tensor_bytes
from course_checks.notebook_08.will_it_fit import WILL_IT_FIT, check_will_it_fit

EXERCISES = (TENSOR_BYTES, FIXED_BYTES, ACTIVATION_BYTES, WILL_IT_FIT)

__all__ = [
    "EXERCISES",
    "check_activation_bytes",
    "check_fixed_bytes",
    "check_tensor_bytes",
    "check_will_it_fit",
]
