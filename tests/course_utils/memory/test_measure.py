"""The measurement by the profiler: what it counts, what it leaves alone, what it refuses."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.memory import (
    MemoryMeasurement,
    estimate_training_memory,
    measure_training_memory,
)
from course_utils.memory.measure import peak_inside
from course_utils.models import MLP

GREY = (1, 28, 28)


def test_the_peak_is_of_the_second_part_and_counts_what_the_first_left() -> None:
    before = [(1, 100), (2, 500), (2, -500)]
    inside = [(3, 10), (3, -10), (2, 20), (1, -100), (4, 50)]
    assert peak_inside(before, inside) == 120


def test_a_release_of_something_older_does_not_count() -> None:
    assert peak_inside([(1, 100)], [(9, -1000), (2, 5)]) == 105


def test_the_mlp_is_measured_to_the_byte() -> None:
    assert measure_training_memory(MLP(), GREY, 64).peak == 1_050_712


def test_adam_s_few_bytes_more_on_the_cpu_are_known() -> None:
    measured = measure_training_memory(MLP(), GREY, 64, torch.optim.Adam).peak
    # Four counts of steps, and a number as a double and as a float32.
    assert measured == 2_239_180 + 4 * 4 + 8 + 4
    estimate = estimate_training_memory(MLP(), GREY, 64, torch.optim.Adam, device="cpu")
    assert estimate.peak == measured


def test_other_memory_in_use_does_not_matter() -> None:
    other = [torch.zeros(1000) for _ in range(50)]
    measured = measure_training_memory(MLP(), GREY, 64)
    del other
    assert measured.peak == measure_training_memory(MLP(), GREY, 64).peak


def test_model_and_random_state_stay_as_they_were() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Dropout(), nn.BatchNorm1d(10)).eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch_state, python_state = torch.get_rng_state(), random.getstate()
    numpy_state = np.random.get_state(legacy=False)
    measure_training_memory(model, GREY, 8, torch.optim.Adam)
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module.training for module in model.modules())
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert random.getstate() == python_state
    np.testing.assert_equal(np.random.get_state(legacy=False), numpy_state)


def test_only_the_cpu_and_cuda_can_be_measured() -> None:
    with pytest.raises(ValueError, match=r'^device: expected "cpu" or "cuda", got "mps"'):
        measure_training_memory(MLP(), GREY, 4, device="mps")


def test_the_words_name_each_number() -> None:
    assert repr(MemoryMeasurement("cpu", 1_050_712)) == (
        "measured on cpu: peak of tensors 1,050,712 B"
    )
    text = repr(MemoryMeasurement("some GPU", 10, 10, 512, 2 * 1024**2, 3 * 1024**3))
    for words in (
        "requested from the allocator: 10 B", "allocated in blocks: 512 B",
        "reserved in segments: 2,097,152 B (2.0 MiB)", "on the GPU outside the allocator",
    ):  # fmt: skip
        assert words in text
