"""What a notebook's cells say of themselves in ways that Sphinx does not know: notes and pictures.

The stored notebook stays as it is; only the text that Sphinx reads is changed.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sphinx.application import Sphinx

# What a cell of slide type `notes` opens with; a test of the notebooks holds them to it.
_OPENING = re.compile(r"\s*\*For the instructor:\*\s*")

# The blank lines end the HTML block, so that the text between is read as Markdown.
_FOLD = (
    '<details class="instructor"><summary>For the instructor</summary>\n\n{text}\n\n</details>\n'
)


def prepare(app: Sphinx, docname: str, source: list[str]) -> None:
    """Rewrite a notebook on its way into Sphinx; `source` holds its text as the one entry."""
    if not app.env.doc2path(docname).suffix == ".ipynb":
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["metadata"].get("slideshow", {}).get("slide_type") == "notes":
            _fold_note(cell)
        elif cell["cell_type"] == "code":
            _describe_picture(cell)
    source[0] = json.dumps(notebook)


def _fold_note(cell: dict[str, Any]) -> None:
    """What an instructor should say or ask: there for those who teach, closed for a reader."""
    text = _OPENING.sub("", "".join(cell["source"]), count=1)
    cell["source"] = _FOLD.format(text=text.strip())


def _describe_picture(cell: dict[str, Any]) -> None:
    """A picture's description in words, which is stored beside it, becomes its alternative text."""
    for output in cell["outputs"]:
        data = output.get("data", {})
        words = "".join(data.get("text/plain", ""))
        if "image/png" in data and words:
            alt = re.sub(r"\s+", " ", words.strip("[]").removeprefix("picture: "))
            cell["metadata"]["mystnb"] = {"image": {"alt": alt}}
