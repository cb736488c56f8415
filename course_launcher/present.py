"""`python course.py present 05`: JupyterLab in the slideshow of a notebook.

A talk shows a copy of its own, in `my_notebooks/presenting/`, laid anew at each start: neither the
answers in somebody's own copy nor those typed in front of the last group are on the screen, and the
list of passed exercises is empty. A copy that was changed during a talk is kept beside it under a
dated name. Who wants another talk edits the original in `notebooks/`.
"""

import datetime
import shutil

from course_launcher import copies, notebook_files, set_up
from course_launcher.failures import WRONG_USAGE, Failure
from course_launcher.lab import STATE, open_jupyterlab, set_slideshow
from course_launcher.places import Places
from course_launcher.ports import asked_port, refuse_taken_port

FOLDER = "presenting"

KEYS = (
    "On the slides: Space goes on, Shift+Space goes back, Ctrl+Enter runs a cell, Escape leaves a "
    "cell and then the slides; F11 (macOS: Ctrl+Cmd+F) fills the screen."
)


def present(places: Places, arguments: list[str]) -> int:
    """Set up, lay fresh copies, start JupyterLab on the slides; return its exit code."""
    if not arguments or arguments[0].startswith("-"):
        raise Failure("Which notebook? For example: python course.py present 05", WRONG_USAGE)
    notebook = notebook_files.choose(places.notebooks, arguments[:1])[0]
    refuse_taken_port(asked_port(arguments))
    set_up.ensure(places)
    folder = places.copies / FOLDER
    for sentence in copies.lay_for_talk(places, folder, datetime.date.today()):
        print(sentence)
    # The tabs and the progress of the last talk are not those of this one.
    shutil.rmtree(folder / STATE / "workspaces", ignore_errors=True)
    progress = folder / "progress.json"
    progress.unlink(missing_ok=True)
    set_slideshow(folder, running=True)
    print(KEYS)
    settings = {"COURSE_PROGRESS": str(progress), "COURSE_TALK": "1"}
    return open_jupyterlab(places, folder, notebook.name, arguments[1:], settings)
