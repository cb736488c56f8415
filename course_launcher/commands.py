"""Run the underlying commands, and print each one first so that people learn the real tools."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from course_launcher.places import Places

# How long a command that was interrupted may take to end by itself.
SECONDS_TO_END = 10.0

# pip shall neither advertise its next version, nor wait for a password that nobody gives, nor
# follow a `user = true` in somebody's settings, which fails inside an environment.
_PIP_SETTINGS = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0"}


@dataclass(frozen=True)
class Finished:
    """How a command ended, and what it wrote to stderr (where that was kept)."""

    exit_code: int
    errors: str = ""


def shown(command: list[str], places: Places) -> str:
    """The command as one would type it in the course's folder."""
    words = [word.removeprefix(f"{places.root}{os.sep}") for word in command]
    return subprocess.list2cmdline(words) if places.windows else shlex.join(words)


def announce(command: list[str], places: Places, settings: dict[str, str] | None = None) -> None:
    """Print the command, with the environment variables that it gets on a line of their own."""
    if settings:
        values = ", ".join(f"{name}={value}" for name, value in settings.items())
        print(f"(with {values})")
    print(f"$ {shown(command, places)}", flush=True)


def run(command: list[str], places: Places, settings: dict[str, str] | None = None) -> int:
    """Print the command and run it in the course's folder; return its exit code.

    Ctrl-C reaches the command too, which decides by itself when to end: JupyterLab asks first.
    """
    announce(command, places, settings)
    environment = {**os.environ, **(settings or {})}
    process = subprocess.Popen(command, cwd=places.root, env=environment)  # noqa: S603 - a list of words, no shell
    with _terminated_together(process):
        while True:
            try:
                return _exit_code(process.wait())
            except KeyboardInterrupt:
                continue


def run_keeping_errors(command: list[str], places: Places) -> Finished:
    """Print the command and run it in the course's folder, keeping stderr for a diagnosis.

    Its stdout is shown as it comes (pip draws its progress there). Raises `KeyboardInterrupt` after
    the command has ended, if it was interrupted.
    """
    announce(command, places)
    process = subprocess.Popen(  # noqa: S603 - a list of words, no shell
        command,
        cwd=places.root,
        env={**os.environ, **_PIP_SETTINGS},
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    with _terminated_together(process):
        try:
            errors = process.communicate()[1]
        except KeyboardInterrupt:
            _end(process)
            raise
    return Finished(_exit_code(process.returncode), errors or "")


def answer_of(command: list[str], cwd: Path) -> str | None:
    """What a small command that changes nothing prints, or None where it does not run."""
    try:
        finished = subprocess.run(  # noqa: S603 - a list of words, no shell
            command, cwd=cwd, capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return finished.stdout.decode("utf-8", "replace").strip() if not finished.returncode else None


def _end(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _exit_code(returned: int) -> int:
    return returned if returned >= 0 else 128 - returned


@contextmanager
def _terminated_together(
    process: subprocess.Popen[str] | subprocess.Popen[bytes],
) -> Iterator[None]:
    """Hand a request to terminate on to the command, which otherwise would live on without us."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def hand_on(number: int, frame: FrameType | None) -> None:
        process.terminate()

    previous = signal.signal(signal.SIGTERM, hand_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
