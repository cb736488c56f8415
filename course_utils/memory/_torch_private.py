"""Every name of torch that is not public and that this package needs, each with its reason.

Where a torch renames one of them, this is the file to mend.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

# The public modes see calls of Python functions; only this one sees every operation with its
# outputs, those of the backward pass included.
from torch.utils._python_dispatch import TorchDispatchMode


class OperationMode(TorchDispatchMode):
    """While it is entered, every operation of PyTorch passes through `run`."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        return self.run(func, args, kwargs or {})

    def run(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The result of the operation `func`; what overrides it decides when to call it."""
        return func(*args, **kwargs)


def in_backward() -> bool:
    """Whether autograd is working through a graph right now; no public call says so."""
    return torch._C._current_graph_task_id() != -1


def current_node() -> Any | None:
    """The node of the graph that autograd works on, which knows its layer; None outside of it."""
    return torch._C._current_autograd_node()


def accumulates_in_place(
    func: Callable[..., Any], args: tuple[Any, ...], holders: tuple[int, int]
) -> bool:
    """Whether this call inside a dispatch mode is autograd adding up two gradients of one tensor.

    Autograd adds into the first where nobody else holds it, but not under a dispatch mode: there
    it makes a third tensor, which no training step has. To be called in the backward pass.
    holders: what `holders_of_a_gradient()` gave.
    """
    if func is not torch.ops.aten.add.Tensor or len(args) != 2:
        return False
    first, second = args
    if not isinstance(second, Tensor) or (first.shape, first.dtype) != (second.shape, second.dtype):
        return False
    steps = zip(first.shape, first.stride(), strict=True)
    extent = 1 + sum((size - 1) * stride for size, stride in steps)
    return extent == first.numel() and _holders(first) == holders


def _holders(tensor: Tensor) -> tuple[int, int]:
    """How many hold the tensor and how many its storage; only these counts tell autograd's adds."""
    storage = tensor.untyped_storage()
    return tensor._use_count(), torch._C._storage_Use_Count(storage._cdata)


@functools.cache
def holders_of_a_gradient() -> tuple[int, int]:
    """(of a gradient, of its storage) where only autograd holds it; tried out: versions differ."""
    seen: list[tuple[int, int]] = []

    class Watch(OperationMode):
        def run(
            self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
        ) -> Any:
            if func is torch.ops.aten.add.Tensor:
                seen.append(_holders(args[0]))
            return super().run(func, args, kwargs)

    with torch.inference_mode(False), torch.enable_grad():
        start = torch.zeros(2, 2, device="meta", requires_grad=True)
        twice = start.exp()
        result = (twice.exp() * twice.sin()).sum()
    with Watch():
        result.backward()
    return seen[0]


def memory_changes(
    profiler: torch.profiler.profile, label: str
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(address, bytes) of each allocation (above 0) and release (below 0) on the CPU, in order.

    Two lists: before the block of code that `record_function(label)` names, and inside it. The
    public results add the changes up by operation, and a peak lies between them.
    """
    results: Any = profiler.profiler.kineto_results  # type: ignore[union-attr]
    events = sorted(_walk(results.experimental_event_tree()), key=lambda one: one.start_time_ns)
    begin, end = next(
        (event.start_time_ns, event.end_time_ns) for event in events if event.name == label
    )
    before, inside = [], []
    for event in events:
        kind, fields = event.typed
        if kind == torch._C._profiler._EventType.Allocation and fields.device.type == "cpu":
            change = (fields.ptr, fields.alloc_size)
            if event.start_time_ns < begin:
                before.append(change)
            elif event.start_time_ns <= end:
                inside.append(change)
    return before, inside


def _walk(events: Iterable[Any]) -> Iterator[Any]:
    waiting = list(events)
    while waiting:
        event = waiting.pop()
        yield event
        waiting += reversed(event.children)
