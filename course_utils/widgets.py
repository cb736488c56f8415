"""The first edition's place of the explorers, which live in `course_utils.figures` now.

Copies of the first edition's notebooks import them from here.
"""

from typing import Any

from course_utils import figures


def __getattr__(name: str) -> Any:
    return getattr(figures, name)
