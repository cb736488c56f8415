"""What a run tells: lines and a bar for people, JSON for programs. Process 0 alone speaks."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from course_utils.training.errors import WrongInput


class Report:
    """Lines on standard output, a progress bar on standard error, and a log of JSON lines.

    log: events are appended to it, each one JSON object on a line with "event" and "time" (seconds
    since 1970). speaks: False makes it silent, for all processes but the first.

    Raises WrongInput where the log cannot be written.
    """

    def __init__(self, log: Path | None, progress: bool, speaks: bool) -> None:
        self.speaks = speaks
        self.log = log if speaks else None
        self.progress = progress and speaks
        self.bar: tqdm[Any] = tqdm(disable=True)
        if self.log is not None:
            try:
                self.log.parent.mkdir(parents=True, exist_ok=True)
                with self.log.open("ab"):
                    pass
            except OSError as error:
                raise WrongInput(
                    f"--log-file: cannot write {self.log}: {error.strerror or error}"
                ) from error

    def say(self, line: str) -> None:
        """A line for people, above the bar."""
        if self.speaks:
            self.bar.clear()
            print(line, flush=True)
            self.bar.refresh()

    def note(self, event: str, **values: object) -> None:
        """An event for the log. Where it cannot be written, the log ends and the run goes on."""
        if self.log is None:
            return
        line = json.dumps({"event": event, "time": time.time(), **values}) + "\n"
        try:
            _append(self.log, line.encode("utf-8"))
        except OSError as error:
            self.log = None
            self.say(f"--log-file: no more is written: {error.strerror or error}")

    def begin_bar(self, total: int, done: int) -> None:
        """Show a bar that stands at `done` of `total` batches."""
        self.bar = tqdm(
            total=total, initial=done, disable=not self.progress,
            leave=False, unit="batch", dynamic_ncols=True,
        )  # fmt: skip

    def close(self) -> None:
        """Remove the bar."""
        self.bar.close()
        if self.speaks:
            sys.stdout.flush()


def _append(log: Path, line: bytes) -> None:
    """Append the line, all of it or nothing."""
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        # One call to the system, so that a kill leaves whole lines only.
        written = os.write(descriptor, line)
        if written < len(line):  # the rest did not fit on the disk
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)
