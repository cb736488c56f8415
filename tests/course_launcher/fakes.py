"""A course folder without a course in it, and a machine that only pretends to run commands."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_launcher import commands
from course_launcher.commands import Finished
from course_launcher.places import Places

ROOT = Path(__file__).resolve().parents[2]
PAIR = ("2.15.0", "0.29.2")

VENV, PIP, IMPORT = "-m venv", "-m pip install", "import torch"


def make_course(root: Path, windows: bool = False) -> Places:
    """A folder with what the launcher reads, and two notebooks."""
    (root / "notebooks").mkdir(parents=True)
    (root / "course_checks").mkdir()
    shutil.copy(ROOT / "course_checks" / "progress.py", root / "course_checks")
    (root / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (root / "constraints.txt").write_text("numpy==2.4.6\n", encoding="utf-8")
    for name in ("00_start_here", "02_the_batch_dimension"):
        store(root / "notebooks" / f"{name}.ipynb", f"print('{name}')")
    return Places(root, windows)


def store(path: Path, source: str) -> None:
    """A notebook with one executed cell."""
    path.write_text(json.dumps(notebook_with(source)), encoding="utf-8")


def notebook_with(source: str) -> dict[str, Any]:
    """A notebook with one executed cell."""
    output = {"output_type": "stream", "name": "stdout", "text": ["hello\n"]}
    cell = {
        "cell_type": "code",
        "execution_count": 7,
        "id": "first",
        "metadata": {},
        "outputs": [output],
        "source": source,
    }
    return {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@dataclass
class FakeMachine:
    """Takes the place of `commands`: writes down what would run, and leaves the traces of it."""

    places: Places
    version: str | None = "3.12"
    """What the Python in `.venv` says it is; None where it does not run."""
    fails: dict[str, str] = field(default_factory=dict)
    """A word of a command -> what that command writes to stderr before it exits with 1."""
    interrupts: str = ""
    """A word of a command -> Ctrl-C arrives while it runs."""
    exit_codes: dict[str, int] = field(default_factory=dict)
    """A word of a command -> the exit code of a command that is only started."""
    ran: list[str] = field(default_factory=list)
    """The commands in the order they ran, as printed."""
    settings: list[dict[str, str] | None] = field(default_factory=list)

    def run(
        self, command: list[str], places: Places, settings: dict[str, str] | None = None
    ) -> int:
        self._note(command)
        self.settings.append(settings)
        return next((code for word, code in self.exit_codes.items() if word in command), 0)

    def run_keeping_errors(self, command: list[str], places: Places) -> Finished:
        self._note(command)
        if "venv" in command:
            self.make_venv()
        if self.interrupts in command:
            raise KeyboardInterrupt
        for word, errors in self.fails.items():
            if word in command:
                return Finished(1, errors)
        if "pip" in command:
            self.install(*PAIR)
        return Finished(0)

    def answer_of(self, command: list[str], cwd: Path) -> str | None:
        return self.version

    def kinds(self) -> list[str]:
        """Which of venv, pip and the import ran since the last question, in order."""
        found = [kind for line in self.ran for kind in (VENV, PIP, IMPORT) if kind in line]
        self.ran.clear()
        return found

    def make_venv(self) -> None:
        self.places.python.parent.mkdir(parents=True, exist_ok=True)
        self.places.python.touch()
        (self.places.venv / "pyvenv.cfg").touch()

    def install(self, torch: str, torchvision: str) -> None:
        """Leave the folders that pip would leave, those of other versions removed."""
        parts = ("Lib",) if self.places.windows else ("lib", "python3.12")
        folder = self.places.venv.joinpath(*parts, "site-packages")
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("torch*.dist-info"):
            old.rmdir()
        for name, version in (("torch", torch), ("torchvision", torchvision)):
            (folder / f"{name}-{version}.dist-info").mkdir()

    def _note(self, command: list[str]) -> None:
        commands.announce(command, self.places)
        self.ran.append(commands.shown(command, self.places))
