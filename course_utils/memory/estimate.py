"""How `estimate_training_memory` works, step by step, and where each part of it is.

1. The model is copied to the device "meta", on which a tensor has a shape and a type but no
   numbers: neither the copy nor what it computes takes memory (meta_copy.py).
2. The copy takes two training steps: forward, backward, optimizer (recipe.py). The first makes the
   optimizer's state; the second finds it in place, as all later ones do, and is the one that
   counts. Operations take the kernels that the real device would take (kernels.py), and a tracker
   notes each storage that is allocated or released, with its place: a parameter, a gradient, an
   activation of this layer, … (tracker.py). A step that cannot be followed without numbers is
   refused with the reason (refusals.py).
3. The bytes in use are added up, place by place, at the moment when they are most (below).
4. `estimate.allocator()` lets a model of CUDA's allocator serve the same storages (allocator.py).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from course_utils.memory.kernels import kernels_of
from course_utils.memory.meta_copy import meta_copy
from course_utils.memory.recipe import (
    LossFunction,
    MakeInputs,
    MakeOptimizer,
    Recipe,
    StepFunction,
    undisturbed,
)
from course_utils.memory.refusals import AUTOCAST, Refusal, explain
from course_utils.memory.result import LayerMemory, MemoryEstimate, walk
from course_utils.memory.tracker import CATEGORIES, Event, StorageTracker


def estimate_training_memory(
    model: nn.Module,
    input_shape: Sequence[int] | None,
    batch_size: int,
    optimizer: MakeOptimizer = torch.optim.SGD,
    *,
    loss: LossFunction = cross_entropy,
    inputs: MakeInputs | None = None,
    step: StepFunction | None = None,
    precision: torch.dtype | None = None,
    device: str = "cuda",
    **optimizer_options: Any,
) -> MemoryEstimate:
    """The bytes of tensors in one training step, computed without a GPU and without the memory.

    The step, in the steady state (the optimizer's state exists, gradients are None at its start):

        logits = model(images)
        value = loss(logits, labels)
        value.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    model: any module; it is neither run nor changed, a copy without numbers is, in training mode.
    input_shape: one sample without the batch axis, such as (1, 28, 28); images are
    [B, *input_shape] of the model's float type, labels int64 [B]. optimizer: a class, or a function
    that makes one from parameters and optimizer_options (`lr=`, `momentum=`, …); `foreach=True`
    unless the options say otherwise. loss: from logits and labels to one number.
    inputs: for other batches (token ids, several inputs): `inputs(batch_size)` returns a tuple of
    tensors, the labels last; then input_shape is None. step: `step(model, optimizer, batch)`
    instead of the step above. precision: the type of parameters and floating inputs; None leaves
    them. device: whose kernels are followed. "cuda": dropout's mask is one byte an element,
    attention takes the fused kernels. "cpu": what measure_training_memory sees on this machine.

    Each storage has one category for its whole life: parameters, buffers, gradients (what ends in
    `.grad`), optimizer state, batch; of the rest, what the forward pass made and is still held when
    the backward pass begins are activations, and everything else is temporary.

    Raises ValueError and TypeError for arguments that do not fit, and RuntimeError with the reason
    for what cannot be estimated rightly: recurrent layers, autocast, a step that reads numbers out
    of tensors, results whose size depends on numbers, operations without a meta kernel.

    Built in notebook 08.
    """
    recipe = Recipe(
        model, input_shape, optimizer, loss, inputs, step, precision, optimizer_options
    )  # fmt: skip
    rehearsal = Rehearsal(recipe, device)
    first_step = rehearsal.step(batch_size)
    steady_step = rehearsal.step(batch_size)
    return _add_up(rehearsal, batch_size, first_step, steady_step)


class Rehearsal:
    """A copy of the model on the meta device, and its optimizer, for steps of any batch size.

    device: whose kernels the operations take, "cuda" or "cpu".
    """

    def __init__(self, recipe: Recipe, device: str) -> None:
        if device not in ("cuda", "cpu"):
            raise ValueError(f'device: expected "cuda" or "cpu", got {device!r}')
        self.recipe = recipe
        self.device = device
        self.model = meta_copy(recipe.model, keep_shared_storages=device == "cpu").train()
        if recipe.precision is not None:
            self.model.to(recipe.precision)
        # What the optimizer keeps on the CPU (Adam's count of steps) takes none of a GPU's memory.
        self.tracker = _Follower(device="meta" if device == "cuda" else None)
        self.tracker.mark(self.model.parameters(), "parameters")
        self.tracker.mark(self.model.buffers(), "buffers")
        self.optimizer = recipe.make_optimizer(self.model.parameters())
        self.tracker.watch(self.model, self.optimizer)

    def step(self, batch_size: int) -> list[Event]:
        """What is allocated and released in one training step."""
        with undisturbed():
            batch = self.recipe.make_batch(batch_size, torch.device("meta"))
            self.tracker.mark(batch, "batch")
            self.tracker.start()
            with kernels_of(self.device), self._explained(), self.tracker:
                self.recipe.take_step(self.model, self.optimizer, batch)
        return self.tracker.finish()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say of a step that fails what the caller can do about it."""
        shape, tracker = self.recipe.input_shape, self.tracker
        try:
            with warnings.catch_warnings():
                # Where there is no GPU, autocast switches itself off with nothing but a warning.
                warnings.filterwarnings("error", ".*Disabling autocast")
                yield
        except (RuntimeError, ValueError, IndexError, AssertionError, UserWarning) as error:
            raise explain(
                error,
                layer=tracker.layers[-1] if tracker.layers else "",
                phase=tracker.phase,
                operation=tracker.operation,
                sample="inputs: what it makes" if shape is None else f"input_shape: {list(shape)}",
                loss="loss" if self.recipe.step is None else "step",
            ) from error
        finally:
            tracker.layers.clear()


class _Follower(StorageTracker):
    """A tracker that refuses autocast, which tensors on the meta device ignore in silence."""

    def run(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if torch.is_autocast_enabled("cuda") or torch.is_autocast_enabled("cpu"):
            raise Refusal(AUTOCAST)
        return super().run(func, args, kwargs)


def peak_of(events: Sequence[Event]) -> int:
    """The largest number of bytes that are in use at once."""
    total = peak = 0
    for event in events:
        total += event.nbytes
        peak = max(peak, total)
    return peak


def _add_up(
    rehearsal: Rehearsal, batch_size: int, first_step: list[Event], steady_step: list[Event]
) -> MemoryEstimate:
    """The bytes of each category at the peak of the steady step, and each one's highest."""
    highest = dict.fromkeys(CATEGORIES, 0)
    peak, at_peak, where = 0, dict(highest), ""
    for moment in walk(steady_step):
        highest = {name: max(highest[name], nbytes) for name, nbytes in moment.bytes.items()}
        total = sum(moment.bytes.values())
        if total > peak:
            peak, at_peak = total, moment.bytes
            where = f"{moment.operation} {_PHASES[moment.phase]}"
            where += f" of {moment.layer}" if moment.layer else ""
    shape = rehearsal.recipe.input_shape
    return MemoryEstimate(
        model=type(rehearsal.recipe.model).__name__,
        sample="its inputs" if shape is None else str(list(shape)),
        batch_size=batch_size,
        optimizer=type(rehearsal.optimizer).__name__,
        device=rehearsal.device,
        **at_peak,
        peak=peak,
        peak_operation=where,
        highest=highest,
        layers=_layers(rehearsal, steady_step),
        events=tuple(steady_step),
        first_step=tuple(first_step),
    )


_PHASES = {
    "before": "before the step",
    "forward": "in the forward pass",
    "backward": "in the backward pass",
    "optimizer": "in the optimizer's step",
    "end": "after the optimizer's step",
}


def _layers(rehearsal: Rehearsal, events: Sequence[Event]) -> tuple[LayerMemory, ...]:
    """Parameters and activations layer by layer, in the order of the forward pass."""
    activations: dict[str, int] = {}
    for event in events:
        block = event.block
        if event.nbytes > 0 and block.category == "activations":
            activations[block.layer] = activations.get(block.layer, 0) + event.nbytes
    rows = []
    modules = dict(rehearsal.model.named_modules())
    modules[type(rehearsal.model).__name__] = modules.pop("")
    for name, shape in rehearsal.tracker.output_shapes.items():
        module = modules[name]
        parameters = sum(one.nbytes for one in module.parameters(recurse=False))
        if parameters or name in activations:
            held = activations.pop(name, 0)
            rows.append(LayerMemory(name, type(module).__name__, shape, parameters, held))
    if activations:
        outside = sum(activations.values())
        rows.append(LayerMemory("loss", "outside the model", None, 0, outside))
    return tuple(rows)
