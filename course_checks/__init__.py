"""The checks of the exercises: an engine, and one module for each notebook that has any.

A check is called as the last line of an exercise's cell: `check_flatten_batch(flatten_batch)`.
Every exercise that a module `notebook_NN` declares has its check here, without being listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course_checks.registry import CHECKS, EXERCISES, show_progress
from course_checks.result import CheckResult

__all__ = ["EXERCISES", "CheckResult", "show_progress", *CHECKS]
globals().update(CHECKS)

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
