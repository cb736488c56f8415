"""Ways to count the batches of an epoch, right and wrong, of which exercise 3.1 makes answers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

Answer = Callable[[int, int, bool], tuple[float, float]]
Count = Callable[[int, int, bool], float]
Last = Callable[[float, int, int], float]


def count_batches(samples: int, batch_size: int, drop_last: bool) -> tuple[int, int]:
    """The right answer."""
    full, rest = divmod(samples, batch_size)
    if rest and not drop_last:
        return full + 1, rest
    return full, batch_size if full else 0


# The sizes of the last batch that students compute, from the number of batches n they arrived at.
# A mistake comes in several forms: with and without care for the epoch that has no batch at all.


def full(n: float, samples: int, batch_size: int) -> int:
    return batch_size


def full_if_any(n: float, samples: int, batch_size: int) -> int:
    return batch_size if n else 0


def rest(n: float, samples: int, batch_size: int) -> int:
    return samples % batch_size


def rest_or_full(n: float, samples: int, batch_size: int) -> int:
    return samples % batch_size or batch_size


def rest_or_full_if_any(n: float, samples: int, batch_size: int) -> int:
    return samples % batch_size or (batch_size if n and samples else 0)


def what_remains(n: float, samples: int, batch_size: int) -> float:
    return samples - (n - 1) * batch_size


def what_remains_if_any(n: float, samples: int, batch_size: int) -> float:
    return what_remains(n, samples, batch_size) if n and samples else 0


def all_or_full(n: float, samples: int, batch_size: int) -> int:
    return min(batch_size, samples)


def one_step_too_far(n: float, samples: int, batch_size: int) -> float:
    return samples - n * batch_size


def nothing(n: float, samples: int, batch_size: int) -> int:
    return 0


DROPPED = (full, full_if_any)
KEPT = (rest_or_full, rest_or_full_if_any)
KEPT_OR_REMAINS = (*KEPT, what_remains, what_remains_if_any)


# The numbers of batches that students compute.


def right_count(samples: int, batch_size: int, drop_last: bool) -> int:
    return count_batches(samples, batch_size, drop_last)[0]


def up(samples: int, batch_size: int, drop_last: bool) -> int:
    return -(-samples // batch_size)


def down(samples: int, batch_size: int, drop_last: bool) -> int:
    return samples // batch_size


def down_plus_one(samples: int, batch_size: int, drop_last: bool) -> int:
    return samples // batch_size + (not drop_last)


def always_plus_one(samples: int, batch_size: int, drop_last: bool) -> int:
    return samples // batch_size + 1


def divided(samples: int, batch_size: int, drop_last: bool) -> float:
    return samples / batch_size


def up_minus_one(samples: int, batch_size: int, drop_last: bool) -> int:
    return max(up(samples, batch_size, drop_last) - drop_last, 0)


def nearest(samples: int, batch_size: int, drop_last: bool) -> int:
    return samples // batch_size if drop_last else round(samples / batch_size)


def half_up(samples: int, batch_size: int, drop_last: bool) -> int:
    return samples // batch_size if drop_last else int(samples / batch_size + 0.5)


def answers(
    count: Count, kept: tuple[Last, ...], dropped: tuple[Last, ...] | None = None
) -> list[Answer]:
    """Every answer with this count and one of these last sizes without and with drop_last.

    dropped: None for those that compute the last size the same way in both cases.
    """
    pairs = product(kept, dropped) if dropped else [(last, last) for last in kept]

    def answer(last_kept: Last, last_dropped: Last) -> Answer:
        def counted(samples: int, batch_size: int, drop_last: bool) -> tuple[float, float]:
            n = count(samples, batch_size, drop_last)
            return n, (last_dropped if drop_last else last_kept)(n, samples, batch_size)

        return counted

    return [answer(*pair) for pair in pairs]
