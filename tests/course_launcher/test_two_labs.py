"""Two copies of the course open JupyterLab at the same moment, as `course.py lab` starts it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from course_launcher import commands, set_up
from course_launcher.lab import lab
from course_launcher.places import Places

from .fakes import make_course

PATIENCE = 120


def servers(runtime: Path) -> list[dict[str, Any]]:
    """What the JupyterLabs have written of themselves so far."""
    found = []
    for file in runtime.glob("jpserver-*.json"):
        with contextlib.suppress(FileNotFoundError, PermissionError, ValueError):
            found.append(json.loads(file.read_text(encoding="utf-8")))
    return found


def test_each_gets_a_port_and_shows_its_own_notebooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, processes = tmp_path / "runtime", list[subprocess.Popen[bytes]]()

    def run(command: list[str], places: Places, settings: dict[str, str]) -> int:
        """What the launcher has decided on, with the Python of this environment."""
        environment = {**os.environ, **settings, "JUPYTER_RUNTIME_DIR": str(runtime)}
        quiet = subprocess.DEVNULL
        processes.append(
            subprocess.Popen(
                [sys.executable, *command[1:]],
                cwd=places.root,
                env=environment,
                stdout=quiet,
                stderr=quiet,
            )
        )
        return processes[-1].wait()

    monkeypatch.setattr(set_up, "ensure", lambda places: None)
    monkeypatch.setattr(commands, "run", run)
    both = [make_course(tmp_path / name) for name in ("one", "other")]
    for places in both:
        threading.Thread(target=lab, args=(places, ["--no-browser"]), daemon=True).start()
    try:
        end = time.monotonic() + PATIENCE
        while len(started := servers(runtime)) < 2:
            assert time.monotonic() < end, "JupyterLab does not start"
            assert all(process.poll() is None for process in processes), "JupyterLab has ended"
            time.sleep(0.05)
        assert len({server["port"] for server in started}) == 2
        folders = {Path(server["root_dir"]).resolve() for server in started}
        assert folders == {places.copies.resolve() for places in both}
        assert all(server["token"] for server in started)
        assert {server["hostname"] for server in started} <= {"localhost", "127.0.0.1"}
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            # JupyterLab sometimes waits for ever for a thread of its own at the very end.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()
