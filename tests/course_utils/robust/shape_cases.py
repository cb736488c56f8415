"""Shapes, sizes and the models that are made with them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from torch import nn

from course_utils import models, shapes
from tests.course_utils.robust.case import Arguments, Case
from tests.course_utils.robust.values import (
    ANYTHING,
    FLOATS,
    SIZES,
    WHOLE_NUMBERS,
    tensors,
)


def _name_axes(arguments: Arguments, answer: Any) -> bool:
    pairs = zip(arguments["axes"], arguments["shape"], strict=True)
    return bool(answer == " ".join(f"{axis}={int(size)}" for axis, size in pairs))


def _output_size(arguments: Arguments, answer: Any) -> bool:
    """Slide the window and count; where that takes too long, the last place that fits decides."""
    reach = arguments["dilation"] * (arguments["kernel_size"] - 1) + 1
    room = arguments["size"] + 2 * arguments["padding"]
    last = (answer - 1) * arguments["stride"] + reach
    return bool(answer >= 1 and last <= room < last + arguments["stride"])


def _trace(inputs: Any, layers: Any) -> Any:
    return shapes.trace_shapes(inputs, *layers)


LAYERS = st.sampled_from(
    [nn.Flatten(), nn.ReLU(), nn.Linear(4, 2), nn.Conv2d(1, 2, 2), nn.Linear, nn.GRU(2, 2)]
)


def _traced(arguments: Arguments, answer: Any) -> bool:
    current = arguments["inputs"]
    sizes = [tuple(current.shape)]
    for layer in arguments["layers"]:
        current = layer(current)
        sizes.append(tuple(current.shape))
    return [step.shape for step in answer] == sizes


def _has_sizes(arguments: Arguments, answer: nn.Module) -> bool:
    last = [module for module in answer.modules() if isinstance(module, nn.Linear)][-1]
    return bool(last.out_features == arguments["classes"])


# Sizes for which there is no memory: the words are those of torch's layer, as in any model.
NO_MEMORY = ("[enforce fail", "Storage size")


def _sizes(*names: str) -> st.SearchStrategy[Arguments]:
    return st.fixed_dictionaries(dict.fromkeys(names, SIZES))


CASES = [
    Case(
        "shapes.name_axes",
        shapes.name_axes,
        st.lists(st.integers(0, 9), max_size=4).map(
            lambda shape: {"shape": shape, "axes": "BCHWK"[: len(shape)]}
        ),
        _name_axes,
        replaced={"shape": st.lists(ANYTHING, max_size=4)},
    ),
    Case(
        "shapes.conv_output_size",
        shapes.conv_output_size,
        st.fixed_dictionaries(
            {
                "size": st.integers(1, 30),
                "kernel_size": SIZES,
                "stride": SIZES,
                "padding": st.integers(0, 3),
                "dilation": st.integers(1, 3),
            }
        ),
        _output_size,
        replaced=dict.fromkeys(
            ("size", "kernel_size", "stride", "padding", "dilation"), WHOLE_NUMBERS
        ),
    ),
    Case(
        "shapes.trace_shapes",
        _trace,
        st.fixed_dictionaries(
            {"inputs": tensors(dtypes=FLOATS[:2]), "layers": st.lists(LAYERS, max_size=3)}
        ),
        _traced,
        # The layer that cannot go on is named as it prints itself.
        names=("inputs", "layers", "Linear", "Conv2d", "GRU", "Flatten", "ReLU"),
        replaced={"layers": st.lists(LAYERS | ANYTHING, max_size=3)},
        starred=("layers",),
    ),
    Case(
        "models.SoftmaxRegression",
        models.SoftmaxRegression,
        _sizes("in_features", "classes"),
        _has_sizes,
        names=("in_features", "classes", *NO_MEMORY),
        replaced=dict.fromkeys(("in_features", "classes"), WHOLE_NUMBERS),
    ),
    Case(
        "models.MLP",
        models.MLP,
        _sizes("in_features", "hidden", "classes"),
        _has_sizes,
        names=("in_features", "hidden", "classes", *NO_MEMORY),
        replaced=dict.fromkeys(("in_features", "hidden", "classes"), WHOLE_NUMBERS),
    ),
    Case(
        "models.CNN",
        models.CNN,
        _sizes("in_channels", "classes"),
        _has_sizes,
        names=("in_channels", "classes", *NO_MEMORY),
        replaced=dict.fromkeys(("in_channels", "classes"), WHOLE_NUMBERS),
    ),
]
