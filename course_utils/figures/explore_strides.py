"""Which operations move numbers in memory, and which only read it another way."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import torch
from torch import Tensor

from course_utils.figures.arguments import pixels_of
from course_utils.figures.explorer import Explorer
from course_utils.figures.strides import Reading, readings_figure, strides_figure

# Name in the list -> (the code for a tensor, what it does).
_OPERATIONS: dict[str, tuple[Callable[[Tensor], str], Callable[[Tensor], Tensor]]] = {
    "permute(1, 0)": (lambda t: "permute(1, 0)", lambda t: t.permute(1, 0)),
    "reshape, sizes reversed": (
        lambda t: f"reshape{tuple(t.shape[::-1])}",
        lambda t: t.reshape(t.shape[::-1]),
    ),
    "[::2, ::2]": (lambda t: "[::2, ::2]", lambda t: t[::2, ::2]),
    "flip(1)": (lambda t: "flip(1)", lambda t: t.flip(1)),
    "unsqueeze(0)": (lambda t: "unsqueeze(0)", lambda t: t.unsqueeze(0)),
    "flatten()": (lambda t: "flatten()", lambda t: t.flatten()),
    "view(-1)": (lambda t: "view(-1)", lambda t: t.view(-1)),
    "contiguous()": (lambda t: "contiguous()", lambda t: t.contiguous()),
}
_NOTHING = "nothing"
_SIDE_BY_SIDE = ("permute(1, 0)", "reshape, sizes reversed", "[::2, ::2]", "flip(1)")


def explore_strides(picture: Tensor) -> Explorer:
    """One or two operations on a table of twelve numbers, and on a picture: what became of memory?

    picture: grey, [H, W] with at least two rows and columns, uint8 or float in 0 … 1.

    Raises ValueError for a picture of another shape, TypeError for other kinds.
    """
    expected = "[H, W] of 2 or more each"
    if min(pixels_of("picture", picture, expected, (2,)).shape) < 2:
        raise ValueError(f"picture: expected {expected}, got {list(picture.shape)}")
    return Explorer(
        "Which operations move numbers in memory, and which only read them in another order?",
        {
            "first": ipywidgets.SelectionSlider(
                options=list(_OPERATIONS), value="permute(1, 0)", description="first"
            ),
            "then": ipywidgets.SelectionSlider(
                options=[_NOTHING, *_OPERATIONS], value=_NOTHING, description="then"
            ),
        },
        lambda first, then: strides_figure(_read(picture, first, then)),
        lambda: readings_figure([_read(picture, name, _NOTHING) for name in _SIDE_BY_SIDE]),
    )


def _read(picture: Tensor, first: str, then: str) -> Reading:
    """Table and picture after the operations. Raises ValueError where PyTorch refuses one."""
    start = torch.arange(12).reshape(3, 4)
    table, codes = start, []
    for name in (first, then):
        if name == _NOTHING:
            continue
        code, apply = _OPERATIONS[name]
        codes.append(code(table))
        try:
            table, picture = apply(table), apply(picture)
        except (RuntimeError, IndexError) as error:
            reason = str(error).splitlines()[0]
            raise ValueError(
                f"PyTorch refuses {codes[-1]} for the shape {list(table.shape)} with the strides "
                f"{table.stride()}: {reason}"
            ) from error
    return Reading(" then ".join(codes), start, table, picture)
