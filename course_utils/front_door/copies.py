"""The reader's own copies of the notebooks: laid without outputs, never overwritten.

A talk has copies of its own, which `lay_for_talk` renews.
"""

import datetime
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.front_door import notebook_files
from course_utils.front_door.failures import Failure
from course_utils.front_door.notebook_files import (
    Notebook,
    content_hash,
    text_of,
    without_outputs,
    write,
)
from course_utils.front_door.places import Places

RECORD = ".originals.json"


@dataclass
class Report:
    """What `lay` did and found."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """What the reader should know."""
        lines = []
        if self.new:
            lines.append(f"New in my_notebooks: {', '.join(self.new)}")
        for name in self.changed:
            number = name.split("_")[0]
            lines.append(
                f"{name} has changed since your copy was made: "
                f"python course.py fresh {number} lays a new one beside it"
            )
        return lines


def lay(places: Places) -> Report:
    """Lay a copy of each notebook that has none yet; report the copies that are out of date."""
    places.copies.mkdir(exist_ok=True)
    record, report = read_record(places.copies), Report()
    known = dict(record)
    for original in notebook_files.choose(places.notebooks, []):
        notebook = notebook_files.read(original)
        copy = places.copies / original.name
        if not os.path.lexists(copy):
            write(copy, as_copy(notebook))
            record[original.name] = content_hash(notebook)
            report.new.append(original.name)
        elif original.name not in record:
            # The record was lost. Which original this copy was made from is unknown now; the
            # present one is the earliest that later changes can be told from.
            record[original.name] = content_hash(notebook)
        elif record[original.name] != content_hash(notebook):
            report.changed.append(original.name)
    if record != known:
        write_record(places.copies, record)
    return report


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


def fresh(places: Places, names: list[str], today: datetime.date) -> list[str]:
    """Lay new copies; the old ones are kept under a dated name. Returns what was done, in words.

    Raises `Failure` for a name that no notebook has, before anything is changed.
    """
    originals = notebook_files.choose(places.notebooks, names)
    notebooks = {original: notebook_files.read(original) for original in originals}
    places.copies.mkdir(exist_ok=True)
    lines = []
    for original, notebook in notebooks.items():
        copy = places.copies / original.name
        if os.path.lexists(copy):
            kept = keep(copy, today)
            lines.append(f"Your work is kept as my_notebooks/{kept.name}")
        write(copy, as_copy(notebook))
        record = {**read_record(places.copies), original.name: content_hash(notebook)}
        write_record(places.copies, record)
        lines.append(f"A new copy is in my_notebooks/{copy.name}")
    return lines


def lay_for_talk(places: Places, folder: Path, today: datetime.date) -> list[str]:
    """Lay every notebook afresh into `folder`; returns what was kept, in words.

    A copy whose cells somebody changed is kept under a dated name; outputs alone are no change.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record, lines = read_record(folder), []
    for original in notebook_files.choose(places.notebooks, []):
        notebook = notebook_files.read(original)
        copy = folder / original.name
        if os.path.lexists(copy) and not _has_cells_of(copy, record.get(original.name)):
            kept = keep(copy, today)
            lines.append(f"What you changed in the last talk is kept as {folder.name}/{kept.name}")
        write(copy, as_copy(notebook))
        # At once: after a broken-off start, a copy without its record would pass for a changed one.
        record[original.name] = content_hash(notebook)
        write_record(folder, record)
    return lines


def _has_cells_of(copy: Path, expected_hash: str | None) -> bool:
    """Whether the cells of the file are still those that were laid."""
    try:
        return content_hash(notebook_files.read(copy)) == expected_hash
    except Failure:
        return False


def keep(copy: Path, today: datetime.date) -> Path:
    """Rename the copy to a dated name that nothing has yet."""
    kept = copy.with_name(f"{copy.stem}_{today.isoformat()}{copy.suffix}")
    number = 2
    while os.path.lexists(kept):
        kept = copy.with_name(f"{copy.stem}_{today.isoformat()}_{number}{copy.suffix}")
        number += 1
    return copy.rename(kept)


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
    notebook_files.write_bytes(folder / RECORD, text_of(record).encode("utf-8"))
