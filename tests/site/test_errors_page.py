"""The page of common errors: each message is what its code prints now."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

from tests.notebooks.reading import PATHS, Cell, CourseNotebook

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"


class Entry(NamedTuple):
    """One section of the page."""

    heading: str
    code: str
    message: str
    text: str


def entries() -> list[Entry]:
    found = re.findall(
        r"^### ([^\n]+)\n\n```python\n(.+?)```\n\n```text\n(.+?)\n```\n\n(.+?)(?=\n##|\Z)",
        PAGE.read_text(encoding="utf-8"),
        flags=re.M | re.S,
    )
    return [Entry(*groups) for groups in found]


ENTRIES = entries()


def test_every_section_has_code_a_message_and_a_notebook() -> None:
    assert len(ENTRIES) >= 20
    headings = re.findall(r"^### (.+)", PAGE.read_text(encoding="utf-8"), flags=re.M)
    assert [entry.heading for entry in ENTRIES] == headings
    for entry in ENTRIES:
        assert re.search(r"\]\(notebooks/\d\d_\w+\.ipynb\)", entry.text), entry.heading


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.heading for entry in ENTRIES])
def test_the_code_raises_the_message(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_OFFLINE", "")
    names: dict[str, Any] = {"torch": torch, "nn": nn, "__name__": "page"}
    with pytest.raises(Exception) as raised:
        exec(compile(entry.code, entry.heading, "exec"), names)
    said = f"{type(raised.value).__name__}: {raised.value}".replace("\\", "/")
    # An ellipsis on the page stands for what is too long, or differs from machine to machine.
    parts = [re.escape(part) for part in entry.message.split("…")]
    assert re.fullmatch(".*".join(parts), said, flags=re.S), said


def outline(message: str) -> str:
    """The message without its numbers: those of a reader are other ones."""
    return re.sub(r"\d+", "#", re.sub(r"\[[\d, ]+\]", "[#]", message))


def shown_in_notebooks() -> list[tuple[str, str]]:
    """The errors of cells that are meant to fail, less those that the cell raises on purpose."""

    def errors(cell: Cell) -> list[str]:
        if "raises-exception" not in cell.tags or re.search(r"\braise ", cell.source):
            return []
        return [
            f"{output['ename']}: {output['evalue']}"
            for output in cell.outputs
            if output["output_type"] == "error"
        ]

    return [
        (path.stem, error)
        for path in PATHS
        for cell in CourseNotebook(path).cells
        for error in errors(cell)
    ]


def test_every_error_that_a_notebook_shows_is_on_the_page() -> None:
    shown = shown_in_notebooks()
    assert len(shown) >= 10
    known = {outline(entry.message) for entry in ENTRIES}
    for notebook, error in shown:
        assert outline(error) in known, f"{notebook} shows an error that is not here: {error}"
