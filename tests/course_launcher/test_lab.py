"""`lab`: copies first, then JupyterLab with whatever the reader added, on a port of its own."""

import os
import re
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from course_launcher import lab as lab_module
from course_launcher import ports
from course_launcher.failures import Failure
from course_launcher.lab import lab
from course_launcher.places import Places
from course_launcher.ports import asked_port, refuse_taken_port, reserved_port

from .fakes import FakeMachine, store


def test_lab_lays_copies_and_passes_arguments_on(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.exit_codes = {"jupyterlab": 4}
    assert lab(places, ["--no-browser", "--port", "0"]) == 4, "the exit code is JupyterLab's"
    assert machine.ran[-1].endswith(
        " -m jupyterlab --ServerApp.root_dir=my_notebooks "
        "--LabApp.default_url=/lab/tree/welcome.md --no-browser --port 0"
    )
    assert (places.copies / "welcome.md").is_file()
    assert (places.copies / "00_start_here.ipynb").is_file()
    out = capsys.readouterr().out
    assert "New in my_notebooks: 00_start_here.ipynb, 02_the_batch_dimension.ipynb\n" in out


def test_a_second_lab_starts_jupyterlab_and_says_what_has_changed(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    lab(places, [])
    store(places.notebooks / "02_the_batch_dimension.ipynb", "another lesson")
    machine.ran.clear()
    lab(places, [])
    (only,) = machine.ran
    assert re.search(r" -m jupyterlab .* --ServerApp\.port=\d+$", only)
    assert "python course.py fresh 02 lays a new one beside it\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("root", "arguments", "count"), [(True, [], 1), (True, ["--allow-root"], 1), (False, [], 0)]
)
def test_root_is_allowed_once(
    places: Places,
    machine: FakeMachine,
    monkeypatch: pytest.MonkeyPatch,
    root: bool,
    arguments: list[str],
    count: int,
) -> None:
    monkeypatch.setattr(lab_module, "is_root", lambda: root)
    lab(places, arguments)
    assert machine.ran[-1].count("--allow-root") == count


def test_a_slideshow_left_running_does_not_cover_the_next_start(
    places: Places, machine: FakeMachine
) -> None:
    """The slideshow keeps its state in the settings, and would begin by itself."""
    settings = Path("settings", "jupyterlab-slideshow", "plugin.jupyterlab-settings")
    path = places.copies / lab_module.STATE / settings
    path.parent.mkdir(parents=True)
    path.write_text('{"active": true}', encoding="utf-8")
    lab(places, [])
    assert path.read_text(encoding="utf-8") == '{"active": false}'


def test_jupyterlabs_layout_is_the_courses_own(places: Places, machine: FakeMachine) -> None:
    """Tabs of other work would be searched for in the course's folder."""
    lab(places, [])
    state = Path("my_notebooks", ".jupyterlab")
    assert machine.settings[-1] == {
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
    }


# --- ports --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "port"),
    [
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
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Failure, match=f"Port {port} is taken by another program"):
            lab(places, ["--no-browser", f"--port={port}"])
    assert machine.ran == []
    refuse_taken_port(port)


def test_a_port_that_does_not_exist_or_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(Failure, match="expected a number from 0 to 65535"):
        refuse_taken_port(70_000)
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
    with socket.create_server(("127.0.0.1", again)), reserved_port() as next_one:
        assert next_one > again, "a port that another program listens on is passed over"


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
