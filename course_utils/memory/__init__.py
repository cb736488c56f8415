"""Training memory: estimate it without a GPU, measure it, and find the batch size that fits.

estimate = estimate_training_memory(MLP(), (1, 28, 28), 64, torch.optim.Adam)
estimate.peak                    # 2,239,180 bytes
estimate.parameters, estimate.gradients, estimate.optimizer_state, estimate.batch,
estimate.activations, estimate.temporaries, estimate.buffers   # at the peak: they add up to it
estimate.highest["activations"]  # each category's own largest number of bytes in the step
estimate.peak_operation          # "aten._foreach_sqrt.default in the optimizer's step"
estimate.layers                  # a LayerMemory for each layer: parameters, activations
estimate.timeline()              # a Moment after each allocation and release
estimate.allocator()             # what CUDA's caching allocator would report, line by line

measure_training_memory(MLP(), (1, 28, 28), 64, torch.optim.Adam).peak     # the same, for real

largest_batch_size(MLP(), (1, 28, 28), 8 * 1024**2)                        # computed
find_batch_size(MLP(), (1, 28, 28), budget_bytes=8 * 1024**2)              # by trial, rehearsed

How it works: begin with estimate.py.
"""

from course_utils.memory.allocator import CUBLAS_WORKSPACES, AllocatorEstimate, Workspace
from course_utils.memory.estimate import estimate_training_memory
from course_utils.memory.measure import MemoryMeasurement, measure_training_memory
from course_utils.memory.recipe import training_step
from course_utils.memory.result import LayerMemory, MemoryEstimate, Moment, in_units
from course_utils.memory.search import Trial, find_batch_size, largest_batch_size
from course_utils.memory.tracker import each_operation

__all__ = [
    "CUBLAS_WORKSPACES",
    "AllocatorEstimate",
    "LayerMemory",
    "MemoryEstimate",
    "MemoryMeasurement",
    "Moment",
    "Trial",
    "Workspace",
    "each_operation",
    "estimate_training_memory",
    "find_batch_size",
    "in_units",
    "largest_batch_size",
    "measure_training_memory",
    "training_step",
]
