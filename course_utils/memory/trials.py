"""The largest batch that fits, by trial: real steps, doubled until one runs out of memory."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from course_utils.arguments import check_whole, named
from course_utils.devices import device_of
from course_utils.memory.recipe import (
    LossFunction,
    MakeInputs,
    MakeOptimizer,
    Recipe,
    StepFunction,
    check_device,
    device_named,
    random_state_kept,
)
from course_utils.memory.tracker import StorageTracker


class Trial(NamedTuple):
    """One size that was tried: whether two steps of it ran, and what the failure said if not."""

    batch_size: int
    fits: bool
    message: str


def find_batch_size(
    model: nn.Module,
    input_shape: Sequence[int] | None,
    optimizer: MakeOptimizer = torch.optim.SGD,
    *,
    start: int = 1,
    largest: int = 65_536,
    budget_bytes: int | None = None,
    on_trial: Callable[[Trial], object] | None = None,
    device: torch.device | str | None = None,
    loss: LossFunction = cross_entropy,
    inputs: MakeInputs | None = None,
    step: StepFunction | None = None,
    precision: torch.dtype | None = None,
    **optimizer_options: Any,
) -> int:
    """The largest batch size that really runs: two full training steps on the device.

    Doubles from `start` until a step runs out of memory or `largest` (the number of samples, say)
    is reached, then halves the interval. Returns only a size that it has run. Each trial works on
    a copy of the model, with an optimizer of its own; model and random state stay as they are, and
    what a trial took is released before the next one.

    start: the first size; where it fails, smaller ones are tried. device: where to try; where the
    model is if left out. budget_bytes: rehearse, on any device: a step whose tensors together would
    take more than so many bytes raises `torch.OutOfMemoryError`, as a GPU of that size would.
    on_trial: called with each `Trial`. The other arguments: as in estimate_training_memory.

    Raises ValueError on the CPU without budget_bytes (there the system would end the program
    instead of raising), for a device that is not there and, without budget_bytes, for one that is
    no CUDA GPU; RuntimeError where not even a batch of 1 runs.

    Built in notebook 09.
    """
    check_whole("start", start, least=1)
    check_whole("largest", largest, least=1)
    if start > largest:
        raise ValueError(f"start: expected at most largest, {largest:,}, got {start:,}")
    if budget_bytes is not None:
        check_whole("budget_bytes", budget_bytes, least=1)
    recipe = Recipe(
        model, input_shape, optimizer, loss, inputs, step, precision, optimizer_options
    )  # fmt: skip
    where = device_named(device) if device is not None else device_of(model)
    if where.type == "cpu" and budget_bytes is None:
        raise ValueError(
            "budget_bytes: expected a number of bytes on the CPU, where a step that is too large "
            "ends the whole program, got None"
        )
    check_device(where, () if budget_bytes is not None else ("cuda",))

    def fits(batch_size: int) -> bool:
        trial = _try(recipe, batch_size, where, budget_bytes)
        if on_trial is not None:
            on_trial(trial)
        if batch_size == 1 and not trial.fits:
            short = "model" if budget_bytes is None else "budget_bytes"
            raise RuntimeError(f"{short}: not even a batch of 1 fits: {trial.message}")
        return trial.fits

    return _double_then_halve(fits, start, largest)


def _double_then_halve(fits: Callable[[int], bool], start: int, largest: int) -> int:
    """The largest size for which `fits` has answered yes; below `start` if `start` does not fit."""
    size = start
    ran, failed = 0, largest + 1
    while size < failed:
        if fits(size):
            ran = size
            size = min(2 * size, largest)
            if ran == largest:
                return ran
        else:
            failed = size
    while failed - ran > 1:
        middle = (ran + failed) // 2
        if fits(middle):
            ran = middle
        else:
            failed = middle
    return ran


def _try(recipe: Recipe, batch_size: int, device: torch.device, budget: int | None) -> Trial:
    """Two steps, the second of which finds the optimizer's state in place; nothing stays behind."""
    message = ""
    cuda = [device] if device.type == "cuda" else []
    with random_state_kept(cuda):
        try:
            _two_steps(recipe, batch_size, device, budget)
        except torch.OutOfMemoryError as error:
            # Only the words: the error itself holds every frame, and those hold the tensors.
            message = str(error).splitlines()[0]
    if cuda:
        # Models with cycles in them, too, must give their memory back before the next trial.
        gc.collect()
        torch.cuda.empty_cache()
    return Trial(batch_size, not message, message)


def _two_steps(recipe: Recipe, batch_size: int, device: torch.device, budget: int | None) -> None:
    model = recipe.copy_model(device)
    optimizer = recipe.make_optimizer(model.parameters())
    # The sizes of the batches are the search's own, and no argument of the caller's.
    batch = recipe.make_batch(batch_size, device, blamed="input_shape")
    watched: AbstractContextManager[object] = nullcontext()
    if budget is not None:
        watched = tracker = StorageTracker(budget=budget)
        tracker.mark([*model.parameters(), *model.buffers()], "parameters")
        tracker.mark(batch, "batch")
    with watched, named("model: its training step fails on such a batch"):
        for _ in range(2):
            recipe.take_step(model, optimizer, batch)
