"""Notebook files: read, write, find by number, strip of outputs, and bring into normal form.

In normal form the same notebook is always the same bytes, so a diff shows what somebody changed
and nothing else: no timestamps, no random ids, no paths of one machine.
"""

import copy
import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any, cast

from course_launcher.failures import Failure

Notebook = dict[str, Any]
Cell = dict[str, Any]

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


# --- reading and writing ------------------------------------------------------------------------


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
    write_bytes(path, text_of(notebook).encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Store `content` at `path` by writing a file beside it first: whole, or not at all."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; a notebook is an ordinary one.
        Path(beside).chmod(path.stat().st_mode if path.exists() else 0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


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
        number = stem.zfill(2) if stem.isdecimal() else None
        matching = [
            path
            for path in notebooks
            if path.stem == stem or (number is not None and path.name.startswith(f"{number}_"))
        ]
        if not matching:
            known = ", ".join(path.stem for path in notebooks) or "none"
            raise Failure(f"There is no notebook {name}; these exist: {known}.")
        chosen += [path for path in matching if path not in chosen]
    return chosen


# --- what a notebook is about -------------------------------------------------------------------


def joined(text: Any) -> str:
    """A text that the notebook format allows to be one string or a list of lines."""
    return "".join(text) if isinstance(text, list) else str(text)


def content_hash(notebook: Notebook) -> str:
    """SHA-256 over the cells' types and sources: what a reader would call the notebook."""
    content = [[cell.get("cell_type"), _source(cell)] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()


def without_outputs(notebook: Notebook) -> Notebook:
    """The notebook as it is before anybody runs it."""
    cells = [
        {**cell, "outputs": [], "execution_count": None} if _is_code(cell) else cell
        for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


def _is_code(cell: Cell) -> bool:
    return cell.get("cell_type") == "code"


def _source(cell: Cell) -> str:
    text = joined(cell.get("source", "")).replace("\r\n", "\n").replace("\r", "\n")
    return text.rstrip("\n")


# --- normal form --------------------------------------------------------------------------------


def normal_form(notebook: Notebook) -> Notebook:
    """The same notebook in normal form; the argument stays as it is.

    Bringing a notebook into normal form twice changes nothing more.
    """
    ids = _cell_ids(notebook["cells"])
    cells = []
    count = 0
    for cell, cell_id in zip(notebook["cells"], ids, strict=True):
        runs = _is_code(cell) and bool(_source(cell).strip())
        count += runs
        cells.append(_normal_cell(cell, cell_id, count if runs else None))
    return {"cells": cells, "metadata": copy.deepcopy(METADATA), "nbformat": 4, "nbformat_minor": 5}


def _cell_ids(cells: list[Cell]) -> list[str]:
    """Each cell's id: its own where it has a valid one that no earlier cell has, else a new one.

    A new id follows from the cell's content alone, so that two people get the same.
    """
    kept: list[str | None] = []
    for cell in cells:
        own = cell.get("id")
        valid = isinstance(own, str) and _CELL_ID.fullmatch(own) and own not in kept
        kept.append(own if valid else None)
    taken = {cell_id for cell_id in kept if cell_id}
    ids = []
    for cell, cell_id in zip(cells, kept, strict=True):
        repetition = 0
        while cell_id is None:
            content = f"{cell.get('cell_type')}\n{_source(cell)}\n{repetition}"
            candidate = hashlib.sha256(content.encode("utf-8")).hexdigest()[:8]
            cell_id = candidate if candidate not in taken else None
            repetition += 1
        taken.add(cell_id)
        ids.append(cell_id)
    return ids


def _normal_cell(cell: Cell, cell_id: str, count: int | None) -> Cell:
    metadata = cell.get("metadata", {})
    normal = {
        "cell_type": cell.get("cell_type"),
        "id": cell_id,
        "metadata": {key: metadata[key] for key in CELL_METADATA if metadata.get(key)},
        "source": _lines(_source(cell)),
    }
    if cell.get("attachments"):
        normal["attachments"] = cell["attachments"]
    if _is_code(cell):
        normal["execution_count"] = count
        normal["outputs"] = _normal_outputs(cell.get("outputs", []), count)
    return normal


def _lines(text: str) -> list[str]:
    """The text as lines that keep their line ends: a diff then shows lines, not whole cells."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


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
            normal.append({"name": output.get("name"), "output_type": kind, "text": _lines(text)})
        elif kind == "error":
            # The stack carries one machine's paths and colours: the last line is what counts.
            line = _ANSI.sub("", f"{output.get('ename', '')}: {output.get('evalue', '')}")
            normal.append(
                {
                    "ename": output.get("ename", ""),
                    "evalue": output.get("evalue", ""),
                    "output_type": kind,
                    "traceback": [line],
                }
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
            normal[mime_type] = _lines(joined(content))
        elif isinstance(content, list) and not mime_type.endswith("json"):
            normal[mime_type] = joined(content)
        else:
            normal[mime_type] = content
    return normal


def problems(notebook: Notebook) -> list[str]:
    """In words, what about the notebook is not in normal form; nothing where all of it is."""
    expected = normal_form(notebook)
    found = [
        f"{key}: expected {expected[key]!r}, got {notebook.get(key)!r}"
        for key in ("metadata", "nbformat", "nbformat_minor")
        if notebook.get(key) != expected[key]
    ]
    found += [
        f"unexpected entry {key!r} beside the cells" for key in sorted(set(notebook) - {*expected})
    ]
    pairs = zip(notebook["cells"], expected["cells"], strict=True)
    for index, (cell, normal) in enumerate(pairs):
        for key in sorted({*cell, *normal}):
            if cell.get(key) != normal.get(key) or (key in cell) != (key in normal):
                found.append(_cell_problem(index, key, cell, normal))
    return found


def _cell_problem(index: int, key: str, cell: Cell, normal: Cell) -> str:
    where = f"cell {index} ({normal['id']})"
    if key in ("outputs", "source"):
        return f"{where}: {key} not in normal form"
    if key not in normal:
        return f"{where}: unexpected entry {key!r}"
    return f"{where}: {key}: expected {normal[key]!r}, got {cell.get(key)!r}"


def file_problems(path: Path) -> list[str]:
    """What about the notebook file is not in normal form, its bytes included."""
    notebook = read(path)
    found = problems(notebook)
    if not found and path.read_bytes() != text_of(normal_form(notebook)).encode("utf-8"):
        found = ["the JSON is laid out differently (order of keys, indentation, line ends)"]
    return found
