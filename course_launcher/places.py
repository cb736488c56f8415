"""Where everything of the course lies, on every system."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """The course's folder and the paths in it; `windows` decides the layout of `.venv`."""

    root: Path
    windows: bool = os.name == "nt"

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The Python inside `.venv`. Never resolved: a resolved link leads out of `.venv`."""
        if self.windows:
            return self.venv / "Scripts" / "python.exe"
        return self.venv / "bin" / "python"

    @property
    def marker(self) -> Path:
        """Exists from before a set-up's first step until after its last."""
        return self.venv / "course-unfinished"

    @property
    def stamp(self) -> Path:
        return self.venv / "course-stamp.json"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def copies(self) -> Path:
        return self.root / "my_notebooks"

    @property
    def constraints(self) -> Path:
        return self.root / "constraints.txt"

    def site_packages(self) -> list[Path]:
        """The folders of `.venv` that packages are installed into."""
        if self.windows:
            return [self.venv / "Lib" / "site-packages"]
        return sorted(self.venv.glob("lib/python3.*/site-packages"))


def base_python(places: Places) -> str:
    """The Python to make `.venv` with: never the one inside it, which a rebuild would delete."""
    if Path(sys.prefix).resolve() == places.venv.resolve():
        return str(getattr(sys, "_base_executable", sys.executable))
    return sys.executable
