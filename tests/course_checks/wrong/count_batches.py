"""Wrong answers to exercise 3.1 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from torch.utils.data import DataLoader


def count_batches_a(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Remainder as the last size: 0 when it divides evenly; and batch_size with no batch at all."""
    if drop_last:
        return samples // batch_size, batch_size
    else:
        return math.ceil(samples / batch_size), samples % batch_size


def count_batches_b(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """With drop_last and without any full batch: says (0, batch_size)."""
    n = samples // batch_size
    rest = samples % batch_size
    if drop_last:
        return n, batch_size
    if rest == 0:
        return n, batch_size
    return n + 1, rest


def count_batches_c(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Always one more batch without drop_last, also when it divides evenly."""
    n = samples // batch_size
    if not drop_last:
        n = n + 1
    last = samples - (n - 1) * batch_size
    if drop_last:
        last = batch_size if n > 0 else 0
    return n, last


def count_batches_d(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Ignores drop_last."""
    number = math.ceil(samples / batch_size)
    last = samples - (number - 1) * batch_size
    return number, last


def count_batches_e(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Last size is samples % batch_size, also with drop_last."""
    if drop_last:
        n = samples // batch_size
    else:
        n = math.ceil(samples / batch_size)
    last = samples % batch_size
    return n, last


def count_batches_f(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Uses np.floor and np.ceil: floats instead of ints."""
    n = samples / batch_size
    if drop_last:
        n = np.floor(n)
        last = batch_size if n > 0 else 0
    else:
        n = np.ceil(n)
        last = samples - (n - 1) * batch_size if n > 0 else 0
    return n, last


def count_batches_g(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Round instead of rounding up."""
    n = round(samples / batch_size)
    rest = samples % batch_size
    if drop_last:
        n = samples // batch_size
        rest = 0
    if rest == 0 and n > 0:
        rest = batch_size
    return n, rest


def count_batches_h(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Fewer samples than batch_size: (0, 0) also without drop_last."""
    if samples < batch_size:
        return 0, 0
    if drop_last:
        return samples // batch_size, batch_size
    if samples % batch_size == 0:
        return samples // batch_size, batch_size
    return samples // batch_size + 1, samples % batch_size


def count_batches_i(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Reads drop_last the wrong way round."""
    n = samples // batch_size
    rest = samples % batch_size
    if drop_last and rest > 0:
        return n + 1, rest
    return n, batch_size if n else 0


def count_batches_j(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Returns the number of batches only."""
    if drop_last:
        return samples // batch_size
    return math.ceil(samples / batch_size)


def count_batches_k(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Lets drop_last take one batch away, also a full one."""
    # drop_last: the last batch goes away
    n = math.ceil(samples / batch_size)
    if drop_last:
        n = n - 1
        last = batch_size if n > 0 else 0
    else:
        last = samples - (n - 1) * batch_size if n > 0 else 0
    return n, last


def count_batches_l(samples: Any, batch_size: Any, drop_last: Any) -> Any:
    """Tries it with a DataLoader: drop_last lands at shuffle, IndexError/ValueError when empty."""
    numbers: Any = range(samples)
    loader: Any = DataLoader(numbers, batch_size, drop_last)
    sizes = [len(b) for b in loader]
    return len(loader), sizes[-1]


WRONG: list[tuple[Any, str | None]] = [
    (count_batches_a, "last batch 0"),
    (count_batches_b, "a last batch where there is none"),
    (count_batches_c, "one too many"),
    (count_batches_d, "ignores drop_last"),
    (count_batches_e, "always the remainder"),
    (count_batches_f, "floats"),
    (count_batches_g, "rounded to the nearest"),
    (count_batches_h, "none for a few samples"),
    (count_batches_i, "drop_last the wrong way round"),
    (count_batches_j, "number only"),
    (count_batches_k, "a full batch dropped"),
    (count_batches_l, None),
    (lambda samples, size, drop: (samples / size, samples % size), "fraction of a batch"),
    (lambda samples, size, drop: (samples // size + 1, samples % size), "one too many"),
    (lambda samples, size, drop: (math.ceil(samples / size), size), "last batch always full"),
    (lambda samples, size, drop: (math.ceil(samples / size), samples % size), "ignores drop_last"),
    (lambda samples, size, drop: (samples % size or size, math.ceil(samples / size)), None),
]
