"""Which exercises this reader has passed: one small file on this machine, and nothing else.

Deleting the file forgets the progress and loses nothing else. A folder that cannot be written to
costs the record, never the check.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from course_utils.environment import REPOSITORY


def progress_file() -> Path:
    """`COURSE_PROGRESS` if set, else a file in the reader's `my_notebooks/`, else here."""
    named = os.environ.get("COURSE_PROGRESS")
    if named:
        return Path(named)
    notebooks = REPOSITORY / "my_notebooks"
    return (notebooks if notebooks.is_dir() else Path.cwd()) / "progress.json"


def passed_exercises() -> set[str]:
    """The numbers ("1.2") of the exercises passed so far; none where the file is not readable."""
    try:
        numbers = json.loads(progress_file().read_text(encoding="utf-8"))["passed"]
        return {number for number in numbers if isinstance(number, str)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def record_passed(number: str) -> None:
    """Note that exercise `number` has been passed; it stays passed."""
    passed = passed_exercises()
    if number in passed:
        return
    file = progress_file()
    text = json.dumps({"passed": sorted(passed | {number})}, indent=1) + "\n"
    beside = None
    try:
        handle, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(beside).replace(file)
    except OSError:
        if beside is not None:
            Path(beside).unlink(missing_ok=True)
