"""Files are written whole or not at all; nothing but Python is needed here."""

from __future__ import annotations

import contextlib
import glob
import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes, keep_as: Path | None = None) -> None:
    """Write `content` to `path`: all of it, or nothing, also where the machine is switched off.

    It is written beside its place and then renamed into it. keep_as: the name that the file before
    it keeps. What a process that was killed while it wrote has left beside `path` is removed.

    Raises OSError where it cannot be written; the file before it is untouched then.
    """
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        # On Windows another process may hold its own open; then that is none that was left.
        with contextlib.suppress(OSError):
            left.unlink()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; these are ordinary ones.
        beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        if keep_as is not None and path.exists():
            path.replace(keep_as)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
