"""Look on while PyTorch works: what each operation allocates, what it is for, when it is released.

`each_operation` is the simple form, which notebook 08 builds on; `StorageTracker` follows every
storage of a training step from its birth to its end.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.memory._torch_private import (
    OperationMode,
    accumulates_in_place,
    current_node,
    holders_of_a_gradient,
    in_backward,
)
from course_utils.memory.kernels import bytes_inside

CATEGORIES = (
    "parameters",
    "buffers",
    "gradients",
    "optimizer_state",
    "batch",
    "activations",
    "temporaries",
)
"""What a storage can be for. Each storage has exactly one of them, from its birth to its end."""


@contextmanager
def each_operation(note: Callable[[str, object], object]) -> Iterator[None]:
    """Call `note(name, result)` after each operation that PyTorch runs in the block.

    name: such as "aten.addmm.default". result: what the operation returned, a tensor or several in
    a tuple or list. The operations of the backward pass and of the optimizer are among them, which
    hooks on layers do not see. What `note` raises ends the block.

    Used in notebook 08.
    """

    class Looking(OperationMode):
        def run(
            self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
        ) -> Any:
            result = super().run(func, args, kwargs)
            note(str(func), result)
            return result

    with Looking():
        yield


@dataclass(eq=False, slots=True)
class Block:
    """One storage from its birth to its end. nbytes: its size; category: one of `CATEGORIES`.

    phase, layer, operation: what made it, as in `Event`. category is None until it is known.
    """

    nbytes: int
    category: str | None
    phase: str
    layer: str
    operation: str


@dataclass(frozen=True, slots=True)
class Event:
    """A storage is allocated (nbytes above 0) or released (below 0).

    phase: "before" the step, "forward", "backward", "optimizer", or the "end" after the optimizer's
    step. layer: whose turn it is; "" for none. operation: the last that ran.
    """

    block: Block
    nbytes: int
    phase: str
    layer: str
    operation: str


class StorageTracker(OperationMode):
    """Notes every storage that operations make while it is entered, and every release.

    device: the kind of device whose storages count; None for all (a step on the CPU).
    budget: bytes of storage after which an allocation raises `torch.OutOfMemoryError`.

    How a storage gets its category: what is handed to `mark` has the one it is marked with. Of the
    rest, *activations* are those that the forward pass made and that are still held when the
    backward pass begins; all others are *temporaries*.
    """

    def __init__(self, device: str | None = None, budget: int | None = None) -> None:
        super().__init__()
        self.device = device
        self.budget = budget
        self.phase = "forward"
        self.layers: list[str] = []  # those that run at this moment, the innermost last
        self.operation = ""
        self.events: list[Event] = []
        self.total = 0
        self.output_shapes: dict[str, tuple[int, ...] | None] = {}
        self._live: dict[int, tuple[weakref.ref[torch.UntypedStorage], Block]] = {}
        self._holders = holders_of_a_gradient()

    def watch(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Let the model's layers, its gradients and the optimizer say when it is their turn."""
        for name, module in model.named_modules():
            self._watch_layer(module, name or type(model).__name__)
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.register_post_accumulate_grad_hook(
                    lambda parameter: self.mark([parameter.grad], "gradients")
                )

        def before_step(*_: object) -> None:
            self.phase = "optimizer"
            self.mark([parameter.grad for parameter in model.parameters()], "gradients")

        def after_step(*_: object) -> None:
            self.phase = "end"
            for state in optimizer.state.values():
                self.mark(state.values(), "optimizer_state")

        optimizer.register_step_pre_hook(before_step)
        optimizer.register_step_post_hook(after_step)

    def mark(self, tensors: Iterable[object], category: str) -> None:
        """Give the storages of `tensors` their category; the first mark of a storage stays."""
        for tensor in tensors:
            if isinstance(tensor, Tensor) and self._counts(tensor):
                if id(tensor.untyped_storage()) not in self._live:
                    self.operation = f"the {category}"
                    self._note(tensor)
                block = self._live[id(tensor.untyped_storage())][1]
                block.category = block.category or category

    def start(self) -> None:
        """Begin a step: what is alive counts as allocated before the first event."""
        self.phase = "forward"
        self.events = [
            Event(block, block.nbytes, "before", "", "before the step")
            for _, block in self._live.values()
        ]

    def finish(self) -> list[Event]:
        """End the step: its events. What has no category by now was temporary."""
        for event in self.events:
            event.block.category = event.block.category or "temporaries"
        return list(self.events)

    def run(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        phase = self._phase_now()
        if phase == "backward" != self.phase:
            self._forward_is_over()
        self.phase, self.operation = phase, str(func)
        in_place = phase == "backward" and accumulates_in_place(func, args, self._holders)
        result = super().run(func, args, kwargs)
        if in_place:
            self._hand_over(args[0], result)
        for tensor in _tensors(result):
            if self._counts(tensor):
                self._note(tensor)
        inside = bytes_inside(func, args, on_cpu=self.device is None)
        if inside:
            block = self._new_block(inside)
            block.category = "temporaries"
            self._log(block, -inside)
        return result

    def _phase_now(self) -> str:
        """The part of the step that the next operation belongs to."""
        if self.phase == "optimizer":
            return "optimizer"
        if in_backward():
            return "backward"
        # What runs outside of the layers after the optimizer's step, such as zero_grad, does not
        # begin another forward pass.
        return "forward" if self.phase != "end" or self.layers else "end"

    def _forward_is_over(self) -> None:
        for _, block in self._live.values():
            # The gradient of the loss itself, a one, is made a moment before autograd starts.
            root = block.operation == "aten.ones_like.default" and not block.layer
            if block.category is None and block.phase == "forward" and not root:
                block.category = "activations"

    def _counts(self, tensor: Tensor) -> bool:
        return self.device is None or tensor.device.type == self.device

    def _note(self, tensor: Tensor) -> None:
        """Follow the tensor's storage, if it is new or has another size than before."""
        storage = tensor.untyped_storage()
        key, nbytes = id(storage), storage.nbytes()
        if key in self._live:
            if self._live[key][1].nbytes == nbytes:
                return
            # `out=` and `resize_` change the size of a storage in place.
            self._release(key)
        self._follow(storage, self._new_block(nbytes))

    def _follow(self, storage: torch.UntypedStorage, block: Block) -> None:
        key = id(storage)
        self._live[key] = (weakref.ref(storage, lambda _: self._release(key)), block)

    def _hand_over(self, old: Tensor, new: Tensor) -> None:
        """Treat `new` as the storage of `old`, which it would be outside of this mode."""
        if self._counts(old):
            _, block = self._live.pop(id(old.untyped_storage()))
            self._follow(new.untyped_storage(), block)

    def _release(self, key: int) -> None:
        _, block = self._live.pop(key)
        self._log(block, -block.nbytes)

    def _new_block(self, nbytes: int) -> Block:
        if self.budget is not None and self.total + nbytes > self.budget:
            raise torch.OutOfMemoryError(
                f"out of memory: {self.operation} asks for {nbytes:,} bytes, {self.total:,} are in "
                f"use, and the budget is {self.budget:,}"
            )
        block = Block(nbytes, None, self.phase, self._layer(), self.operation)
        self._log(block, nbytes)
        return block

    def _log(self, block: Block, nbytes: int) -> None:
        self.total += nbytes
        self.events.append(Event(block, nbytes, self.phase, self._layer(), self.operation))

    def _layer(self) -> str:
        if self.phase == "backward":
            node = current_node()
            return str(node.metadata.get(_LAYER, "")) if node is not None else ""
        return self.layers[-1] if self.layers else ""

    def _watch_layer(self, module: nn.Module, name: str) -> None:
        """Keep `layers` at those that are running, and sign their nodes of autograd's graph."""

        def enter(module: nn.Module, inputs: object, named_inputs: object) -> None:
            # What the layer around this one computed between its parts is its own.
            for tensor in _tensors([inputs, named_inputs]):
                _sign(tensor.grad_fn, self.layers[-1] if self.layers else "")
            self.layers.append(name)

        def leave(module: nn.Module, inputs: object, outputs: object) -> None:
            # A layer that failed inside, and whose error was caught, has not left by itself.
            while self.layers and self.layers.pop() != name:
                pass
            for tensor in _tensors(outputs):
                _sign(tensor.grad_fn, name)
            self.output_shapes[name] = tuple(outputs.shape) if isinstance(outputs, Tensor) else None

        module.register_forward_pre_hook(enter, with_kwargs=True)
        module.register_forward_hook(leave)


_LAYER = "course layer"


def _sign(node: Any | None, name: str) -> None:
    """Write the layer's name on the nodes it added; inner layers have signed theirs before."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if node is not None and _LAYER not in node.metadata:
            node.metadata[_LAYER] = name
            waiting += [before for before, _ in node.next_functions]


def _tensors(result: object) -> Iterator[Tensor]:
    if isinstance(result, Tensor):
        yield result
    elif isinstance(result, list | tuple | dict):
        for part in result.values() if isinstance(result, dict) else result:
            yield from _tensors(part)
