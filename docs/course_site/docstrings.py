"""The package's docstrings, which are plain prose with `code`, as reStructuredText."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

_BUILT_IN = re.compile(r"Built in notebook (\d\d)\.")
_CODE = re.compile(r"`[^`]+`")
_EMPHASIS = re.compile(r"\*\w[\w -]*\*")
# Characters that mean something to reStructuredText and nothing to the docstrings.
_SPECIAL = re.compile(r"[*|\\]|(?<=\w)_(?!\w)")


def process(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Replace the lines of one docstring; called by autodoc."""
    lines[:] = restructured("\n".join(lines), _notebooks(Path(app.srcdir)))


def _notebooks(source: Path) -> dict[str, str]:
    """The number of each notebook -> the name of its page."""
    return {path.name[:2]: f"/notebooks/{path.stem}" for path in source.glob("notebooks/*.ipynb")}


def restructured(docstring: str, notebooks: dict[str, str]) -> list[str]:
    """The docstring's lines as reStructuredText: code marked, the rest protected.

    Indented lines and paragraphs with code comments are shown as they are. "Built in notebook 05."
    becomes a link to that page.
    """
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", docstring.strip("\n")):
        text = paragraph.splitlines()
        if _is_code(text):
            lines += ["::", "", *("    " + line for line in text), ""]
            continue
        for line in text:
            # An indented line under prose is code as well, as in "the step is\n    w -= lr * g".
            if line.startswith("    ") and (not lines or not lines[-1].startswith("    ")):
                lines += ["", "::", ""]
            elif not line.startswith("    ") and lines and lines[-1].startswith("    "):
                lines.append("")
            lines.append(line if line.startswith("    ") else _prose(line, notebooks))
        lines.append("")
    return lines


def _is_code(text: list[str]) -> bool:
    return all(line.startswith("    ") for line in text) or any("  # " in line for line in text)


def _prose(line: str, notebooks: dict[str, str]) -> str:
    parts = []
    end = 0
    for kept in re.finditer(f"{_CODE.pattern}|{_EMPHASIS.pattern}", line):
        parts.append(_SPECIAL.sub(r"\\\g<0>", line[end : kept.start()]))
        parts.append(f"`{kept[0]}`" if kept[0].startswith("`") else kept[0])
        end = kept.end()
    parts.append(_SPECIAL.sub(r"\\\g<0>", line[end:]))
    return _BUILT_IN.sub(
        lambda found: (
            f"Built in :doc:`notebook {found[1]} <{notebooks[found[1]]}>`."
            if found[1] in notebooks
            else found[0]
        ),
        "".join(parts),
    )


def skip(app: Sphinx, what: str, name: str, thing: Any, skipped: bool, options: Any) -> bool | None:
    """Leave out what Python itself writes as the docstring of a named tuple's fields."""
    words = getattr(thing, "__doc__", None) or ""
    return True if words.startswith("Alias for field number") else None
