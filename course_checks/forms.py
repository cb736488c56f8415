"""One mistake that students write in several forms, each behaving a little differently."""

from __future__ import annotations

from typing import Any

from course_checks.general import Mistake


def in_forms(name: str, message: str, *wrong: Any) -> list[Mistake]:
    """A mistake for each of the implementations in `wrong`, all with one id and one message.

    What two forms do may differ on an edge case (one raises where the other does not); to the
    student they are the same mistake and get the same words.
    """
    return [Mistake(name, form, message) for form in wrong]
