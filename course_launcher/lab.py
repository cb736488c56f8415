"""`python course.py lab`: JupyterLab on the reader's copies."""

import datetime
import os
import re
from contextlib import nullcontext
from pathlib import Path

from course_launcher import commands, copies, set_up, welcome
from course_launcher.files import write_whole
from course_launcher.places import Places
from course_launcher.ports import asked_port, refuse_taken_port, reserved_port

# JupyterLab's settings and layout for the course. Kept apart from those of the reader's other work:
# its tabs would be searched for here, and its slideshow, left running, would cover the first page.
STATE = ".jupyterlab"

_SLIDESHOW = Path("jupyterlab-slideshow", "plugin.jupyterlab-settings")
_RUNNING = re.compile(r'("active"\s*:\s*)(true|false)')


def lab(places: Places, arguments: list[str]) -> int:
    """Set up, lay copies, start JupyterLab with `arguments` added; return its exit code."""
    refuse_taken_port(asked_port(arguments))
    set_up.ensure(places)
    for sentence in copies.lay(places):
        print(sentence)
    for sentence in welcome.write(places, datetime.date.today()):
        print(sentence)
    set_slideshow(places.copies, running=False)
    return open_jupyterlab(places, places.copies, welcome.NAME, arguments)


def open_jupyterlab(
    places: Places,
    folder: Path,
    file: str,
    arguments: list[str],
    settings: dict[str, str] | None = None,
) -> int:
    """Start JupyterLab on `file` in `folder`, and nothing above it; return its exit code.

    `settings` are further environment variables.
    """
    state = _below(places.root, folder / STATE)
    ours = {
        "JUPYTERLAB_SETTINGS_DIR": f"{state}{os.sep}settings",
        "JUPYTERLAB_WORKSPACES_DIR": f"{state}{os.sep}workspaces",
    }
    command = [
        *(str(places.python), "-m", "jupyterlab"),
        # The file browser then shows the reader's notebooks and nothing else.
        f"--ServerApp.root_dir={_below(places.root, folder)}",
        # As an address, not as a file to open: it is what --no-browser prints, too.
        f"--LabApp.default_url=/lab/tree/{file}",
    ]
    # JupyterLab refuses root without this; in a container root is often the only user there is.
    if is_root() and "--allow-root" not in arguments:
        print("You are root: JupyterLab is told to accept that with --allow-root.")
        arguments = [*arguments, "--allow-root"]
    asked = asked_port(arguments)
    with reserved_port() if asked is None else nullcontext() as port:
        if port is not None:
            command.append(f"--ServerApp.port={port}")
        return commands.run([*command, *arguments], places, {**ours, **(settings or {})})


def set_slideshow(folder: Path, running: bool) -> None:
    """Whether JupyterLab in `folder` begins in the slideshow; its other settings stay."""
    path = folder / STATE / "settings" / _SLIDESHOW
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        text = "{}"
    wanted = "true" if running else "false"
    changed, found = _RUNNING.subn(rf"\g<1>{wanted}", text)
    if running and not found:
        before, _, rest = (text if "{" in text else "{}").partition("{")
        comma = "" if rest.strip() == "}" else ", "
        changed = f'{before}{{"active": true{comma}{rest}'
    if changed != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, changed.encode("utf-8"))


def _below(root: Path, path: Path) -> str:
    """The path as one would type it in `root`."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def is_root() -> bool:
    """Whether this process runs as the superuser; never on Windows."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
