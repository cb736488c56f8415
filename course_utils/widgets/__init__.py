"""Interactive explorers: a question, a few controls, and a picture that follows them.

Each needs its own part of the package and no other's, so each is imported when it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_utils.widgets.base import Explorer
    from course_utils.widgets.batch_size import explore_batch_size
    from course_utils.widgets.batches import explore_batches
    from course_utils.widgets.convolution import explore_convolution
    from course_utils.widgets.memory import explore_memory
    from course_utils.widgets.softmax import explore_softmax
    from course_utils.widgets.strides import explore_strides

_FILES = {
    "Explorer": "base",
    "explore_batch_size": "batch_size",
    "explore_batches": "batches",
    "explore_convolution": "convolution",
    "explore_memory": "memory",
    "explore_softmax": "softmax",
    "explore_strides": "strides",
}
__all__ = [
    "Explorer",
    "explore_batch_size",
    "explore_batches",
    "explore_convolution",
    "explore_memory",
    "explore_softmax",
    "explore_strides",
]


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_FILES[name]}"), name)
