"""Refuse connections beyond this machine, in every Python process that has this folder on its path.

`conftest.py` puts the folder on PYTHONPATH, so that the notebooks' kernels and whatever they start
load this file as Python starts. An attempt raises, and is written down as well: a notebook that
catches the error is found out all the same.
"""

import ipaddress
import os
import sys
from pathlib import Path

_HERE = {"", "localhost", "localhost.localdomain", "0.0.0.0", "::"}


def _is_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    if host is None or name.lower() in _HERE:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        import socket

        return name == socket.gethostname()


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if _is_this_machine(host):
        return
    log = os.environ.get("COURSE_NETWORK_LOG")
    if log:
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(f"{event} {host!r} in {Path.cwd().name}\n")
    raise ConnectionRefusedError(f"the tests allow no connection beyond this machine: {host!r}")


sys.addaudithook(_watch)
