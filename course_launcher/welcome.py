"""The page that JupyterLab opens on: which notebook comes next, and what each one is for.

It is written anew at each start. Its last line holds a checksum of the rest, by which a page that a
reader has changed is told from an old one of ours, and kept.
"""

import datetime
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course_launcher import copies, notebook_files
from course_launcher.places import Places

NAME = "welcome.md"

_SEAL = re.compile(r"\n<!-- ([0-9a-f]{64}) -->\n?\Z")


@dataclass(frozen=True)
class Entry:
    """What the page says of one notebook."""

    file: str
    title: str
    promise: str
    minutes: str
    exercises: frozenset[str]
    """Their numbers, such as 5.1."""


def write(places: Places, today: datetime.date) -> Iterator[str]:
    """Write the page into the reader's copies; yields what was kept, in words, as soon as it is."""
    page = places.copies / NAME
    if not _is_ours(page) and (kept := copies.keep(page, today)):
        yield f"Your changes to {NAME} are kept as my_notebooks/{kept.name}"
    body = text(entries(places), passed(places))
    notebook_files.write_bytes(page, _sealed(body).encode("utf-8"))


def text(course: list[Entry], passed: set[str]) -> str:
    """The page as Markdown, for the exercises passed so far."""
    following = next_entry(course, passed)
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
    for entry in course:
        name = f"[{entry.title}]({entry.file})"
        count = f"{len(entry.exercises & passed)} of {len(entry.exercises)}"
        here = f"**{name}**" if entry == following else name
        lines.append(f"| {here} | {entry.minutes} | {count} | {entry.promise} |")
    lines += ["", "The page is written anew, and the exercises counted, at each start."]
    return "\n".join(lines) + "\n"


def next_entry(course: list[Entry], passed: set[str]) -> Entry | None:
    """The first notebook for who has passed nothing, else the last one that they worked in.

    Where all of that one's exercises are passed, it is the first later one with an open exercise,
    then any with an open exercise; None where there is none.
    """
    started = [index for index, entry in enumerate(course) if entry.exercises & passed]
    here = started[-1] if started else 0
    for entry in [*course[here:], *course[:here]]:
        if entry.exercises - passed:
            return entry
    return None


def entries(places: Places) -> list[Entry]:
    """What the originals say of themselves in their first cell and in their headings."""
    return [
        _entry(path.name, notebook_files.read(path))
        for path in notebook_files.choose(places.notebooks, [])
    ]


def _entry(file: str, notebook: notebook_files.Notebook) -> Entry:
    prose = [
        notebook_files.joined(cell.get("source", ""))
        for cell in notebook["cells"]
        if cell.get("cell_type") == "markdown"
    ]
    opening = prose[0] if prose else ""
    title = re.match(r"# (.+)", opening)
    promise = re.search(r"\A#.*\n\n(.+)", opening)
    minutes = re.search(r"\*\*(\d+) minutes\*\*", opening)
    numbers = re.findall(r"^### Exercise (\d+\.\d+)", "\n".join(prose), flags=re.M)
    return Entry(
        file=file,
        title=title[1] if title else file.removesuffix(".ipynb"),
        promise=promise[1] if promise else "",
        minutes=minutes[1] if minutes else "",
        exercises=frozenset(numbers),
    )


def passed(places: Places) -> set[str]:
    """The exercises passed on this machine; none where their file is missing or damaged."""
    named = os.environ.get("COURSE_PROGRESS")
    file = Path(named) if named else places.copies / "progress.json"
    try:
        numbers = json.loads(file.read_text(encoding="utf-8"))["passed"]
        return {number for number in numbers if isinstance(number, str)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


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
