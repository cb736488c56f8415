"""The site, built once for all the tests of a run, in whichever worker asks for it first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from course_launcher.site import sphinx_command, stage

ROOT = Path(__file__).resolve().parents[2]


def run_sphinx(folder: Path, *options: str) -> str:
    """Run Sphinx as `python course.py site` does, with `options` added; what it printed."""
    command = [*sphinx_command(sys.executable, ROOT, folder), *options]
    # The tests want to know what it did.
    command.remove("--quiet")
    finished = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert finished.returncode == 0, f"{finished.stdout}\n{finished.stderr}"
    return finished.stdout


def built_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the whole course's site, with `source`, `doctrees` and `html` in it.

    The workers of one run share it: the others wait for the one that builds.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = shared / "site", shared / "site-is-built"
    with FileLock(shared / "site.lock"):
        if not done.exists():
            stage(ROOT, folder / "source")
            run_sphinx(folder)
            done.touch()
    return folder
