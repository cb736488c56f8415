"""The reader's own copies of the notebooks: laid without outputs, never overwritten.

A talk has copies of its own, which `lay_for_talk` renews.
"""

import datetime
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from course_launcher import notebook_files
from course_launcher.failures import Failure
from course_launcher.files import write_whole
from course_launcher.notebook_files import Notebook, content_hash, without_outputs, write
from course_launcher.places import Places

RECORD = ".originals.json"


def lay(places: Places) -> list[str]:
    """Lay a copy of each notebook that has none yet; say which are new and which out of date."""
    places.copies.mkdir(exist_ok=True)
    record = read_record(places.copies)
    known, new, outdated = dict(record), [], []
    for original in notebook_files.choose(places.notebooks, []):
        notebook = notebook_files.read(original)
        copy = places.copies / original.name
        if not os.path.lexists(copy):
            write(copy, as_copy(notebook))
            record[original.name] = content_hash(notebook)
            new.append(original.name)
        elif original.name not in record:
            # The record was lost. Which original this copy was made from is unknown now; the
            # present one is the earliest that later changes can be told from.
            record[original.name] = content_hash(notebook)
        elif record[original.name] != content_hash(notebook):
            outdated.append(
                f"{original.name} has changed since your copy was made: python course.py fresh "
                f"{original.name.partition('_')[0]} lays a new one beside it"
            )
    if record != known:
        write_record(places.copies, record)
    return [f"New in my_notebooks: {', '.join(new)}", *outdated] if new else outdated


def as_copy(notebook: Notebook) -> Notebook:
    """The notebook as it is laid: without outputs, its slides as JupyterLab's slideshow reads them.

    The slideshow shows a cell of type `-` never (nbconvert: with the cell before it), and an empty
    slide for a cell of type `notes` that Shift+Enter moved to.
    """
    cells = []
    for cell in without_outputs(notebook)["cells"]:
        metadata = dict(cell.get("metadata", {}))
        slide = metadata.get("slideshow", {}).get("slide_type")
        if slide == "-":
            del metadata["slideshow"]
        elif slide == "notes":
            metadata["slideshow"] = {"slide_type": "skip"}
        cells.append({**cell, "metadata": metadata})
    return {**notebook, "cells": cells}


def fresh(places: Places, names: list[str], today: datetime.date) -> Iterator[str]:
    """Lay new copies, the old ones kept under a dated name; yields each step, in words, once done.

    Raises `Failure` for a name that no notebook has, before anything is changed.
    """
    originals = notebook_files.choose(places.notebooks, names)
    notebooks = {original: notebook_files.read(original) for original in originals}
    places.copies.mkdir(exist_ok=True)
    for original, notebook in notebooks.items():
        copy = places.copies / original.name
        if kept := keep(copy, today):
            yield f"Your work is kept as my_notebooks/{kept.name}"
        write(copy, as_copy(notebook))
        record = {**read_record(places.copies), original.name: content_hash(notebook)}
        write_record(places.copies, record)
        yield f"A new copy is in my_notebooks/{copy.name}"


def lay_for_talk(places: Places, folder: Path, today: datetime.date) -> Iterator[str]:
    """Lay every notebook afresh into `folder`; yields what was kept, in words, once it is.

    A copy whose cells or slides somebody changed is kept under a dated name; outputs alone are no
    change.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = read_record(folder)
    for original in notebook_files.choose(places.notebooks, []):
        laid = as_copy(notebook_files.read(original))
        copy = folder / original.name
        if not _has_slides_of(copy, record.get(original.name)) and (kept := keep(copy, today)):
            yield f"What you changed in the last talk is kept as {folder.name}/{kept.name}"
        write(copy, laid)
        # At once: after a broken-off start, a copy without its record would pass for a changed one.
        record[original.name] = _slides_hash(laid)
        write_record(folder, record)


def _has_slides_of(copy: Path, expected_hash: str | None) -> bool:
    """Whether the slides in the file are still those that were laid."""
    try:
        return _slides_hash(notebook_files.read(copy)) == expected_hash
    except (OSError, Failure):
        return False


def _slides_hash(notebook: Notebook) -> str:
    """SHA-256 over the cells with their slide types and tags, and nothing else of their metadata.

    JupyterLab writes an empty slide type and empty tags by itself: they are the same as none.
    """
    content: list[object] = [content_hash(notebook)]
    for cell in notebook["cells"]:
        metadata = cell.get("metadata", {})
        slide = metadata.get("slideshow", {}).get("slide_type")
        content.append([slide or None, metadata.get("tags") or None])
    return hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()


def keep(copy: Path, today: datetime.date) -> Path | None:
    """Rename the copy to a dated name that nothing has yet; None where there is no copy.

    The name is claimed first: a rename would overwrite what another course.py has just kept there.
    """
    number = 1
    while os.path.lexists(copy):
        again = f"_{number}" if number > 1 else ""
        kept = copy.with_name(f"{copy.stem}_{today.isoformat()}{again}{copy.suffix}")
        number += 1
        try:
            kept.touch(exist_ok=False)
        except FileExistsError:
            continue
        try:
            return copy.replace(kept)
        except OSError as error:
            kept.unlink()
            if not isinstance(error, FileNotFoundError):  # else another course.py has kept it
                raise
    return None


def read_record(folder: Path) -> dict[str, str]:
    """Which content of each original the copy was made from; empty where that is not known."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(record, dict):
        return {}
    return {name: value for name, value in record.items() if isinstance(value, str)}


def write_record(folder: Path, record: dict[str, str]) -> None:
    """Store the record: whole, or not at all."""
    text = json.dumps(record, indent=1, sort_keys=True) + "\n"
    write_whole(folder / RECORD, text.encode("utf-8"))
