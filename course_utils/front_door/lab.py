"""`python course.py lab`: JupyterLab on the reader's copies."""

import errno
import os
import socket
from itertools import pairwise

from course_utils.front_door import commands, copies, set_up
from course_utils.front_door.failures import Failure
from course_utils.front_door.places import Places

FIRST = "00_start_here.ipynb"


def lab(places: Places, arguments: list[str]) -> int:
    """Set up, lay copies, start JupyterLab with `arguments` added; return its exit code."""
    port = asked_port(arguments)
    if port is not None:
        refuse_taken_port(port)
    set_up.ensure(places)
    for sentence in copies.lay(places).sentences():
        print(sentence)
    command = [
        *(str(places.python), "-m", "jupyterlab"),
        # The file browser then shows the reader's notebooks and nothing else.
        f"--ServerApp.root_dir={places.copies.name}",
        str(places.copies / FIRST),
        *arguments,
    ]
    # JupyterLab refuses root without this; in a container root is often the only user there is.
    if is_root() and "--allow-root" not in arguments:
        print("You are root: JupyterLab is told to accept that with --allow-root.")
        command.append("--allow-root")
    return commands.run(command, places)


def is_root() -> bool:
    """Whether this process runs as the superuser; never on Windows."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def asked_port(arguments: list[str]) -> int | None:
    """The port that the arguments ask JupyterLab for, or None where they leave the choice to it."""
    asked = None
    for argument, following in pairwise([*arguments, ""]):
        name, equals, value = argument.partition("=")
        if name in ("--port", "--ServerApp.port"):
            text = value if equals else following
            asked = int(text) if text.isdecimal() else asked
    return asked


def refuse_taken_port(port: int) -> None:
    """Raise `Failure` where the port is in use: JupyterLab would take another without a word."""
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
