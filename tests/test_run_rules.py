"""The rules that `conftest.py` adds to a run are kept: shown on small courses made for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def code_cell(source: str, text: str = "", tags: tuple[str, ...] = ()) -> dict[str, Any]:
    """A code cell that has been run, with the printed `text` as its output."""
    stream = {"output_type": "stream", "name": "stdout", "text": text}
    return {
        "cell_type": "code", "execution_count": 1, "id": f"c{abs(hash(source)) % 10**8}",
        "metadata": {"tags": list(tags)}, "outputs": [stream] if text else [], "source": source,
    }  # fmt: skip


def run_course(folder: Path, *cells: dict[str, Any]) -> tuple[int, str]:
    """Exit code and output of a run of a one-notebook course under this repository's rules."""
    shutil.copy(ROOT / "conftest.py", folder)
    shutil.copytree(ROOT / "tests" / "offline", folder / "tests" / "offline")
    (folder / "notebooks").mkdir()
    notebook = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "notebooks" / "one.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "notebooks"]
    environment = {name: value for name, value in os.environ.items() if "COURSE" not in name}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


LOCAL = (
    "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
    "socket.create_connection(('localhost', server.getsockname()[1])).close()\nprint('local')"
)
BEYOND = "import urllib.request; urllib.request.urlopen('http://example.invalid/')"


def test_compared_outputs_are_counted_and_this_machine_may_be_asked(tmp_path: Path) -> None:
    cells = [code_cell(f"print({i})", f"{i}\n") for i in range(8)]
    cells += [code_cell("print(id(1))", "5\n", ("nbval-ignore-output",)), code_cell("x = 1")]
    code, output = run_course(tmp_path, *cells, code_cell(LOCAL, "local\n"))
    assert code == 0, output
    assert "1 notebooks, 11 cells executed; outputs compared in 9 of 10" in output


def test_too_little_compared_fails(tmp_path: Path) -> None:
    cells = [code_cell(f"print({i})", f"{i}\n") for i in range(8)]
    cells += [code_cell(f"print({i})", "5\n", ("nbval-ignore-output",)) for i in (20, 21)]
    code, output = run_course(tmp_path, *cells)
    assert code == 1
    assert "at least 85% must be compared" in output


def test_a_connection_beyond_this_machine_fails_even_if_it_is_caught(tmp_path: Path) -> None:
    """In a process that the notebook starts, too."""
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BEYOND!r}])"
    source = f"try:\n    {child}\nexcept Exception:\n    pass\nprint(1)"
    code, output = run_course(tmp_path, code_cell(source, "1\n"))
    assert code == 1, output
    assert "a connection beyond this machine: socket" in output
