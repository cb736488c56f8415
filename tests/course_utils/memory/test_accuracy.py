"""The estimate for the CPU against what torch's profiler sees there."""

from __future__ import annotations

import functools

import pytest
from torch import nn

from course_utils.memory import estimate_training_memory, measure_training_memory
from tests.course_utils.memory.architectures import ARCHITECTURES, OPTIMIZERS


@functools.lru_cache(maxsize=1)
def model_of(name: str) -> nn.Module:
    return ARCHITECTURES[name].make()


@pytest.mark.parametrize("optimizer", ["momentum", "Adam"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_estimate_is_what_the_profiler_measures(name: str, optimizer: str) -> None:
    architecture, (make, options) = ARCHITECTURES[name], OPTIMIZERS[optimizer]
    arguments = (model_of(name), architecture.input_shape, architecture.batch_size, make)
    more = {**architecture.more, **options}
    estimated = estimate_training_memory(*arguments, device="cpu", **more).peak
    measured = measure_training_memory(*arguments, **more).peak
    difference = abs(estimated - measured)
    if architecture.convolutions:
        # What oneDNN takes to reorder a convolution's tensors depends on the processor.
        assert difference <= 0.02 * measured
    else:
        # Numbers that a kernel makes for itself, and buffers of each thread.
        assert difference <= max(64, 0.001 * measured)
