"""Two copies of the course open JupyterLab at the same moment, as `course.py lab` starts it.

Each listens on this machine alone, on a port of its own, behind a token of its own, and shows its
own notebooks.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from course_launcher import commands, set_up
from course_launcher.lab import lab
from course_launcher.places import Places
from tests.course_launcher.fakes import make_course

PATIENCE = 120


@dataclass(frozen=True)
class Copy:
    """A copy of the course and the JupyterLab on it, as the server describes itself."""

    places: Places
    server: dict[str, Any]

    def ask(self, path: str, token: str = "", data: bytes | None = None) -> tuple[int, Any]:
        """Status and answer of the server to a request; with `data`, something is to be made."""
        headers = {"Authorization": f"token {token}"} if token else {}
        url = f"http://127.0.0.1:{self.server['port']}/api/{path}"
        request = urllib.request.Request(url, data, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, None

    def answers(self) -> bool:
        """Whether it listens. A server describes itself a moment before it does."""
        try:
            return bool(self.server) and self.ask("status", self.server["token"])[0] == 200
        except urllib.error.URLError:
            return False


class Starter:
    """`course.py lab --no-browser` in a thread for each copy, with this environment's Python."""

    def __init__(self, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.runtime = runtime
        self.processes: list[subprocess.Popen[bytes]] = []
        monkeypatch.setattr(set_up, "ensure", lambda places: None)
        monkeypatch.setattr(commands, "run", self.run)

    def start(self, places: Places) -> None:
        """Start it and return at once. The thread ends with its JupyterLab."""
        threading.Thread(target=lab, args=(places, ["--no-browser"]), daemon=True).start()

    def run(self, command: list[str], places: Places, settings: dict[str, str]) -> int:
        """In place of the function that runs what the front door has decided on."""
        environment = {**os.environ, **settings, "JUPYTER_RUNTIME_DIR": str(self.runtime)}
        process = subprocess.Popen(
            [sys.executable, *command[1:]], cwd=places.root, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.processes.append(process)
        return process.wait()


def described(runtime: Path, places: Places) -> dict[str, Any]:
    """What the server of this copy has written of itself; empty where it has not got that far.

    Found by its folder: on Windows the process that was started is not the server itself.
    """
    for file in runtime.glob("jpserver-*.json"):
        with contextlib.suppress(FileNotFoundError, PermissionError, ValueError):
            server: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            if Path(server["root_dir"]).samefile(places.copies):
                return server
    return {}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Copy]]:
    """Two copies of the course with their JupyterLabs, started at once by one user."""
    folder = tmp_path_factory.mktemp("copies")
    both = [make_course(folder / name) for name in ("one", "other")]
    runtime = folder / "runtime"
    with pytest.MonkeyPatch.context() as patch:
        starter = Starter(runtime, patch)
        for places in both:
            starter.start(places)
        try:
            end = time.monotonic() + PATIENCE
            started: list[Copy] = []
            while not (started and all(copy.answers() for copy in started)):
                ended = [one for one in starter.processes if one.poll() is not None]
                assert not ended, "JupyterLab has ended"
                assert time.monotonic() < end, "JupyterLab does not start"
                time.sleep(0.05)
                started = [Copy(places, described(runtime, places)) for places in both]
            yield started
        finally:
            for process in starter.processes:
                process.terminate()
            for process in starter.processes:
                # JupyterLab sometimes waits for ever for a thread of its own at the very end.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                process.kill()
                process.wait()


def test_each_has_a_port_of_its_own_on_this_machine_alone(copies: list[Copy]) -> None:
    one, other = (copy.server for copy in copies)
    assert one["port"] != other["port"]
    for server in (one, other):
        assert server["hostname"] in ("localhost", "127.0.0.1")
        # A server for the whole network answers under every address of this machine.
        with socket.socket() as probe, pytest.raises(OSError):
            probe.settimeout(5)
            probe.connect(("127.0.0.2", server["port"]))


def test_nobody_comes_in_without_the_token_of_that_copy(copies: list[Copy]) -> None:
    one, other = copies
    assert one.server["token"] != other.server["token"]
    for copy, stranger in ((one, other), (other, one)):
        assert len(copy.server["token"]) >= 32
        assert copy.ask("contents")[0] == 403
        assert copy.ask("contents", stranger.server["token"])[0] == 403
        assert copy.ask("contents", copy.server["token"])[0] == 200


def test_each_shows_and_runs_its_own(copies: list[Copy]) -> None:
    kernels = []
    for copy in copies:
        token = copy.server["token"]
        assert Path(copy.server["root_dir"]).samefile(copy.places.copies)
        (copy.places.copies / f"of_{copy.places.root.name}.txt").touch()
        listing = copy.ask("contents", token)[1]["content"]
        marked = [file["name"] for file in listing if file["name"].startswith("of_")]
        assert marked == [f"of_{copy.places.root.name}.txt"]
        status, kernel = copy.ask("kernels", token, b"{}")
        assert status == 201
        kernels.append([kernel["id"]])
    seen = [[k["id"] for k in copy.ask("kernels", copy.server["token"])[1]] for copy in copies]
    assert seen == kernels and kernels[0] != kernels[1]
