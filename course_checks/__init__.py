"""The checks of the exercises, one module per notebook, and the engine that runs them.

A check is called as the last line of an exercise's cell: `check_flatten_batch(flatten_batch)`.
"""

from course_checks.notebook_00 import check_batch_length
from course_checks.notebook_01 import (
    check_channel_statistics,
    check_flatten_batch,
    check_picture_to_tensor,
    check_undo_normalize,
)
from course_checks.notebook_02 import (
    check_axis_errors,
    check_predict_one,
    check_stack_images,
)
from course_checks.notebook_03 import (
    check_count_batches,
    check_pad_collate,
    check_picture_dataset,
    check_shuffled_loader,
)
from course_checks.notebook_04 import (
    check_get_num_correct,
    check_loader_accuracy,
    check_topk_correct,
)
from course_checks.notebook_05 import (
    check_accumulator,
    check_cross_entropy,
    check_cross_entropy_gradient,
    check_sgd_step,
    check_softmax,
    check_stable_softmax,
)
from course_checks.notebook_06 import (
    check_convolve,
    check_count_parameters,
    check_flat_features,
    check_output_size,
)
from course_checks.notebook_07 import (
    check_evaluate,
    check_find_the_bug,
    check_train_step,
)
from course_checks.notebook_08 import (
    check_activation_bytes,
    check_fixed_bytes,
    check_tensor_bytes,
    check_will_it_fit,
)
from course_checks.notebook_09 import (
    check_accumulate,
    check_largest_batch,
    check_rescale,
)
from course_checks.notebook_10 import (
    check_average_gradients,
    check_scale_out,
    check_shard_indices,
)
from course_checks.registry import EXERCISES, show_progress
from course_checks.result import CheckResult

__all__ = [
    "EXERCISES",
    "CheckResult",
    "check_accumulate",
    "check_accumulator",
    "check_activation_bytes",
    "check_average_gradients",
    "check_axis_errors",
    "check_batch_length",
    "check_channel_statistics",
    "check_convolve",
    "check_count_batches",
    "check_count_parameters",
    "check_cross_entropy",
    "check_cross_entropy_gradient",
    "check_evaluate",
    "check_find_the_bug",
    "check_fixed_bytes",
    "check_flat_features",
    "check_flatten_batch",
    "check_get_num_correct",
    "check_largest_batch",
    "check_loader_accuracy",
    "check_output_size",
    "check_pad_collate",
    "check_picture_dataset",
    "check_picture_to_tensor",
    "check_predict_one",
    "check_rescale",
    "check_scale_out",
    "check_sgd_step",
    "check_shard_indices",
    "check_shuffled_loader",
    "check_softmax",
    "check_stable_softmax",
    "check_stack_images",
    "check_tensor_bytes",
    "check_topk_correct",
    "check_train_step",
    "check_undo_normalize",
    "check_will_it_fit",
    "show_progress",
]
