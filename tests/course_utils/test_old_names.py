"""Copies of the first edition's notebooks keep working: what their cells import is still there."""

from __future__ import annotations

import importlib
import importlib.util

import pytest

IMPORTS = {
    "course_utils.datasets": "load_fashion_mnist load_mnist make_loader",
    "course_utils.environment": "check_environment pick_device set_seed",
    "course_utils.exercises": (
        "check_accumulate check_accumulator check_activation_bytes check_average_gradients "
        "check_axis_errors check_batch_length check_channel_statistics check_convolve "
        "check_count_batches check_count_parameters check_cross_entropy "
        "check_cross_entropy_gradient check_evaluate check_find_the_bug check_fixed_bytes "
        "check_flat_features check_flatten_batch check_get_num_correct check_largest_batch "
        "check_loader_accuracy check_output_size check_pad_collate check_picture_dataset "
        "check_picture_to_tensor check_predict_one check_rescale check_scale_out "
        "check_sgd_step check_shard_indices check_shuffled_loader check_softmax "
        "check_stable_softmax check_stack_images check_tensor_bytes check_topk_correct "
        "check_train_step check_undo_normalize check_will_it_fit show_progress "
    ),
    "course_utils.figures": (
        "confusion_figure field_row memory_timeline picture_grid picture_row response_row "
        "throughput_bars training_curves weight_pictures window_places "
    ),
    "course_utils.functional": "cross_entropy log_softmax sgd softmax",
    "course_utils.memory": (
        "each_operation estimate_training_memory find_batch_size in_units largest_batch_size "
        "measure_training_memory "
    ),
    "course_utils.metrics": (
        "Accumulator accuracy confusion_matrix evaluate_accuracy get_num_correct"
    ),
    "course_utils.models": "CNN MLP SoftmaxRegression",
    "course_utils.shapes": "AXES conv_output_size name_axes trace_shapes",
    "course_utils.train.demonstrations": "all_reduce_by_hand gradient",
    "course_utils.train.sampling": "GlobalBatchSampler",
    "course_utils.training": "evaluate fit train_epoch",
    "course_utils.widgets": (
        "explore_batch_size explore_batches explore_convolution explore_memory "
        "explore_softmax explore_strides "
    ),
}
"""Each module and what the cells of the first edition take from it."""


@pytest.mark.parametrize("module", IMPORTS)
def test_what_the_first_edition_imports_is_still_there(module: str) -> None:
    for name in IMPORTS[module].split():
        assert callable(getattr(importlib.import_module(module), name)) or name == "AXES"


def test_the_checks_are_the_same_under_both_names() -> None:
    old, new = (importlib.import_module(n) for n in ("course_utils.exercises", "course_checks"))
    for name in IMPORTS["course_utils.exercises"].split():
        assert getattr(old, name) is getattr(new, name)


@pytest.mark.parametrize(
    "module", ["course_utils.train.__main__", "course_utils.train.demonstrations"]
)
def test_what_the_first_edition_runs_with_m_is_still_there(module: str) -> None:
    assert importlib.util.find_spec(module) is not None
