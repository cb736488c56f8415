"""Wrong answers to exercise 7.3 as students write them."""

from __future__ import annotations

from typing import Any

# The right answers, which each wrong one changes.
BUGS = {
    "a": "nothing moves",
    "b": "steps grow",
    "c": "loss has a floor",
    "d": "memory grows",
    "e": "dropout sleeps",
}

WRONG: list[tuple[Any, str | None]] = [
    ({**BUGS, "a": "steps grow"}, "a late backward adds up"),
    ({**BUGS, "b": "memory grows"}, "gradients pile up in memory"),
    ({**BUGS, "e": "nothing moves"}, "eval() stops learning"),
    (
        {**BUGS, "b": "memory grows", "d": "steps grow"},
        "sums of losses and of gradients confused",
    ),
    ({**BUGS, "a": "loss is nan", "c": "nothing moves"}, None),
    ({**BUGS, "c": "loss is nan"}, "softmax overflows"),
    ({**BUGS, "b": "loss is nan"}, "adding up gives nan"),
    ({**BUGS, "b": "loss is nan", "d": "steps grow"}, "adding up gives nan"),
    ({**BUGS, "b": "memory grows", "d": "loss is nan"}, "gradients pile up in memory"),
]
