"""What one training step is made of: the copy, the batch, the optimizer, and the step itself."""

from __future__ import annotations

import copy
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

from course_utils.arguments import LARGEST_INT64, check_whole, named, shown

Batch = tuple[Tensor, ...]
LossFunction = Callable[[Tensor, Tensor], Tensor]
MakeInputs = Callable[[int], Sequence[Tensor]]
MakeOptimizer = Callable[..., Optimizer]
StepFunction = Callable[[nn.Module, Optimizer, Batch], object]

PRECISIONS = (torch.float32, torch.bfloat16, torch.float16)


def training_step(
    model: nn.Module, optimizer: Optimizer, batch: Batch, loss: LossFunction = cross_entropy
) -> None:
    """The step that is estimated and measured, line by line the one of the course's loop.

    batch: the model's inputs, and the labels last. `logits` lives until the step is over, as it
    does in a loop; the gradients are released (`None`) after the optimizer has used them.

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
        if not callable(self.optimizer):
            raise TypeError(
                f"optimizer: expected a class such as torch.optim.SGD, got {shown(self.optimizer)}"
            )
        _check_input_shape(self.input_shape, self.inputs)
        if self.step is not None and self.loss is not cross_entropy:
            raise ValueError("loss: the default step uses it; with step= compute it in the step")
        if not (self.precision is None or _is_one_of(self.precision, PRECISIONS)):
            names = ", ".join(str(precision) for precision in PRECISIONS)
            raise ValueError(f"precision: expected one of {names}, got {shown(self.precision)}")
        if self.options.get("fused"):
            raise ValueError("fused: expected it left out, got True: the step uses foreach=True")

    @property
    def dtype(self) -> torch.dtype:
        """The type of the model's numbers, which the default images have too."""
        if self.precision is not None:
            return self.precision
        dtypes = (parameter.dtype for parameter in self.model.parameters())
        return next((dtype for dtype in dtypes if dtype.is_floating_point), torch.float32)

    def copy_model(self, device: torch.device) -> nn.Module:
        """The model's copy for steps that really run; raises ValueError where it has no numbers."""
        if any(part.is_meta for part in self.model.parameters()):
            raise ValueError("model: expected numbers, got a model on the meta device, without any")
        return copy.deepcopy(self.model).to(device, self.precision).train()

    def make_batch(
        self, batch_size: int, device: torch.device, blamed: str = "batch_size"
    ) -> Batch:
        """Zeros for images and labels, or what `inputs` makes; only the sizes matter.

        blamed: the argument to name where a batch has no room, if one sample may have.
        """
        check_whole("batch_size", batch_size, least=1)
        # Under the device's context what is made is made there: on the meta device at no cost.
        with device:
            if self.inputs is None:
                # One sample without room is no matter of the batch.
                name = "input_shape" if batch_size == 1 else blamed
                with named(name, ": a batch of ", batch_size, " has no room"):
                    images = torch.zeros(batch_size, *self.input_shape or (), dtype=self.dtype)
                    return images, torch.zeros(batch_size, dtype=torch.int64)
            batch = self.inputs(batch_size)
        tensors = isinstance(batch, list | tuple) and all(isinstance(x, Tensor) for x in batch)
        if not tensors:
            raise TypeError(
                "inputs: expected a function that returns a tuple of tensors, the labels last, "
                f"got {type(batch).__name__}"
            )
        return tuple(self._moved(part, device) for part in batch)

    def _moved(self, part: Tensor, device: torch.device) -> Tensor:
        precision = self.precision if part.is_floating_point() else None
        return part.detach().to(device, dtype=precision or part.dtype)

    def make_optimizer(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        """The optimizer with `foreach=True`, CUDA's default, unless the caller says otherwise."""
        name = getattr(self.optimizer, "__name__", shown(self.optimizer))
        listed = list(parameters)
        try:
            optimizer = self.optimizer(listed, **{"foreach": True, **self.options})
        except TypeError:
            # Perhaps an optimizer that has no `foreach`; perhaps another option is wrong.
            try:
                optimizer = self.optimizer(listed, **self.options)
            except TypeError as error:
                first = (str(error).splitlines() or [""])[0]
                raise TypeError(f"optimizer: {name} was not made: {first}") from None
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                "optimizer: expected a class such as torch.optim.SGD, "
                f"got {name}, which made a {type(optimizer).__name__}"
            )
        if isinstance(optimizer, torch.optim.LBFGS):
            raise ValueError("optimizer: LBFGS runs the model inside its step: give it as step=")
        return optimizer

    def take_step(self, model: nn.Module, optimizer: Optimizer, batch: Batch) -> None:
        """One step, with gradients on whatever the caller's setting is."""
        with torch.enable_grad():
            if self.step is not None:
                self.step(model, optimizer, batch)
            else:
                training_step(model, optimizer, batch, self.loss)


def device_named(device: torch.device | str) -> torch.device:
    """The device itself; raises TypeError or ValueError for what names none."""
    if not isinstance(device, str | torch.device):
        raise TypeError(f'device: expected a name such as "cpu", got {shown(device)}')
    try:
        return torch.device(device)
    except RuntimeError:
        raise ValueError(f'device: expected a name such as "cpu", got {device!r}') from None


def check_device(device: torch.device, kinds: Sequence[str] = ()) -> None:
    """Raise ValueError for a device that this machine lacks, or is none of `kinds` if any."""
    reason = None
    try:
        torch.empty(0, device=device)
    except (AssertionError, RuntimeError) as error:  # as the build of torch has it
        reason = error
    if reason is not None or (kinds and device.type not in kinds):
        raise ValueError(
            f'device: expected "cpu", or "cuda" where there is a GPU, got "{device}"'
        ) from reason


def _check_model(model: object) -> None:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
    if hasattr(model, "_orig_mod") or isinstance(model, torch.jit.ScriptModule):
        raise TypeError("model: expected the plain module, got a compiled one: give what it is of")
    parameters = list(model.parameters())
    if not parameters:
        raise ValueError("model: expected parameters to train, got a model without any")
    if any(isinstance(one, nn.parameter.UninitializedParameter) for one in parameters):
        raise ValueError("model: expected sizes, got a lazy layer: send one batch through it first")
    if not any(parameter.requires_grad for parameter in parameters):
        raise ValueError("model: expected parameters to train, got a model with all of them frozen")


def _check_input_shape(input_shape: object, inputs: object) -> None:
    if (input_shape is None) == (inputs is None):
        raise ValueError(
            "input_shape: expected the shape of one sample such as (1, 28, 28), "
            "or None where inputs= makes the batch"
        )
    if inputs is not None:
        return
    if not isinstance(input_shape, Sequence) or not all(_is_size(size) for size in input_shape):
        raise ValueError(
            "input_shape: expected the sizes of one sample without the batch axis, "
            f"such as (1, 28, 28), got {_sizes_shown(input_shape)}"
        )


def _is_one_of(value: object, dtypes: Sequence[torch.dtype]) -> bool:
    return isinstance(value, torch.dtype) and value in dtypes


def _is_size(size: object) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= LARGEST_INT64


def _sizes_shown(shape: object) -> str:
    if isinstance(shape, list | tuple):
        return f"({', '.join(shown(size) for size in shape[:6])})"
    return shown(shape)


@contextmanager
def random_state_kept(devices: Sequence[torch.device] = ()) -> Iterator[None]:
    """Put back the random state of torch, NumPy and Python, whatever the step drew."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=list(devices)):
            yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
