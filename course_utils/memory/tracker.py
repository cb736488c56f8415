"""Follow the storages: what each operation allocates, what it is for, and when it is released."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.memory._torch_private import (
    OperationMode,
    accumulates_in_place,
    current_node,
    holders_of_a_buffer,
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


@dataclass(eq=False, slots=True)
class Block:
    """One storage from its birth to its end. nbytes: its size; category: one of `CATEGORIES`."""

    nbytes: int
    category: str | None
    phase: str  # the part of the step that made it, as in `Event`
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
        self.events: list[Event] = []
        self.phase = "forward"
        self.layers: list[str] = []
        self.output_shapes: dict[str, tuple[int, ...] | None] = {}
        self.operation = ""
        self.total = 0
        self._live: dict[int, tuple[weakref.ref[torch.UntypedStorage], Block]] = {}
        self._was_in_backward = False
        self._holders = holders_of_a_buffer()

    def start(self) -> None:
        """Forget the events so far; what is alive counts as allocated before the first event."""
        self.phase = "forward"
        self.events = [
            Event(block, block.nbytes, "before", "", "before the step")
            for _, block in self._live.values()
        ]

    def mark(self, tensors: Iterable[object], category: str) -> None:
        """Give the storages of `tensors` their category; the first mark of a storage stays."""
        for tensor in tensors:
            if isinstance(tensor, Tensor) and self._counts(tensor):
                if id(tensor.untyped_storage()) not in self._live:
                    self.operation = f"the {category}"
                    self._note(tensor)
                block = self._live[id(tensor.untyped_storage())][1]
                block.category = block.category or category

    def unlabelled(self) -> None:
        """A step is over: what has no category and did not outlive the forward pass."""
        for event in self.events:
            event.block.category = event.block.category or "temporaries"

    def watch(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Let the model's layers, its gradients and the optimizer say when it is their turn."""
        for name, module in model.named_modules():
            _watch_layer(module, name or type(model).__name__, self)
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.register_post_accumulate_grad_hook(
                    lambda parameter: self.mark([parameter.grad], "gradients")
                )

        def before_step(*_: object) -> None:
            self.phase = "optimizer"
            gradients = [parameter.grad for parameter in model.parameters()]
            self.mark(gradients, "gradients")

        def after_step(*_: object) -> None:
            self.phase = "end"
            for state in optimizer.state.values():
                self.mark(state.values(), "optimizer_state")

        optimizer.register_step_pre_hook(before_step)
        optimizer.register_step_post_hook(after_step)

    def run(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        backward = in_backward()
        if backward and not self._was_in_backward:
            self._forward_is_over()
        self._was_in_backward = backward
        self._enter_phase(backward)
        self.operation = str(func)
        in_place = backward and accumulates_in_place(func, args, self._holders)
        result = super().run(func, args, kwargs)
        if in_place:
            self._hand_over(args[0], result)
        for tensor in _tensors(result):
            if self._counts(tensor):
                self._note(tensor)
        inside = bytes_inside(func, args, on_cpu=self.device is None)
        if inside:
            self._within_budget(inside)
            block = Block(inside, "temporaries", self.phase, self._layer(), self.operation)
            self._log(block, inside)
            self._log(block, -inside)
        return result

    def _enter_phase(self, backward: bool) -> None:
        """The part of the step that an operation belongs to."""
        # What the optimizer itself runs on its way out does not begin another forward pass.
        leaving = self.phase == "end" and not backward and not self.layers
        if self.phase != "optimizer" and not leaving:
            self.phase = "backward" if backward else "forward"

    def _counts(self, tensor: Tensor) -> bool:
        return self.device is None or tensor.device.type == self.device

    def _note(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, nbytes = id(storage), storage.nbytes()
        if key in self._live:
            block = self._live[key][1]
            if block.nbytes == nbytes:
                return
            # `out=` and `resize_` change the size of a storage in place.
            self._release(key)
        self._within_budget(nbytes)
        block = Block(nbytes, None, self.phase, self._layer(), self.operation)
        self._follow(storage, block)
        self._log(block, nbytes)

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

    def _log(self, block: Block, nbytes: int) -> None:
        self.total += nbytes
        self.events.append(Event(block, nbytes, self.phase, self._layer(), self.operation))

    def _within_budget(self, nbytes: int) -> None:
        if self.budget is not None and self.total + nbytes > self.budget:
            raise torch.OutOfMemoryError(
                f"out of memory: {self.operation} asks for {nbytes:,} bytes, {self.total:,} are in "
                f"use, and the budget is {self.budget:,}"
            )

    def _forward_is_over(self) -> None:
        for _, block in self._live.values():
            # The gradient of the loss itself, a one, is made a moment before autograd starts.
            root = block.operation == "aten.ones_like.default" and not block.layer
            if block.category is None and block.phase == "forward" and not root:
                block.category = "activations"

    def _layer(self) -> str:
        if self.phase == "backward":
            node = current_node()
            return str(node.metadata.get(_LAYER, "")) if node is not None else ""
        return self.layers[-1] if self.layers else ""


_LAYER = "course layer"


def _watch_layer(module: nn.Module, name: str, tracker: StorageTracker) -> None:
    """Keep `tracker.layers` at the layers that are running, and sign their nodes of the graph."""

    def enter(module: nn.Module, inputs: object, named_inputs: object) -> None:
        # What the layer around this one computed between its parts is its own.
        for tensor in [*_tensors(inputs), *_tensors(named_inputs)]:
            _sign(tensor.grad_fn, tracker.layers[-1] if tracker.layers else "")
        tracker.layers.append(name)

    def leave(module: nn.Module, inputs: object, outputs: object) -> None:
        # A layer that failed inside, and whose error was caught, has not left by itself.
        while tracker.layers and tracker.layers.pop() != name:
            pass
        for tensor in _tensors(outputs):
            _sign(tensor.grad_fn, name)
        shape = tuple(outputs.shape) if isinstance(outputs, Tensor) else None
        tracker.output_shapes[name] = shape

    module.register_forward_pre_hook(enter, with_kwargs=True)
    module.register_forward_hook(leave)


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
    elif isinstance(result, list | tuple):
        for part in result:
            yield from _tensors(part)
    elif isinstance(result, dict):
        for part in result.values():
            yield from _tensors(part)
