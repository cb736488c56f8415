"""The page that JupyterLab opens on: which notebook comes next, and what each one is for.

It is written anew at each start. Its last line holds a checksum of the rest, by which a page that a
reader has changed is told from an old one of ours, and kept.
"""

import datetime
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from course_launcher import copies
from course_launcher.files import loaded, write_whole
from course_launcher.notebook_files import Lesson, lessons
from course_launcher.places import Places

NAME = "welcome.md"

_SEAL = re.compile(r"\n<!-- ([0-9a-f]{64}) -->\n?\Z")


def write(places: Places, today: datetime.date) -> Iterator[str]:
    """Write the page into the reader's copies; yields what was kept, in words, as soon as it is."""
    page = places.copies / NAME
    if not _is_ours(page) and (kept := copies.keep(page, today)):
        yield f"Your changes to {NAME} are kept as my_notebooks/{kept.name}"
    body = text(lessons(places.notebooks), passed(places))
    write_whole(page, _sealed(body).encode("utf-8"))


def text(course: list[Lesson], passed: set[str]) -> str:
    """The page as Markdown, for the exercises passed so far."""
    following = next_lesson(course, passed)
    lines = ["# Batch by Batch", ""]
    if following is not None:
        words = "Go on here" if passed else "Begin here"
        lines += [f"**{words}: [{following.title}]({following.file})**", "", following.promise, ""]
    elif course:
        lines += ["You have passed every exercise of the course.", ""]
    lines += [
        "A click on a name opens the notebook, **Shift+Enter** runs a cell. What you write stays: "
        "no update overwrites it.",
        "",
        "| Notebook | Minutes | Exercises passed | What it is for |",
        "| --- | ---: | ---: | --- |",
    ]
    for lesson in course:
        name = f"[{lesson.title}]({lesson.file})"
        count = f"{len(lesson.exercises & passed)} of {len(lesson.exercises)}"
        here = f"**{name}**" if lesson == following else name
        lines.append(f"| {here} | {lesson.minutes} | {count} | {lesson.promise} |")
    lines += ["", "The page is written anew, and the exercises counted, at each start."]
    return "\n".join(lines) + "\n"


def next_lesson(course: list[Lesson], passed: set[str]) -> Lesson | None:
    """The first notebook for who has passed nothing, else the last one that they worked in.

    Where all of that one's exercises are passed, it is the first later one with an open exercise,
    then any with an open exercise; None where there is none.
    """
    started = [index for index, lesson in enumerate(course) if lesson.exercises & passed]
    here = started[-1] if started else 0
    for lesson in [*course[here:], *course[:here]]:
        if lesson.exercises - passed:
            return lesson
    return None


def passed(places: Places) -> set[str]:
    """The exercises passed on this machine, as `course_checks` keeps them."""
    progress = loaded(places.root / "course_checks" / "progress.py")
    return set(progress.passed_exercises())


def _sealed(body: str) -> str:
    return f"{body}\n<!-- {hashlib.sha256(body.encode('utf-8')).hexdigest()} -->\n"


def _is_ours(page: Path) -> bool:
    """Whether nobody has changed the page since it was written."""
    try:
        content = page.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    seal = _SEAL.search(content)
    return seal is not None and _sealed(content[: seal.start()]) == content
