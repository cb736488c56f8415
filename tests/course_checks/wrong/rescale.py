"""Wrong answers to exercise 9.3 as students write them."""

from __future__ import annotations

import math
from typing import Any

WRONG: list[tuple[Any, str | None]] = [
    (lambda n, old, rate, new: (n // new, rate * new / old), "short batch not counted"),
    (lambda n, old, rate, new: (int(n / new) + 1, rate * new / old), "one step too many"),
    (lambda n, old, rate, new: (n / new, rate * (new / old)), "steps not rounded"),
    (lambda n, old, rate, new: (math.ceil(n / new), rate), "rate unchanged"),
    (
        lambda n, old, rate, new: (math.ceil(n / new), rate * old / new),
        "rate scaled the wrong way",
    ),
    (lambda n, old, rate, new: (math.ceil(n / new), rate * (new / old) ** 0.5), "square root"),
    (lambda n, old, rate, new: (rate * new / old, math.ceil(n / new)), "order swapped"),
    (lambda n, old, rate, new: (math.ceil(n / old), rate * new / old), "steps of the old size"),
    (lambda n, old, rate, new: (n // new, rate), None),
]
