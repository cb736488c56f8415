"""Which exercises this reader has passed: one small file on this machine, and nothing else.

Deleting the file forgets the progress and loses nothing else. A folder that cannot be written to
costs the record, never the check. Notebooks that run at once take turns, so that none of them
writes over what another has just noted.

Reading needs nothing but Python: the launcher loads this file by itself for its welcome page.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]

_SECONDS_TO_WAIT = 5.0
"""For another notebook that is writing its own line, which takes milliseconds."""


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
    from filelock import FileLock

    from course_utils.files import write_whole

    if number in passed_exercises():
        return
    file = progress_file()
    try:
        with FileLock(file.with_name(f".{file.name}.lock"), timeout=_SECONDS_TO_WAIT):
            passed = sorted(passed_exercises() | {number})
            write_whole(file, (json.dumps({"passed": passed}, indent=1) + "\n").encode())
    # No room, no permission, no turn in time, or a file system without locks.
    except (OSError, NotImplementedError):
        return
