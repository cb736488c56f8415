"""Ctrl-C and SIGTERM ask for an end; the run grants it at the end of a step."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Whether this process was asked to end: `number` is the signal's, 0 while there was none."""

    def __init__(self) -> None:
        self.number = 0

    def note(self, number: int, frame: FrameType | None = None) -> None:
        """The signal handler: remember, and let the step finish."""
        self.number = number


@contextmanager
def listening(request: StopRequest, impatient: bool) -> Iterator[None]:
    """Note SIGTERM and SIGINT in `request` for a while; the old handlers come back afterwards.

    impatient: a second Ctrl-C ends the process at once. Not under torchrun, which passes a signal
    on to processes that may have got it already, and kills those that do not end.
    """

    def interrupted(number: int, frame: FrameType | None) -> None:
        if request.number and impatient:
            raise KeyboardInterrupt
        request.note(number)

    # Windows has no SIGTERM that another process could send; there it is only a name.
    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, request.note),
        signal.SIGINT: signal.signal(signal.SIGINT, interrupted),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_at_once() -> None:
    """Let Ctrl-C end this process as SIGTERM does, even where it waits for another one.

    Python's own handler would not be called before the waiting is over.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def signal_name(number: int) -> str:
    """What people call the signal."""
    return "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
