"""The states of a run's parts, as a checkpoint can hold them and be read again."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import numpy as np

from course_utils.arguments import check_plain


def plain_state(name: str, state: Any) -> Any:
    """The state with Python's numbers for NumPy's, such as a learning rate of `np.float64`.

    `torch.save` writes NumPy's too, but `torch.load` with `weights_only=True` does not read them.

    Raises TypeError or ValueError for a state, of the part `name`, that would not be read again.
    """
    with contextlib.suppress(RecursionError):  # the check has words for it
        state = _without_numpy(state)
    check_plain(name, state)
    return state


def _without_numpy(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        parts = [_without_numpy(part) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, dict):
        # A copy, because a model's dict has attributes and a schedule's may be a Counter.
        made = copy.copy(value)
        made.clear()
        for key, part in value.items():
            made[_without_numpy(key)] = _without_numpy(part)
        return made
    return value
