"""Notebooks in normal form, in which the same notebook is always the same bytes.

A diff then shows what somebody changed and nothing else: no timestamps, no random ids, no paths of
one machine.
"""

import copy
import hashlib
import re

from course_launcher.notebook_files import Cell, Notebook, joined, lines, source_of

METADATA: Notebook = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
CELL_METADATA = ("slideshow", "tags")

_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# A widget's view is the random id of a model that lived in one kernel; without widget state,
# which would bloat the file, nothing can draw it. The text beside it stays.
_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_SPLIT_MIME_TYPES = ("image/svg+xml", "application/javascript")


def normal_form(notebook: Notebook) -> Notebook:
    """The same notebook in normal form; the argument stays as it is.

    Bringing a notebook into normal form twice changes nothing more.
    """
    ids = _cell_ids(notebook["cells"])
    cells = []
    count = 0
    for cell, cell_id in zip(notebook["cells"], ids, strict=True):
        runs = cell.get("cell_type") == "code" and bool(source_of(cell).strip())
        count += runs
        cells.append(_normal_cell(cell, cell_id, count if runs else None))
    return {"cells": cells, "metadata": copy.deepcopy(METADATA), "nbformat": 4, "nbformat_minor": 5}


def _cell_ids(cells: list[Cell]) -> list[str]:
    """Each cell's id: its own where it has a valid one that no earlier cell has, else a new one.

    A new id follows from the cell's content alone, so that two people get the same.
    """
    ids: list[str] = []
    for cell in cells:
        cell_id, repetition = str(cell.get("id", "")), 0
        while not _CELL_ID.fullmatch(cell_id) or cell_id in ids:
            content = f"{cell.get('cell_type')}\n{source_of(cell)}\n{repetition}"
            cell_id = hashlib.sha256(content.encode("utf-8")).hexdigest()[:8]
            repetition += 1
        ids.append(cell_id)
    return ids


def _normal_cell(cell: Cell, cell_id: str, count: int | None) -> Cell:
    metadata = cell.get("metadata", {})
    normal = {
        "cell_type": cell.get("cell_type"),
        "id": cell_id,
        "metadata": {key: metadata[key] for key in CELL_METADATA if metadata.get(key)},
        "source": lines(source_of(cell)),
    }
    if cell.get("attachments"):
        normal["attachments"] = cell["attachments"]
    if cell.get("cell_type") == "code":
        normal["execution_count"] = count
        normal["outputs"] = _normal_outputs(cell.get("outputs", []), count)
    return normal


def _normal_outputs(outputs: list[Notebook], count: int | None) -> list[Notebook]:
    normal: list[Notebook] = []
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            text = joined(output.get("text", ""))
            previous = normal[-1] if normal else {}
            # How many messages a kernel splits its printing into is a matter of timing.
            if previous.get("name") == output.get("name") and "text" in previous:
                text = joined(previous["text"]) + text
                normal.pop()
            normal.append({"name": output.get("name"), "output_type": kind, "text": lines(text)})
        elif kind == "error":
            # The stack carries one machine's paths and colours: the last line is what counts.
            name, value = output.get("ename", ""), output.get("evalue", "")
            last = _ANSI.sub("", f"{name}: {value}")
            normal.append(
                {"ename": name, "evalue": value, "output_type": kind, "traceback": [last]}
            )
        else:
            shown = {
                "data": _normal_data(output.get("data", {})),
                "metadata": output.get("metadata", {}),
                "output_type": kind,
            }
            if kind == "execute_result":
                shown["execution_count"] = count
            normal.append(shown)
    return normal


def _normal_data(data: Notebook) -> Notebook:
    normal: Notebook = {}
    for mime_type, content in data.items():
        if mime_type == _WIDGET_VIEW:
            continue
        if mime_type.startswith("text/") or mime_type in _SPLIT_MIME_TYPES:
            normal[mime_type] = lines(joined(content))
        elif isinstance(content, list) and not mime_type.endswith("json"):
            normal[mime_type] = joined(content)
        else:
            normal[mime_type] = content
    return normal
