"""The front door with the reader's copies in another folder: `python -m … FOLDER lab [OPTIONS]`.

The tests start JupyterLab the way `course.py` does, in the environment that they themselves run in,
and leave `my_notebooks/` alone. What is left out is the installation, which has its own tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

from course_launcher import cli, set_up
from course_launcher.places import Places
from course_launcher.quiet import quieten

ROOT = Path(__file__).resolve().parents[2]


class Elsewhere(Places):
    """The course of this repository, with the copies in the folder that was asked for."""

    folder: Path

    @property
    def venv(self) -> Path:
        return Path(sys.prefix)

    @property
    def python(self) -> Path:
        return Path(sys.executable)

    @property
    def copies(self) -> Path:
        return self.folder


def only_settings(places: Places, extras: tuple[str, ...] = ()) -> None:
    """What is left of the set-up in an environment that is complete."""
    quieten(places)


if __name__ == "__main__":
    Elsewhere.folder = Path(sys.argv[1])
    cli.Places = Elsewhere  # type: ignore[attr-defined]
    set_up.ensure = only_settings
    sys.exit(cli.main(sys.argv[2:], ROOT))
