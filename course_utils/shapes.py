"""Shapes in words: the names of the axes, what layers do to sizes, and the shapes of a loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

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

    Raises ValueError where the number of letters and of axes differ.

    Built in notebook 01.
    """
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

    Raises ValueError where the window does not fit even once.

    Built in notebook 06.
    """
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
        memory = {True: "shared", False: "new", None: ""}
        rows = [("step", "shape", "strides", "memory")]
        for step in self:
            shape, stride = str(list(step.shape)), str(list(step.stride))
            rows.append((step.name, shape, stride, memory[step.shares_memory]))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
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

    Raises what a layer raises, with the layer and the shape that it cannot take in front, and
    TypeError for a layer that does not return one tensor.

    Built in notebook 01.
    """
    steps = [Step("input", tuple(inputs.shape), inputs.stride(), None)]
    current = inputs
    for layer in _opened(layers):
        try:
            with predicting(layer):
                after = layer(current)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            sentence = f"{layer} cannot take the shape {list(current.shape)}: {error}"
            raise type(error)(sentence) from error
        if not isinstance(after, Tensor):
            raise TypeError(f"layers: expected one tensor from {layer}, got {type(after).__name__}")
        shared = after.untyped_storage().data_ptr() == current.untyped_storage().data_ptr()
        steps.append(Step(type(layer).__name__, tuple(after.shape), after.stride(), shared))
        current = after
    return ShapeTrace(steps)


def _opened(layers: Iterable[nn.Module]) -> Iterator[nn.Module]:
    """The layers, with those inside an `nn.Sequential` in its place."""
    for layer in layers:
        if isinstance(layer, nn.Sequential):
            yield from _opened(layer)
        else:
            yield layer


def check_scores(scores: Tensor, name: str) -> None:
    """Raise ValueError for another shape than [B, K]."""
    shape = list(scores.shape)
    if len(shape) != 2:
        hint = ": add the batch axis with .unsqueeze(0)" if len(shape) == 1 else ""
        raise ValueError(f"{name}: expected shape [B, K], got {shape}{hint}")


def check_logits(logits: Tensor, name: str = "logits") -> None:
    """Raise ValueError for another shape than [B, K], TypeError for other numbers than floats."""
    check_scores(logits, name)
    if not logits.is_floating_point():
        raise TypeError(f"{name}: expected floats, got {logits.dtype}")


def check_labels(labels: Tensor, logits: Tensor) -> None:
    """Raise TypeError or ValueError for what are no labels [B] in 0 … K-1 of `logits` [B, K]."""
    check_indices(labels, count=len(logits))
    if len(labels) == 0:
        raise ValueError("labels: expected at least one, got an empty batch")
    check_range(labels, classes=logits.shape[1])


def check_indices(indices: Tensor, count: int, name: str = "labels") -> None:
    """Raise TypeError for what are no integers, ValueError for another shape than [count]."""
    if indices.is_floating_point():
        raise TypeError(f"{name}: expected class indices (integers), got {indices.dtype}")
    shape = list(indices.shape)
    if shape != [count]:
        # Many data sets give a column of labels, and `==` would broadcast it to [B, B] in silence.
        hint = ": drop the last axis with .squeeze(1)" if shape == [count, 1] else ""
        raise ValueError(f"{name}: expected shape {[count]}, got {shape}{hint}")


def check_range(indices: Tensor, classes: int, name: str = "labels") -> None:
    """Raise ValueError for an index outside 0 … classes-1."""
    if len(indices):
        smallest, largest = int(indices.min()), int(indices.max())
        if smallest < 0 or largest >= classes:
            raise ValueError(f"{name}: expected 0 to {classes - 1}, got {smallest} to {largest}")
