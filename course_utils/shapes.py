"""Shapes in words: the names of the axes, and what each layer of a model does to sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from course_utils.arguments import check_tensor, check_whole, named, shown
from course_utils.devices import predicting

AXES = {
    "B": "batch: which picture",
    "C": "channel: which colour",
    "H": "height: which row",
    "W": "width: which column",
    "K": "class: which score",
}
"""The axis letters of the course, and what walking along each axis changes."""


def name_axes(shape: Sequence[int], axes: str) -> str:
    """The sizes of a shape beside the letters of its axes: `name_axes([10, 784], "BK")`.

    shape: any sequence of sizes. axes: one letter per axis. Returns text such as `B=10 K=784`.

    Raises TypeError for a shape that is no sequence of whole numbers or axes that are no text,
    ValueError where the number of letters and of axes differ.

    Built in notebook 01.
    """
    if not isinstance(shape, Sequence) or isinstance(shape, str | bytes):
        raise TypeError(f"shape: expected a sequence of sizes, got {shown(shape)}")
    for size in shape:
        check_whole("shape", size, least=0)
    if not isinstance(axes, str):
        raise TypeError(f"axes: expected a text of letters, got {shown(axes)}")
    if len(shape) != len(axes):
        raise ValueError(f"axes: expected {len(shape)} letters for {list(shape)}, got {axes!r}")
    return " ".join(f"{axis}={size}" for axis, size in zip(axes, shape, strict=True))


def conv_output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """In how many places a window fits: the size that a convolution or a pooling leaves.

    size: of one axis, before padding. kernel_size: numbers in the window. stride: from one place to
    the next. padding: zeros at each end. dilation: from one number of the window to the next. All
    in pixels. `torch.nn.Conv2d` and `MaxPool2d` compute the same; a pooling's stride is its
    kernel_size unless it is given.

    Raises TypeError for a setting that is no whole number, ValueError for one that is too small,
    beyond what torch takes, or where the window does not fit even once.

    Built in notebook 06.
    """
    settings = (
        ("size", size, 1),
        ("kernel_size", kernel_size, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    )
    for name, value, least in settings:
        check_whole(name, value, least)
    reach = dilation * (kernel_size - 1) + 1
    room = size + 2 * padding
    if reach > room:
        raise ValueError(
            f"size: expected at least {reach} with the padding, as far as the window reaches, "
            f"got {room}"
        )
    return (room - reach) // stride + 1


@dataclass(frozen=True)
class Step:
    """One line of a trace: what ran, and what came out.

    name: of the layer's class, or "input". shape, stride: of the result, in numbers, not bytes.
    shares_memory: whether the result looks at the memory of the step before it; None for the input.
    """

    name: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    shares_memory: bool | None


class ShapeTrace(tuple[Step, ...]):
    """The steps of a trace; printing it gives a table."""

    def __repr__(self) -> str:
        rows = [("step", "shape", "strides", "memory")]
        rows += [
            (
                step.name,
                str(list(step.shape)),
                str(list(step.stride)),
                {True: "shared", False: "new", None: ""}[step.shares_memory],
            )
            for step in self
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )


def trace_shapes(inputs: Tensor, *layers: nn.Module) -> ShapeTrace:
    """Send `inputs` through `layers` one by one and note the shape after each.

    inputs: any tensor the first layer takes. layers: modules; an `nn.Sequential` is opened, so
    that each layer inside it has its own line. Runs without gradients and in evaluation mode, and
    puts each layer's mode back. "shared" says that the result looks at the memory of the step
    before it (a view, or a layer that works in place); "new" that it was copied or computed.

    Raises TypeError for inputs that are no tensor and for a layer that is no module or does not
    return one tensor; RuntimeError, ValueError, TypeError or IndexError with the layer's name in
    front where the layer raised one of them.

    Built in notebook 01.
    """
    check_tensor("inputs", inputs)
    steps = [Step("input", tuple(inputs.shape), inputs.stride(), None)]
    current = inputs
    for layer in _opened(layers):
        with named(layer, " cannot take the shape ", list(current.shape)):
            after = _run(layer, current)
        if not isinstance(after, Tensor):
            raise TypeError(f"layers: expected one tensor from {layer}, got {type(after).__name__}")
        shared = _share_memory(after, current)
        steps.append(Step(type(layer).__name__, tuple(after.shape), after.stride(), shared))
        current = after
    return ShapeTrace(steps)


def _run(layer: nn.Module, inputs: Tensor) -> object:
    """What the layer makes of `inputs`, without gradients and in evaluation mode."""
    with predicting(layer):
        return layer(inputs)


def _share_memory(one: Tensor, other: Tensor) -> bool:
    """Whether both look at the same memory."""
    storage, another = one.untyped_storage(), other.untyped_storage()
    # Memory that came back from NumPy has a storage of its own, at the same address. Where there is
    # no memory, in empty tensors and on the meta device, every address is 0.
    address = storage.data_ptr()
    return storage is another or address == another.data_ptr() != 0


def _opened(layers: Sequence[nn.Module]) -> list[nn.Module]:
    opened: list[nn.Module] = []
    for layer in layers:
        if not isinstance(layer, nn.Module):
            raise TypeError(f"layers: expected modules such as nn.Flatten(), got {shown(layer)}")
        opened += _opened(list(layer)) if isinstance(layer, nn.Sequential) else [layer]
    return opened
