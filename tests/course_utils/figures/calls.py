"""A drawing function that notes how it is called, in the place of the real one."""

from __future__ import annotations

from typing import Any

import pytest

from course_utils.figures import CourseFigure


class Calls:
    """Notes the arguments of each call and draws next to nothing."""

    def __init__(self) -> None:
        self.arguments: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def __call__(self, *positional: Any, **named: Any) -> CourseFigure:
        self.arguments.append((positional, named))
        return CourseFigure(1, 1, "a picture", layout="none")

    @property
    def last(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return self.arguments[-1]


def replaced(monkeypatch: pytest.MonkeyPatch, place: str) -> Calls:
    """Put a `Calls` where the explorer looks for its drawing function."""
    calls = Calls()
    monkeypatch.setattr(place, calls)
    return calls
