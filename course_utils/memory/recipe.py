"""What a training step is made of: a copy of the model, a batch, an optimizer, the step itself."""

from __future__ import annotations

import copy
import gc
import inspect
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

Batch = tuple[Tensor, ...]
LossFunction = Callable[[Tensor, Tensor], Tensor]
MakeInputs = Callable[[int], Sequence[Tensor]]
MakeOptimizer = Callable[..., Optimizer]
StepFunction = Callable[[nn.Module, Optimizer, Batch], object]


def training_step(
    model: nn.Module, optimizer: Optimizer, batch: Batch, loss: LossFunction = cross_entropy
) -> None:
    """The step that is estimated and measured, line by line the one of the course's loop.

    batch: the model's inputs, and the labels last. `logits` lives until the step is over, as it
    does in a loop; the gradients are released (`None`) after the optimizer has used them.

    Raises TypeError for a model that returns something else than one tensor.

    Built in notebook 07.
    """
    *inputs, labels = batch
    logits = model(*inputs)
    if not isinstance(logits, Tensor):
        raise TypeError(
            "model: expected logits, one tensor, "
            f"got {type(logits).__name__}: write the step yourself and give it as step="
        )
    value = loss(logits, labels)
    value.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


@dataclass(frozen=True)
class Recipe:
    """The arguments that the estimate, the measurement and the searches share, checked once."""

    model: nn.Module
    input_shape: Sequence[int] | None
    optimizer: MakeOptimizer = torch.optim.SGD
    loss: LossFunction = cross_entropy
    inputs: MakeInputs | None = None
    step: StepFunction | None = None
    precision: torch.dtype | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_model(self.model)
        _check_optimizer(self.optimizer)
        if (self.input_shape is None) == (self.inputs is None):
            raise ValueError(
                "input_shape: expected the shape of one sample such as (1, 28, 28), "
                "or None where inputs= makes the batch"
            )
        if self.step is not None and self.loss is not cross_entropy:
            raise ValueError("loss: the default step uses it; with step= compute it in the step")
        if self.options.get("fused"):
            raise ValueError("fused: expected it left out, got True: the step uses foreach=True")

    def copy_model(self, device: torch.device) -> nn.Module:
        """The model's copy for steps that really run."""
        return copy.deepcopy(self.model).to(device, self.precision).train()

    def make_batch(self, batch_size: int, device: torch.device) -> Batch:
        """Zeros for images and labels, or what `inputs` makes; only the sizes matter."""
        if batch_size < 1:
            raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
        # Under the device's context what is made is made there: on the meta device at no cost.
        with device:
            if self.inputs is None:
                images = torch.zeros(batch_size, *self.input_shape or (), dtype=self._dtype())
                return images, torch.zeros(batch_size, dtype=torch.int64)
            batch = self.inputs(batch_size)
        if not isinstance(batch, list | tuple) or not all(isinstance(x, Tensor) for x in batch):
            raise TypeError(
                "inputs: expected a function that returns a tuple of tensors, the labels last, "
                f"got {type(batch).__name__}"
            )
        return tuple(
            part.detach().to(device, self.precision if part.is_floating_point() else None)
            for part in batch
        )

    def make_optimizer(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        """The optimizer with `foreach=True`, CUDA's default, where it has that option."""
        options = dict(self.options)
        accepted = inspect.signature(self.optimizer).parameters.values()
        if any(one.name == "foreach" or one.kind == one.VAR_KEYWORD for one in accepted):
            options.setdefault("foreach", True)
        return self.optimizer(list(parameters), **options)

    def take_step(self, model: nn.Module, optimizer: Optimizer, batch: Batch) -> None:
        """One step, with gradients on whatever the caller's setting is."""
        with torch.enable_grad():
            if self.step is not None:
                self.step(model, optimizer, batch)
            else:
                training_step(model, optimizer, batch, self.loss)

    def _dtype(self) -> torch.dtype:
        """The type of the model's numbers, which the default images have too."""
        dtypes = (parameter.dtype for parameter in self.model.parameters())
        own = next((dtype for dtype in dtypes if dtype.is_floating_point), torch.float32)
        return self.precision or own


def _check_model(model: object) -> None:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
    if hasattr(model, "_orig_mod"):
        raise TypeError("model: expected the plain module, got a compiled one: give what it is of")
    if any(isinstance(one, nn.parameter.UninitializedParameter) for one in model.parameters()):
        raise ValueError("model: expected sizes, got a lazy layer: send one batch through it first")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError("model: expected parameters to train, got none, or all of them frozen")


def _check_optimizer(optimizer: object) -> None:
    if not callable(optimizer):
        name = type(optimizer).__name__
        raise TypeError(
            f"optimizer: expected a class such as torch.optim.SGD, got one made: {name}"
        )


@contextmanager
def undisturbed(devices: Sequence[torch.device] = ()) -> Iterator[None]:
    """Steps that leave no trace and are not interrupted.

    Afterwards the random state of Python, NumPy and torch (of the CPU and of `devices`) is what it
    was. Meanwhile there is no garbage collection, which would release cycles of objects, and the
    tensors in them, at a moment of its own choice.
    """
    python_state, numpy_state, collects = random.getstate(), np.random.get_state(), gc.isenabled()
    gc.disable()
    try:
        with torch.random.fork_rng(devices=list(devices)):
            yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        if collects:
            gc.enable()
