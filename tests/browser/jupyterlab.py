"""A JupyterLab that `course.py` has started, and what the tests do in its pages."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from course_launcher import copies, notebook_files

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = notebook_files.choose(ROOT / "notebooks", [])

# How long a page may take; a laptop needs a tenth of it, a busy machine with two cores half.
PATIENCE_MS = 120_000

SCRIPTS = Path(__file__).with_name("in_the_page.js").read_text(encoding="utf-8")


class JupyterLab:
    """A running server; leaving the `with` block ends it and its kernels."""

    def __init__(self, folder: Path, *command: str) -> None:
        self.copies = folder / "my_notebooks"
        self.token = secrets.token_hex(8)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._command = [
            *(sys.executable, "-m", "tests.browser.front_door_elsewhere", str(self.copies)),
            *command,
            *("--no-browser", "--port", str(self.port), f"--IdentityProvider.token={self.token}"),
            # The tests ask JupyterLab itself which cells have run.
            "--expose-app-in-browser",
        ]
        self._log = folder / "log.txt"

    @property
    def served(self) -> Path:
        """The folder that the page shows."""
        return self.copies / "presenting" if "present" in self._command else self.copies

    def __enter__(self) -> JupyterLab:
        # The readers' own progress is none of the tests' business, and the other way round.
        environment = {**os.environ, "COURSE_PROGRESS": str(self._log.with_name("progress.json"))}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._end()
                raise RuntimeError(f"JupyterLab did not start:\n{self.log()}")
            time.sleep(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(15)
        # JupyterLab sometimes waits for ever for a thread of its own at the very end.
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def log(self) -> str:
        """What `course.py` and JupyterLab have printed."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def address(self, path: str) -> str:
        """The address of a page, with the token that lets the browser in."""
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}"

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.address("api/status"), timeout=5) as response:
                return int(response.status) == 200
        except (OSError, urllib.error.URLError):
            return False

    def store_slides(self) -> None:
        """Copies of all notebooks as they are laid for a talk, but with their stored outputs."""
        folder = self.served / "stored"
        folder.mkdir()
        for path in NOTEBOOKS:
            notebook = notebook_files.read(path)
            slides = copies.as_copy(notebook)
            for cell, original in zip(slides["cells"], notebook["cells"], strict=True):
                if original["cell_type"] == "code":
                    cell["outputs"] = original["outputs"]
            notebook_files.write(folder / path.name, slides)


def ask(page: Page, function: str, argument: Any = None) -> Any:
    """What a function of `in_the_page.js` returns."""
    return page.evaluate(f"argument => {{ {SCRIPTS}; return {function}(argument); }}", argument)


def open_notebook(page: Page, running: JupyterLab, name: str) -> None:
    """Open a notebook in a page of its own layout, and wait for its cells."""
    page.goto(running.address(f"lab/tree/{name}") + "&reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()


def run_all(page: Page) -> list[dict[str, Any]]:
    """Choose Run All Cells in the menu, wait for the end; index, count and outputs of each cell."""
    wait_for(page, "kernelIsIdle")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    wait_for(page, "everyCellHasRun")
    found: list[dict[str, Any]] = ask(page, "codeCells")
    return found


def wait_for(page: Page, condition: str, argument: Any = None) -> None:
    """Wait until a function of `in_the_page.js` says yes."""
    page.wait_for_function(
        f"argument => {{ {SCRIPTS}; return {condition}(argument); }}",
        arg=argument,
        polling=200,
    )


def cell_with(page: Page, text: str) -> Locator:
    """The code cell whose source contains the text, scrolled to and selected."""
    index = ask(page, "select", text)
    cell = page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")
    cell.wait_for()
    return cell


def write_and_run(page: Page, cell: Locator, source: str) -> None:
    """Replace what stands in a code cell, as one does with the keyboard, and run it in place."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("ControlOrMeta+Enter")
