"""The course's notebooks as the tests see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from course_launcher.notebook_files import joined, read

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))


@dataclass(frozen=True)
class Cell:
    """One cell: where it stands, its kind, source, tags, slide type and raw outputs."""

    index: int
    kind: str
    source: str
    tags: tuple[str, ...]
    slide: str
    outputs: tuple[dict[str, Any], ...]

    @property
    def output_text(self) -> str:
        """Everything in words that the stored outputs show."""
        texts = []
        for output in self.outputs:
            texts.append(joined(output.get("text", "")))
            texts.append(joined(output.get("evalue", "")))
            data = output.get("data", {})
            texts += [joined(text) for kind, text in data.items() if kind.startswith("text/")]
        return "\n".join(texts)

    @property
    def has_picture(self) -> bool:
        return any("image/png" in output.get("data", {}) for output in self.outputs)


@dataclass(frozen=True)
class CourseNotebook:
    """A stored notebook and the parts that the tests ask for."""

    path: Path

    @cached_property
    def cells(self) -> list[Cell]:
        return [
            Cell(
                index,
                cell["cell_type"],
                joined(cell["source"]),
                tuple(cell["metadata"].get("tags", ())),
                cell["metadata"].get("slideshow", {}).get("slide_type", ""),
                tuple(cell.get("outputs", ())),
            )
            for index, cell in enumerate(read(self.path)["cells"])
        ]

    @property
    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "code"]

    @property
    def prose(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "markdown"]

    @property
    def number(self) -> str:
        return self.path.name[:2]


def without_code(markdown: str) -> str:
    """Markdown less its fenced blocks and code spans."""
    return re.sub(r"`[^`\n]*`", " ", re.sub(r"```.*?```", " ", markdown, flags=re.S))
