"""The port of a JupyterLab: the one that was asked for, or one that no other copy will take."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from course_launcher.failures import Failure

_COUNT = 200


@contextmanager
def reserved_port() -> Iterator[int]:
    """A free port from JupyterLab's usual one on, which no other copy of the course gets meanwhile.

    The usual one: 8888, or what the variable JUPYTER_PORT says, as a container may set it.
    JupyterLab looks for a free port first and listens a moment later: of two that start together,
    one would find its port taken, and end. So each copy holds the UDP port of the same number, for
    which nobody else has a use, as long as its JupyterLab runs. Raises `Failure` for none.
    """
    usual = os.environ.get("JUPYTER_PORT", "")
    first = int(usual) if usual.isdecimal() else 8888
    last = min(first + _COUNT, 65536) - 1
    for port in range(first, last + 1):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
            try:
                held.bind(("127.0.0.1", port))
                refuse_taken_port(port)
            except (OSError, Failure):
                continue
            yield port
            return
    raise Failure(f"The ports {first} to {last} are all taken: choose another with --port.")


def asked_port(arguments: list[str]) -> int | None:
    """The port that the arguments ask JupyterLab for, or None where they leave the choice to it."""
    asked = None
    for argument, following in pairwise([*arguments, ""]):
        name, equals, value = argument.partition("=")
        if name in ("--port", "--ServerApp.port"):
            text = value if equals else following
            asked = int(text) if text.isdecimal() else asked
    return asked


def refuse_taken_port(port: int | None) -> None:
    """Raise `Failure` where the port is in use: JupyterLab would take another without a word."""
    if port is None:
        return
    if not 0 <= port <= 65535:
        raise Failure(f"--port {port}: expected a number from 0 to 65535.")
    for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                if os.name == "posix":
                    # As JupyterLab does: a port that was closed a moment ago is free.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except PermissionError as error:
            raise Failure(
                f"Port {port} may not be used by you: choose one above 1023, or leave --port out "
                "and JupyterLab finds a free one."
            ) from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Failure(
                    f"Port {port} is taken by another program: choose another, or leave --port out "
                    "and JupyterLab finds a free one."
                ) from error
            # No IPv6 on this machine: nothing to take.
