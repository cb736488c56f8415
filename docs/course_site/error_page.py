"""The page of errors, written from the table in `course_utils/errors.toml` as the site is built."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

_LONGEST = 240
_MARK = "<!-- the table of errors -->\n"


def write(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the sections in the place of the mark; called by Sphinx for every page that it reads."""
    if page == "errors":
        source[0] = source[0].replace(_MARK, sections(_notebooks(Path(app.srcdir))))


def _notebooks(source: Path) -> dict[str, str]:
    """The number of each notebook -> a link to it, under its title."""
    paths = sorted(source.glob("notebooks/*.ipynb"))
    return {path.name[:2]: f"[notebook {path.name[:2]}](notebooks/{path.name})" for path in paths}


def sections(notebooks: dict[str, str]) -> str:
    """One section an error: the code, what it raises today, what that means, what to do."""
    from course_utils.errors import known_errors

    parts = []
    for group, rows in groupby(sorted(known_errors(), key=_place), key=lambda row: row.group):
        parts.append(f"## {group}")
        for row in rows:
            where = notebooks.get(row.notebook, f"notebook {row.notebook}")
            parts.append(f"### {row.title}")
            parts.append(f"```python\n{row.code}\n```")
            parts.append(f"```text\n{raised_by(row.code)}\n```")
            parts.append(f"{row.meaning} {row.advice.strip()}\nExplained in {where}.")
    return "\n\n".join(parts) + "\n"


def _place(row: Any) -> bool:
    """The course's own messages stand at the end; within the rest the order stays."""
    return "own helpers" in str(row.group)


def raised_by(code: str) -> str:
    """Type and message of what the code raises, its first lines, without colours."""
    import torch
    from torch import nn

    names = {"torch": torch, "nn": nn, "F": nn.functional}
    try:
        exec(compile(code, "<page of errors>", "exec"), names)  # noqa: S102 (the course's own)
    except Exception as error:
        said = re.sub(r"\x1b\[\d+m", "", f"{type(error).__name__}: {error}")
        lines = [
            line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …" for line in said.splitlines()
        ]
        return "\n".join(lines[:4] + ["…"] * (len(lines) > 4))
    raise ValueError(f"this code of errors.toml raises nothing:\n{code}")
