"""Wrong answers to exercise 2.3 as students write them.

They were written without sight of the check.
"""

from __future__ import annotations

from typing import Any


def _with(**said: Any) -> dict[str, Any]:
    """The right answers, but for those given."""
    right = {
        "a": "works",
        "b": "sizes",
        "c": "works",
        "d": "sizes",
        "e": "number of axes",
        "f": "sizes",
        "g": "no such axis",
        "h": "works",
    }
    return right | said


WRONG: list[tuple[Any, str | None]] = [
    # Thinks Conv2d needs a batch axis: c and d 'number of axes'.
    (_with(c="number of axes", d="number of axes"), "Conv2d wants a batch"),
    # Thinks Flatten flattens the picture to 192: f 'works'.
    (_with(f="works"), "Flatten makes one row"),
    # Thinks a 2-axis tensor has no axis 2 to insert: h 'no such axis'.
    (_with(h="no such axis"), "no new axis at the end"),
    # Thinks Linear takes [B, features] only: a 'number of axes'.
    (_with(a="number of axes"), "Linear wants two axes"),
    # Thinks Linear looks at the first axis (b works) and BatchNorm2d takes one picture (e works).
    (_with(b="works", e="works"), None),
    # Takes the 5 in d for the batch: d 'works'.
    (_with(d="works"), "a stack of grey pictures needs no channel axis"),
    # Writes 'size' instead of 'sizes'.
    (_with(b="size", d="size", f="size"), None),
    # Three at once: e works, f 'number of axes', g works.
    (_with(e="works", f="number of axes", g="works"), None),
    # Confuses the two axis words at g.
    (_with(g="number of axes"), "argmax seen as a layer"),
    # Answers with True and False.
    (_with(a=True, b=False, c=True, d=False, e=False, f=False, g=False, h=True), None),
    # Looks for Linear's 4 in the first axis, both times.
    (_with(a="sizes", b="works"), "Linear looks at the first axis"),
    (_with(c="sizes"), "channels sought in the wrong axis"),
    (_with(e="sizes"), "BatchNorm2d counts channels first"),
]
