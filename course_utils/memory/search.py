"""The largest batch that fits, computed: a search over estimates, each of which costs no memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from course_utils.arguments import check_whole
from course_utils.memory.allocator import CachingAllocator, OutOfSegments, Workspace, replay
from course_utils.memory.estimate import peak_of
from course_utils.memory.recipe import LossFunction, MakeInputs, MakeOptimizer, Recipe, StepFunction
from course_utils.memory.rehearsal import Rehearsal
from course_utils.memory.result import in_units

LARGEST = 1_000_000


def largest_batch_size(
    model: nn.Module,
    input_shape: Sequence[int] | None,
    capacity_bytes: int,
    optimizer: MakeOptimizer = torch.optim.SGD,
    *,
    loss: LossFunction = cross_entropy,
    inputs: MakeInputs | None = None,
    step: StepFunction | None = None,
    precision: torch.dtype | None = None,
    device: str = "cuda",
    workspace: Workspace | None = None,
    **optimizer_options: Any,
) -> int:
    """The largest batch size whose estimated peak is at most `capacity_bytes`.

    The arguments are those of estimate_training_memory. The result is estimated to fit, and one
    more is estimated not to; at most 1,000,000. capacity_bytes: bytes for tensors.
    workspace: for a CUDA card, what its libraries take, such as `CUBLAS_WORKSPACES["hopper"]`. Then
    capacity_bytes is what the card has beside the CUDA context, and the allocator's model serves
    the workspace and the steps with segments within it. (A convolution's workspace is not in it.)

    Raises ValueError for a capacity that a batch of 1 exceeds, and what the estimate raises.

    Built in notebook 09.
    """
    check_whole("capacity_bytes", capacity_bytes, least=1)
    recipe = Recipe(
        model, input_shape, optimizer, loss, inputs, step, precision, optimizer_options
    )  # fmt: skip
    rehearsal = Rehearsal(recipe, device)

    def peak(batch_size: int) -> int:
        return peak_of(rehearsal.run(batch_size)[1])

    smallest = peak(1)
    if smallest > capacity_bytes:
        raise ValueError(
            f"capacity_bytes: expected at least {smallest:,} ({in_units(smallest)}), which "
            f"{type(model).__name__} needs to train on a batch of 1, got {capacity_bytes:,}"
        )
    largest = _last_that_fits(peak, capacity_bytes, smallest)
    if workspace is None:
        return largest

    def is_served(batch_size: int) -> bool:
        return _is_served(Rehearsal(recipe, device), batch_size, capacity_bytes, workspace)

    return _last_that_is_served(is_served, largest, capacity_bytes)


def _is_served(rehearsal: Rehearsal, batch_size: int, capacity: int, workspace: Workspace) -> bool:
    """Whether the allocator's model serves two steps from a fresh start within the capacity."""
    allocator = CachingAllocator(capacity)
    try:
        allocator.allocate(workspace.nbytes)
        replay(*rehearsal.run(batch_size), allocator)
    except OutOfSegments:
        return False
    return True


def _last_that_is_served(is_served: Callable[[int], bool], largest: int, capacity: int) -> int:
    """Downward from the size whose tensors fit: in growing strides, then halving what is between.

    Segments make the needed bytes jump, so a line is no guide here; the result itself was served.
    """
    served, fails, stride = largest, largest + 1, max(1, largest // 64)
    while not is_served(served):
        if served == 1:
            raise ValueError(
                "capacity_bytes: the tensors of a batch of 1 fit, the allocator's segments and the "
                f"workspace do not, got {capacity:,}"
            )
        fails, served, stride = served, max(1, served - stride), 2 * stride
    while fails - served > 1:
        middle = (served + fails) // 2
        served, fails = (middle, fails) if is_served(middle) else (served, middle)
    return served


def _last_that_fits(bytes_for: Callable[[int], int], capacity: int, smallest: int) -> int:
    """Between a size that fits and one that does not: first where the line says, then halving."""
    fits, fits_bytes = 1, smallest
    fails: int | None = None
    fails_bytes = 0
    guess = 2
    guesses = 0
    while fails is None or fails - fits > 1:
        guesses += 1
        needed = bytes_for(guess)
        before, before_bytes = fits, fits_bytes
        if needed <= capacity:
            fits, fits_bytes = guess, needed
            if fits >= LARGEST:
                return LARGEST
        else:
            fails, fails_bytes = guess, needed
        if fails is not None:
            # The line through both ends; every third guess halves, in case it is a poor guide.
            share = (capacity - fits_bytes) / (fails_bytes - fits_bytes)
            guess = fits + int(share * (fails - fits)) if guesses % 3 else (fits + fails) // 2
            guess = min(max(guess, fits + 1), fails - 1)
        else:
            per_sample = max((fits_bytes - before_bytes) / (fits - before), 1)
            guess = fits + int((capacity - fits_bytes) / per_sample)
            guess = min(max(guess, fits + 1), LARGEST)
    return fits
