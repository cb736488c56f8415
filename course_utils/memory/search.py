"""The largest batch that fits: computed from estimates, or tried with real steps."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.modules.batchnorm import _BatchNorm

from course_utils.devices import device_of
from course_utils.memory.estimate import Rehearsal, peak_of
from course_utils.memory.recipe import (
    LossFunction,
    MakeInputs,
    MakeOptimizer,
    Recipe,
    StepFunction,
    undisturbed,
)
from course_utils.memory.result import in_units
from course_utils.memory.tracker import StorageTracker

LARGEST = 1_000_000
_ONE_IS_TOO_FEW = "Expected more than 1 value per channel"
"""What BatchNorm says in training mode to a batch of one, where it sees one value a channel."""


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
    **optimizer_options: Any,
) -> int:
    """The largest batch size whose estimated peak is at most `capacity_bytes`.

    The arguments are those of estimate_training_memory. The result is estimated to fit, and one
    more is estimated not to; at most 1,000,000. capacity_bytes: bytes for tensors. A card needs
    some of its memory for other things (the CUDA context, workspaces, what the allocator keeps in
    pieces), so give less than all of it, 0.8 say.

    Raises ValueError for a capacity that the smallest batch exceeds, which is 1, or 2 where a
    BatchNorm takes no single value, and what the estimate raises.

    Built in notebook 09.
    """
    recipe = Recipe(
        model, input_shape, optimizer, loss, inputs, step, precision, optimizer_options
    )  # fmt: skip
    rehearsal = Rehearsal(recipe, device)
    smallest = _smallest_that_runs(rehearsal.step)  # which makes the optimizer's state

    def peak(batch_size: int) -> int:
        return peak_of(rehearsal.step(batch_size))

    needed = peak(smallest)
    if needed > capacity_bytes:
        raise ValueError(
            f"capacity_bytes: expected at least {needed:,} ({in_units(needed)}), which "
            f"{type(model).__name__} needs to train on a batch of {smallest}, got "
            f"{capacity_bytes:,}"
        )
    return _last_that_fits(peak, capacity_bytes, (smallest, needed))


def _smallest_that_runs(step: Callable[[int], object], look: bool = True) -> int:
    """1, or 2 where BatchNorm refuses a single value; raises what else the step raises."""
    try:
        if look:
            step(1)
    except ValueError as error:
        if _ONE_IS_TOO_FEW not in str(error):
            raise
        step(2)
        return 2
    return 1


def _last_that_fits(
    bytes_for: Callable[[int], int], capacity: int, smallest: tuple[int, int]
) -> int:
    """Memory is nearly a line: guess where the line through two sizes ends, and look there.

    smallest: a size that fits, and its bytes. Ends between a size that fits and one that does not;
    every third guess between them halves, in case the line is a poor guide.
    """
    before, fits = (0, 0), smallest
    fails: tuple[int, int] | None = None
    guesses = 0
    while fails is None or fails[0] - fits[0] > 1:
        guesses += 1
        if fails is None:
            guess = _end_of_line(before, fits, capacity)
        elif guesses % 3:
            guess = _end_of_line(fits, fails, capacity)
        else:
            guess = (fits[0] + fails[0]) // 2
        guess = max(fits[0] + 1, min(guess, LARGEST if fails is None else fails[0] - 1))
        needed = bytes_for(guess)
        if needed > capacity:
            fails = guess, needed
        elif guess == LARGEST:
            return LARGEST
        else:
            before, fits = fits, (guess, needed)
    return fits[0]


def _end_of_line(first: tuple[int, int], second: tuple[int, int], capacity: int) -> int:
    """The size at which the line through two pairs (size, bytes) reaches the capacity."""
    per_sample = max((second[1] - first[1]) / (second[0] - first[0]), 1)
    return second[0] + int((capacity - second[1]) / per_sample)


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

    Raises ValueError without budget_bytes on the CPU (there the system would end the program
    instead of raising) and on what is no CUDA GPU, RuntimeError where not even the smallest batch
    fits (1, or 2 where a BatchNorm takes no single value), and what a step raises for another
    reason than a lack of memory.

    Built in notebook 09.
    """
    if start > largest:
        raise ValueError(f"start: expected at most largest, {largest:,}, got {start:,}")
    recipe = Recipe(
        model, input_shape, optimizer, loss, inputs, step, precision, optimizer_options
    )  # fmt: skip
    where = device_of(model) if device is None else torch.device(device)
    if where.type == "cpu" and budget_bytes is None:
        raise ValueError(
            "budget_bytes: expected a number of bytes on the CPU, where a step that is too large "
            "ends the whole program, got None"
        )
    if where.type != "cuda" and budget_bytes is None:
        raise ValueError(f'device: expected "cuda", or any with budget_bytes, got "{where}"')

    # A trial of one is made beforehand only where BatchNorm may refuse it.
    normed = any(isinstance(one, _BatchNorm) for one in model.modules())
    least = _smallest_that_runs(lambda size: _try(recipe, size, where, budget_bytes), normed)

    def fits(batch_size: int) -> bool:
        trial = _try(recipe, batch_size, where, budget_bytes)
        if on_trial is not None:
            on_trial(trial)
        if batch_size == least and not trial.fits:
            short = "model" if budget_bytes is None else "budget_bytes"
            raise RuntimeError(f"{short}: not even a batch of {least} fits: {trial.message}")
        return trial.fits

    return _double_then_halve(fits, max(start, least), largest, least)


def _double_then_halve(
    fits: Callable[[int], bool], start: int, largest: int, least: int = 1
) -> int:
    """The largest size for which `fits` has answered yes; below `start` if `start` does not fit.

    least: the smallest size to ask about.
    """
    ran, failed = least - 1, largest + 1
    size = start
    while ran < size < failed:
        if fits(size):
            ran, size = size, min(2 * size, largest)
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
    with undisturbed(cuda):
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
    batch = recipe.make_batch(batch_size, device)
    watched: AbstractContextManager[object] = nullcontext()
    if budget is not None:
        watched = tracker = StorageTracker(budget=budget)
        tracker.mark([*model.parameters(), *model.buffers()], "parameters")
        tracker.mark(batch, "batch")
    with watched:
        for _ in range(2):
            recipe.take_step(model, optimizer, batch)
