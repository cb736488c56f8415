"""What the errors mean that PyTorch beginners meet most; the table itself is `errors.toml`.

It serves the checks of the exercises, the kernels of the course and the site's page of errors.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class KnownError:
    """One row of the table: how an error is recognised, what it means, where it is explained."""

    group: str
    title: str
    code: str
    pattern: str
    meaning: str
    advice: str
    notebook: str


@cache
def known_errors() -> tuple[KnownError, ...]:
    """Every row, in the order of the table."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return tuple(KnownError(**row) for row in tomllib.loads(text)["error"])


def known_error(error: BaseException) -> KnownError | None:
    """The first row whose pattern is found in "Type: message" of the error, or None."""
    said = f"{type(error).__name__}: {error}"
    return next((row for row in known_errors() if re.search(row.pattern, said, flags=re.S)), None)
