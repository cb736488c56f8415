"""The reader's own copies of the notebooks: laid without outputs, never overwritten."""

import datetime
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.front_door import notebook_files
from course_utils.front_door.notebook_files import content_hash, text_of, without_outputs, write
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
    record, report = read_record(places), Report()
    known = dict(record)
    for original in notebook_files.choose(places.notebooks, []):
        notebook = notebook_files.read(original)
        copy = places.copies / original.name
        if not os.path.lexists(copy):
            write(copy, without_outputs(notebook))
            record[original.name] = content_hash(notebook)
            report.new.append(original.name)
        elif original.name not in record:
            # The record was lost. Which original this copy was made from is unknown now; the
            # present one is the earliest that later changes can be told from.
            record[original.name] = content_hash(notebook)
        elif record[original.name] != content_hash(notebook):
            report.changed.append(original.name)
    if record != known:
        write_record(places, record)
    return report


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
            kept = _keep(copy, today)
            lines.append(f"Your work is kept as my_notebooks/{kept.name}")
        write(copy, without_outputs(notebook))
        write_record(places, {**read_record(places), original.name: content_hash(notebook)})
        lines.append(f"A new copy is in my_notebooks/{copy.name}")
    return lines


def _keep(copy: Path, today: datetime.date) -> Path:
    """Rename the copy to a dated name that nothing has yet."""
    kept = copy.with_name(f"{copy.stem}_{today.isoformat()}{copy.suffix}")
    number = 2
    while os.path.lexists(kept):
        kept = copy.with_name(f"{copy.stem}_{today.isoformat()}_{number}{copy.suffix}")
        number += 1
    return copy.rename(kept)


def read_record(places: Places) -> dict[str, str]:
    """Which content of each original the copy was made from; empty where that is not known."""
    try:
        record = json.loads((places.copies / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(record, dict):
        return {}
    return {name: value for name, value in record.items() if isinstance(value, str)}


def write_record(places: Places, record: dict[str, str]) -> None:
    """Store the record: whole, or not at all."""
    notebook_files.write_bytes(places.copies / RECORD, text_of(record).encode("utf-8"))
