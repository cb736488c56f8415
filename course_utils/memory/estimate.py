"""The estimate: two rehearsed steps, and the bytes of the second at its peak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from course_utils.memory.recipe import LossFunction, MakeInputs, MakeOptimizer, Recipe, StepFunction
from course_utils.memory.rehearsal import Rehearsal
from course_utils.memory.result import LayerMemory, MemoryEstimate, walk
from course_utils.memory.tracker import CATEGORIES, Event


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
    first_step, events = rehearsal.run(batch_size)
    return summary(rehearsal, batch_size, first_step, events)


def peak_of(events: Sequence[Event]) -> int:
    """The largest number of bytes that are in use at once."""
    total = peak = 0
    for event in events:
        total += event.nbytes
        peak = max(peak, total)
    return peak


def summary(
    rehearsal: Rehearsal, batch_size: int, first_step: list[Event], events: list[Event]
) -> MemoryEstimate:
    """The events of a step as a `MemoryEstimate`."""
    highest = dict.fromkeys(CATEGORIES, 0)
    peak, at_peak, where = 0, dict(highest), ""
    for moment in walk(events):
        for category, nbytes in moment.bytes.items():
            highest[category] = max(highest[category], nbytes)
        total = sum(moment.bytes.values())
        if total > peak:
            peak, at_peak = total, moment.bytes
            where = _in_words(moment.phase, moment.layer, moment.operation)
    recipe = rehearsal.recipe
    shape = recipe.input_shape
    return MemoryEstimate(
        model=type(recipe.model).__name__,
        sample="its inputs" if shape is None else str(list(shape)),
        batch_size=batch_size,
        optimizer=type(rehearsal.optimizer).__name__,
        device=rehearsal.device,
        **at_peak,
        peak=peak,
        peak_operation=where,
        highest=highest,
        layers=_layers(rehearsal, events),
        events=tuple(events),
        first_step=tuple(first_step),
    )


_PASSES = {
    "before": "before the step",
    "forward": "in the forward pass",
    "backward": "in the backward pass",
    "optimizer": "in the optimizer's step",
    "end": "after the optimizer's step",
}


def _in_words(phase: str, layer: str, operation: str) -> str:
    return f"{operation} {_PASSES[phase]}" + (f" of {layer}" if layer else "")


def _layers(rehearsal: Rehearsal, events: Sequence[Event]) -> tuple[LayerMemory, ...]:
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
