"""What a run tells: lines for people, JSON for programs. Process 0 alone speaks."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tqdm.auto import tqdm

from course_utils.training.settings import WrongInput


class Report:
    """Lines on standard output, and a log of JSON lines.

    log: events are appended to it, each one JSON object on a line with "event" and "time" (seconds
    since 1970). speaks: False makes it silent, for all processes but the first.

    Raises WrongInput where the log cannot be written.
    """

    def __init__(self, log: Path | None, speaks: bool) -> None:
        self.speaks = speaks
        self.log = log if speaks else None
        if self.log is not None:
            try:
                self.log.parent.mkdir(parents=True, exist_ok=True)
                self.log.open("ab").close()
            except OSError as error:
                raise WrongInput(
                    f"--log-file: cannot write {self.log}: {error.strerror}"
                ) from error

    def say(self, line: str) -> None:
        """A line for people, above the progress bar."""
        if self.speaks:
            with tqdm.external_write_mode():
                print(line, flush=True)

    def note(self, event: str, **values: object) -> None:
        """An event for the log. Where it cannot be written, the log ends and the run goes on."""
        if self.log is None:
            return
        line = json.dumps({"event": event, "time": time.time(), **values}) + "\n"
        try:
            # Unbuffered: one call to the system, so that a kill leaves whole lines only.
            with self.log.open("ab", buffering=0) as file:
                file.write(line.encode("utf-8"))
        except OSError as error:
            self.log = None
            self.say(f"--log-file: no more is written: {error.strerror}")
