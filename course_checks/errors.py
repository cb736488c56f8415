"""A student's exception in a few lines: the line of *their* code, the error, a translation."""

from __future__ import annotations

import inspect
import linecache
import traceback
from typing import Any

from course_utils.errors import known_error


def explain_error(error: BaseException, answer: Any) -> list[str]:
    """At most three lines: where in the answer it happened, the error, what it means.

    Nothing of the check's own code appears; an error raised in a library is reported at the line
    of the answer that called it.
    """
    lines = []
    where = _line_of_answer(error, answer)
    if where is not None:
        lines.append(f"Your line {where[0]}: {where[1]}")
    text = " ".join(str(error).split())
    lines.append(f"raised {type(error).__name__}: {text[:160]}" if text else type(error).__name__)
    known = known_error(error)
    if known is not None:
        lines.append(known.meaning)
    return lines


def _line_of_answer(error: BaseException, answer: Any) -> tuple[int, str] | None:
    """Line number and text of the innermost frame that is the student's own code."""
    functions = [answer, *(vars(answer).values() if inspect.isclass(answer) else ())]
    files = {f.__code__.co_filename for f in functions if inspect.isfunction(f)}
    found = None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename in files and frame.lineno:
            text = frame.line or linecache.getline(frame.filename, frame.lineno).strip()
            found = (frame.lineno, text)
    return found
