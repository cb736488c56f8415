"""Notebook files: read, write, choose by number, and what each notebook says of itself."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from course_launcher.failures import Failure
from course_launcher.files import write_whole

Notebook = dict[str, Any]
Cell = dict[str, Any]


def read(path: Path) -> Notebook:
    """The notebook in the file `path`. Raises `Failure` where it is not one."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Failure(f"{path.name} is not a readable notebook ({error}): restore it.") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise Failure(f"{path.name} is not a notebook of format 4 (it has no cells): restore it.")
    return cast(Notebook, notebook)


def text_of(notebook: Notebook) -> str:
    """The text of a notebook file: sorted keys, indent 1, one newline at the end."""
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write(path: Path, notebook: Notebook) -> None:
    """Store the notebook at `path`: whole, or not at all."""
    write_whole(path, text_of(notebook).encode("utf-8"))


def choose(folder: Path, names: list[str]) -> list[Path]:
    """The notebooks in `folder` that `names` mean: a number (`5`, `05`), a stem or a file name.

    No names at all mean every notebook. Raises `Failure` where a name means none of them.
    """
    notebooks = sorted(folder.glob("*.ipynb"))
    if not names:
        return notebooks
    chosen = []
    for name in names:
        stem = Path(name).name.removesuffix(".ipynb")
        number = f"{stem.zfill(2)}_" if stem.isdecimal() else None
        matching = [
            path
            for path in notebooks
            if path.stem == stem or (number is not None and path.name.startswith(number))
        ]
        if not matching:
            known = ", ".join(path.stem for path in notebooks) or "none"
            raise Failure(f"There is no notebook {name}; these exist: {known}.")
        chosen += [path for path in matching if path not in chosen]
    return chosen


def joined(text: Any) -> str:
    """A text that the notebook format allows to be one string or a list of lines."""
    return "".join(text) if isinstance(text, list) else str(text)


def lines(text: str) -> list[str]:
    """The text as lines that keep their line ends: a diff then shows lines, not whole cells."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def source_of(cell: Cell) -> str:
    """The cell's source, with the line ends of every system alike and none at the end."""
    text = joined(cell.get("source", "")).replace("\r\n", "\n").replace("\r", "\n")
    return text.rstrip("\n")


def content_hash(notebook: Notebook) -> str:
    """SHA-256 over the cells' types and sources: what a reader would call the notebook."""
    content = [[cell.get("cell_type"), source_of(cell)] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()


def without_outputs(notebook: Notebook) -> Notebook:
    """The notebook as it is before anybody runs it."""
    cells = [
        {**cell, "outputs": [], "execution_count": None}
        if cell.get("cell_type") == "code"
        else cell
        for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


@dataclass(frozen=True)
class Lesson:
    """What a notebook says of itself, in its first cell and in the headings of its exercises.

    The README, the site and the welcome page list the notebooks from this.
    """

    file: str
    title: str
    """Number and title, such as "05 · Softmax from scratch"."""
    promise: str
    minutes: str
    exercises: frozenset[str]
    """Their numbers, such as "5.1"."""


def lessons(folder: Path) -> list[Lesson]:
    """What the notebooks in `folder` say of themselves, in order."""
    return [_lesson(path) for path in choose(folder, [])]


def _lesson(path: Path) -> Lesson:
    prose = [
        joined(cell.get("source", ""))
        for cell in read(path)["cells"]
        if cell.get("cell_type") == "markdown"
    ]
    opening = prose[0] if prose else ""
    title = re.match(r"# (.+)", opening)
    promise = re.match(r"#.*\n\n(.+)", opening)
    minutes = re.search(r"\*\*(\d+) minutes\*\*", opening)
    numbers = re.findall(r"^### Exercise (\d+\.\d+) · ", "\n".join(prose), flags=re.MULTILINE)
    return Lesson(
        file=path.name,
        title=title[1] if title else path.stem,
        promise=promise[1] if promise else "",
        minutes=minutes[1] if minutes else "",
        exercises=frozenset(numbers),
    )
