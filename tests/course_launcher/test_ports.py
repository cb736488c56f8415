"""The port of a JupyterLab: asked for, taken, or reserved for one copy of the course."""

import os
import socket
from contextlib import ExitStack

import pytest

from course_launcher import ports
from course_launcher.failures import Failure
from course_launcher.lab import lab
from course_launcher.places import Places
from course_launcher.ports import asked_port, refuse_taken_port, reserved_port

from .fakes import FakeMachine


@pytest.mark.parametrize(
    ("arguments", "port"),
    [
        ([], None),
        (["--no-browser"], None),
        (["--port", "8899"], 8899),
        (["--port=8899", "--no-browser"], 8899),
        (["--ServerApp.port=8899"], 8899),
        (["--port", "1", "--port", "2"], 2),
        (["--port"], None),
        (["--port", "eight"], None),
    ],
)
def test_asked_port(arguments: list[str], port: int | None) -> None:
    assert asked_port(arguments) == port


def test_a_taken_port_is_refused_before_anything_starts(
    places: Places, machine: FakeMachine
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Failure, match=f"Port {port} is taken by another program"):
            lab(places, ["--no-browser", f"--port={port}"])
        assert machine.ran == []
    refuse_taken_port(port)


def test_a_port_that_does_not_exist(places: Places, machine: FakeMachine) -> None:
    with pytest.raises(Failure, match="expected a number from 0 to 65535"):
        lab(places, ["--port", "70000"])


def test_a_port_that_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(Failure, match="above 1023"):
        refuse_taken_port(80)


@pytest.fixture
def ports_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from those that other tests reserve in the same moment."""
    monkeypatch.setenv("JUPYTER_PORT", str(10_000 + os.getpid() % 20_000))


@pytest.mark.usefixtures("ports_of_this_process")
def test_copies_that_start_together_get_different_ports() -> None:
    """JupyterLab listens a moment after it has chosen: nobody listens yet on any of these."""
    with ExitStack() as stack:
        reserved = [stack.enter_context(reserved_port()) for _ in range(5)]
    assert len(set(reserved)) == 5
    with reserved_port() as again:
        assert again == reserved[0], "given back when the copy ends"


@pytest.mark.usefixtures("ports_of_this_process")
def test_a_port_that_another_program_listens_on_is_passed_over() -> None:
    with reserved_port() as port:
        pass
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with reserved_port() as next_one:
            assert next_one > port


def test_the_usual_port_is_jupyters(monkeypatch: pytest.MonkeyPatch) -> None:
    """8888, or what a container has set; what is no port at all is JupyterLab's to refuse."""
    for variable, first in (("", 8888), ("nine", 8888), ("65530", 65530)):
        monkeypatch.setenv("JUPYTER_PORT", variable)
        with reserved_port() as port:
            assert first <= port < min(first + 200, 65536)


@pytest.mark.usefixtures("ports_of_this_process")
def test_no_port_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_COUNT", 1)
    with reserved_port() as port:
        monkeypatch.setenv("JUPYTER_PORT", str(port))
        with pytest.raises(Failure, match=f"The ports {port} to {port} are all taken"):
            reserved_port().__enter__()
