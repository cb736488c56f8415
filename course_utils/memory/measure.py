"""The measurement: the same steps for real, and what they took."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.profiler import ProfilerActivity, profile, record_function

from course_utils.devices import device_of
from course_utils.memory._torch_private import memory_changes
from course_utils.memory.recipe import (
    LossFunction,
    MakeInputs,
    MakeOptimizer,
    Recipe,
    StepFunction,
    undisturbed,
)
from course_utils.memory.result import in_units


@dataclass(frozen=True)
class MemoryMeasurement:
    """What a training step took on a device, in bytes; other memory in use is subtracted.

    peak: of tensors. On the CPU it is exact; the other fields are None. On CUDA it is `requested`.
    requested: what tensors asked the allocator for, at the peak, and workspaces for one call; those
    that cuBLAS keeps are counted as in use before. allocated: the same in blocks
    (`max_memory_allocated`). reserved: what the allocator took from the GPU for it
    (`max_memory_reserved`). outside: what is in use on the GPU beside the allocator's memory: the
    CUDA context of this process, and everything of other processes.

    Built in notebook 08.
    """

    device: str
    peak: int
    requested: int | None = None
    allocated: int | None = None
    reserved: int | None = None
    outside: int | None = None

    def __repr__(self) -> str:
        lines = [f"measured on {self.device}: peak of tensors {self.peak:,} B"]
        for words, nbytes in (
            ("requested from the allocator", self.requested),
            ("allocated in blocks", self.allocated),
            ("reserved in segments", self.reserved),
            ("on the GPU outside the allocator", self.outside),
        ):
            if nbytes is not None:
                lines.append(f"{words}: {nbytes:,} B ({in_units(nbytes)})")
        return "\n".join(lines)


def measure_training_memory(
    model: nn.Module,
    input_shape: Sequence[int] | None,
    batch_size: int,
    optimizer: MakeOptimizer = torch.optim.SGD,
    *,
    loss: LossFunction = cross_entropy,
    inputs: MakeInputs | None = None,
    step: StepFunction | None = None,
    precision: torch.dtype | None = None,
    device: torch.device | str | None = None,
    **optimizer_options: Any,
) -> MemoryMeasurement:
    """Run the step of estimate_training_memory for real and say what the second one took.

    The arguments are those of estimate_training_memory. device: where the steps run, "cpu" or
    "cuda"; where the model is if left out. The steps run on a copy of the model; model, random
    state and other memory stay as they are.

    CPU: the exact peak of tensor storage, from every allocation that torch's profiler notes between
    the beginning and the end of the second step. CUDA: the allocator's own peaks.

    Raises ValueError and TypeError for arguments that do not fit or another device, and what the
    step itself raises, `torch.OutOfMemoryError` among it.

    Built in notebook 08.
    """
    recipe = Recipe(
        model, input_shape, optimizer, loss, inputs, step, precision, optimizer_options
    )  # fmt: skip
    where = device_of(model) if device is None else torch.device(device)
    if where.type not in ("cpu", "cuda"):
        raise ValueError(f'device: expected "cpu" or "cuda", got "{where}"')
    if where.type == "cpu":
        return MemoryMeasurement("cpu", _cpu_peak(recipe, batch_size))
    return _on_cuda(recipe, batch_size, where)


_STEADY = "course: steady step"


def _cpu_peak(recipe: Recipe, batch_size: int) -> int:
    """Everything the step uses is made inside the profile, so nothing of it is overlooked."""
    # Cycles that other code left behind would be released, and counted, in the middle of the step.
    gc.collect()
    cpu = torch.device("cpu")
    activities = [ProfilerActivity.CPU]
    with (
        undisturbed(),
        quiet_profiler(),
        profile(activities=activities, profile_memory=True) as profiler,
    ):
        model = recipe.copy_model(cpu)
        optimizer = recipe.make_optimizer(model.parameters())
        batch = recipe.make_batch(batch_size, cpu)
        recipe.take_step(model, optimizer, batch)
        with record_function(_STEADY):
            recipe.take_step(model, optimizer, batch)
    before, inside = memory_changes(profiler, _STEADY)
    return peak_inside(before, inside)


@contextmanager
def quiet_profiler() -> Iterator[None]:
    """Without the lines that the profiler's library writes past Python into a notebook's output.

    It reads its only setting, a variable of the environment, when it is used for the first time.
    """
    name = "KINETO_LOG_LEVEL"
    is_set = name in os.environ
    os.environ.setdefault(name, "9")
    try:
        yield
    finally:
        if not is_set:
            del os.environ[name]


def peak_inside(before: Sequence[tuple[int, int]], inside: Sequence[tuple[int, int]]) -> int:
    """The most bytes in use during `inside`, of what `before` and `inside` allocate.

    Both are lists of (address, bytes), below 0 for a release. A release of something allocated
    earlier than `before` does not count.
    """
    sizes: dict[int, int] = {}
    total = peak = 0
    for number, (address, nbytes) in enumerate([*before, *inside]):
        if nbytes > 0:
            sizes[address] = nbytes
            total += nbytes
        else:
            total -= sizes.pop(address, 0)
        if number >= len(before) - 1:
            peak = max(peak, total)
    return peak


def _on_cuda(recipe: Recipe, batch_size: int, device: torch.device) -> MemoryMeasurement:
    """The allocator's peaks, less what was in use before."""
    # The libraries keep their workspaces from their first call on; they are there before.
    take_workspaces(device)
    gc.collect()
    torch.cuda.empty_cache()
    before = _cuda_counts(device, "current")
    with undisturbed([device]):
        torch.cuda.reset_peak_memory_stats(device)
        model = recipe.copy_model(device)
        optimizer = recipe.make_optimizer(model.parameters())
        batch = recipe.make_batch(batch_size, device)
        for _ in range(2):
            # Allocated and requested are those of the second step; reserved only ever grows.
            torch.cuda.synchronize(device)
            reserved = torch.cuda.max_memory_reserved(device)
            torch.cuda.reset_peak_memory_stats(device)
            recipe.take_step(model, optimizer, batch)
        torch.cuda.synchronize(device)
        peaks = _cuda_counts(device, "peak")
        free, in_all = torch.cuda.mem_get_info(device)
        outside = in_all - free - torch.cuda.memory_reserved(device)
    del model, optimizer, batch
    gc.collect()
    torch.cuda.empty_cache()
    allocated, requested = (peaks[name] - before[name] for name in ("allocated", "requested"))
    return MemoryMeasurement(
        device=torch.cuda.get_device_name(device),
        peak=requested,
        requested=requested,
        allocated=allocated,
        reserved=max(peaks["reserved"], reserved) - before["reserved"],
        outside=outside,
    )


def take_workspaces(device: torch.device) -> None:
    """Let cuBLAS take its workspaces on the GPU, for the forward and for the backward pass."""
    layer = nn.Linear(8, 8, device=device)
    layer(torch.zeros(8, 8, device=device, requires_grad=True)).sum().backward()


def _cuda_counts(device: torch.device, which: str) -> dict[str, int]:
    stats = torch.cuda.memory_stats(device)
    return {
        "allocated": stats[f"allocated_bytes.all.{which}"],
        "requested": stats[f"requested_bytes.all.{which}"],
        "reserved": stats[f"reserved_bytes.all.{which}"],
    }
