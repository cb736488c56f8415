"""Look on while PyTorch works: every operation with its result, the backward pass included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from course_utils.arguments import check_callable
from course_utils.memory._torch_private import OperationMode


@contextmanager
def each_operation(note: Callable[[str, object], object]) -> Iterator[None]:
    """Call `note(name, result)` after each operation that PyTorch runs in the block.

    name: such as "aten.addmm.default". result: what the operation returned, a tensor or several in
    a tuple or list. The operations of the backward pass and of the optimizer are among them, which
    hooks on layers do not see. What `note` raises ends the block. Raises TypeError for a note that
    is no function.
    """
    check_callable("note", note, "a function of a name and a result")
    with _Looking(note):
        yield


class _Looking(OperationMode):
    def __init__(self, note: Callable[[str, object], object]) -> None:
        super().__init__()
        self.note = note

    def run(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = super().run(func, args, kwargs)
        self.note(str(func), result)
        return result
