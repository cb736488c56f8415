"""Seconds from the start command to a notebook that can be used, with the course and without.

    python benchmarks/start.py [--rounds N] [--out FILE]

Two ways to the same notebook in the same folder, in turns:

- course: `python course.py lab`, whose `.venv` is already made (the second start);
- bare: `jupyter lab` of the same `.venv`, without the course's front door.

Two moments of each: the server answers; and in a headless Chromium, which begins with an empty
cache, the first cell of notebook 00 is drawn and its kernel is idle. The browser asks for the page
as soon as the server answers. The ratio is taken within a round: what else the machine does meets
both alike. The claim stands below the table; the exit code is 1 where it does not hold.

It starts the real front door: copies that are missing in `my_notebooks/` are laid.
"""

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from machine import conclude, machine, verdict
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = "00_start_here.ipynb"
CLAIM = 1.3
"""How many times as long as bare JupyterLab the course may take until a notebook is usable."""
PATIENCE = 180.0

Seconds = dict[str, list[tuple[float, float]]]
"""For each way and round: until the server answers, until the notebook is usable."""


def commands() -> dict[str, list[str]]:
    """The two commands, to which the port and the token are added."""
    folder = f"--ServerApp.root_dir={ROOT / 'my_notebooks'}"
    return {
        "course": [sys.executable, str(ROOT / "course.py"), "lab"],
        "bare": [sys.executable, "-m", "jupyterlab", folder, "--allow-root"],
    }


def free_port() -> int:
    """A port that no program uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def one_start(command: list[str], browser: Browser, state: Path) -> tuple[float, float]:
    """Start the command, open the notebook, end the server; the seconds of both moments."""
    port, token = free_port(), secrets.token_hex(8)
    options = ["--no-browser", f"--port={port}", f"--IdentityProvider.token={token}"]
    environment = {
        **os.environ,
        # Bare JupyterLab: neither the layout nor the settings of this machine's owner.
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
    }
    address = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not answers(f"{address}/api/status?token={token}"):
            if process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                raise RuntimeError(f"{command} did not start a server")
            time.sleep(0.02)
        until_server = time.perf_counter() - begun
        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{address}/lab/tree/{NOTEBOOK}?token={token}&reset")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()
        until_usable = time.perf_counter() - begun
        page.close()
        return until_server, until_usable
    finally:
        # course.py hands this on to JupyterLab, which ends its kernels first, and sometimes waits
        # for ever for a thread of its own afterwards.
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(address: str) -> bool:
    """Whether the server answers a request."""
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 - to this machine
            return bool(response.status == 200)
    except OSError:
        return False


def measure(rounds: int) -> Seconds:
    """Both moments of both ways in each round, after one round that only warms up."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("This benchmark needs Chromium: install it, then run again.")
    seconds: Seconds = {way: [] for way in commands()}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as state:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        for number in range(rounds + 1):
            for way, command in commands().items():
                found = one_start(command, browser, Path(state))
                if number:
                    seconds[way].append(found)
        browser.close()
    return seconds


def report(seconds: Seconds) -> tuple[str, bool]:
    """The table and the claim as Markdown, and whether it holds."""
    ratios = [
        course[1] / bare[1] for course, bare in zip(seconds["course"], seconds["bare"], strict=True)
    ]
    ratio = statistics.median(ratios)
    holds = ratio <= CLAIM
    lines = [
        "# Seconds from the command to a usable notebook",
        "",
        f"{machine('jupyterlab')}. Median of {len(ratios)} rounds, the second start, an empty "
        "browser cache.",
        "",
        "| | server answers, s | notebook is usable, s |",
        "| --- | ---: | ---: |",
    ]
    for way, name in (("course", "`python course.py lab`"), ("bare", "bare `jupyter lab`")):
        server, usable = (statistics.median(one[i] for one in seconds[way]) for i in (0, 1))
        lines.append(f"| {name} | {server:.2f} | {usable:.2f} |")
    lines += [
        "",
        f"- until the notebook is usable: {ratio:.2f} × bare JupyterLab (claimed: at most "
        f"{CLAIM} ×): {verdict(holds)}. In the single rounds: "
        + ", ".join(f"{one:.2f}" for one in ratios)
        + ".",
    ]
    return "\n".join(lines) + "\n", holds


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and return 0 where the claim holds."""
    parser = argparse.ArgumentParser(description="Measure how fast the course starts.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="write the table to this file too")
    options = parser.parse_args(arguments)

    text, holds = report(measure(options.rounds))
    return conclude(text, holds, options.out)


if __name__ == "__main__":
    sys.exit(main())
