"""The ways in which a run ends early, each with its exit code."""

from __future__ import annotations

from course_utils.training.signals import signal_name


class EndsRun(Exception):
    """A run ends with one sentence and an exit code, and without a traceback."""

    exit_code = 1


class WrongInput(EndsRun):
    """What was asked for cannot be done; the sentence names the option."""

    exit_code = 2


class TrainingFailed(EndsRun):
    """The run began and could not go on, and every process knows it."""


class LostProcess(EndsRun):
    """Another process ended or stopped answering; this one cannot go on alone."""


class Stopped(EndsRun):
    """A signal asked for an end, and the run ended cleanly: 130 for Ctrl-C, 143 for SIGTERM."""

    def __init__(self, sentence: str, number: int) -> None:
        super().__init__(sentence)
        self.exit_code = 128 + number
        self.name = signal_name(number)
