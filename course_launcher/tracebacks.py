"""An error in a notebook shows the reader's own lines and the message, not forty lines of torch.

An IPython extension: the course's environment loads it into every kernel; elsewhere
`%load_ext course_launcher.tracebacks` does. `%tb` still shows everything. In a talk, where
`COURSE_TALK` is set, the message stands alone, as in the stored notebooks: a slide is small.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from pathlib import Path
from types import TracebackType
from typing import Any


def own_frames(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of installed packages and Python's library.

    Where nothing else would be left, it comes back whole. A new chain is made; the one given stays.
    """
    frames = []
    current = traceback
    while current is not None:
        if not _is_library(current.tb_frame.f_code.co_filename):
            frames.append(current)
        current = current.tb_next
    own: TracebackType | None = None
    for frame in reversed(frames):
        own = TracebackType(own, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return own or traceback


def _is_library(filename: str) -> bool:
    if filename.startswith("<"):
        return True  # generated code, such as "<frozen importlib>", has no line to show
    path = Path(filename)
    return any(path.is_relative_to(folder) for folder in _library_folders())


def _library_folders() -> list[str]:
    paths = sysconfig.get_paths()
    root = Path(__file__).resolve().parents[1]
    course = [str(root / name) for name in ("course_utils", "course_checks", "course_launcher")]
    return [paths["stdlib"], paths["purelib"], paths["platlib"], *site.getsitepackages(), *course]


def _errors_behind(error: BaseException) -> list[BaseException]:
    """The causes and contexts of the error and of each other, which can run in a circle."""
    found = [error]
    for one in found:
        for behind in (one.__cause__, one.__context__):
            if behind is not None and not any(behind is other for other in found):
                found.append(behind)
    return found[1:]


def _show_own_frames(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    traceback: Any,
    tb_offset: Any = None,
) -> None:
    """What IPython calls with an exception of a cell."""
    behind = [(one, one.__traceback__) for one in _errors_behind(error)]
    try:
        for one, whole in behind:
            own = own_frames(whole)
            # IPython shows the message of an error without frames.
            one.with_traceback(None if own is whole else own)
        shell.showtraceback((kind, error, own_frames(traceback)), tb_offset=0)
    finally:
        for one, whole in behind:
            one.with_traceback(whole)
    # `%tb` reads these, and shows the whole stack.
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, traceback


def load_ipython_extension(shell: Any) -> None:
    """Called by IPython as it loads the extension."""
    shell.set_custom_exc((Exception,), _show_own_frames)
    if os.environ.get("COURSE_TALK"):
        shell.InteractiveTB.set_mode("Minimal")
