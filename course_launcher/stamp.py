"""Whether `.venv` is complete, current, and made by course.py: the stamp and the marker in it.

The marker is there from before the first step of a set-up until after its last, and the stamp is
written at the end. So a marker without a stamp means that the first set-up did not finish, and a
marker beside a stamp that an update did not; a `.venv` without both was made by somebody else.
"""

import errno
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO

from course_launcher.failures import Failure
from course_launcher.files import write_whole
from course_launcher.places import Places

OURS = "made by course.py"
SOMEBODYS_OWN = "made by somebody"


@dataclass(frozen=True)
class Stamp:
    """What a finished set-up leaves behind."""

    fingerprint: str
    """SHA-256 of pyproject.toml and constraints.txt."""
    python: str
    """Version of the Python in `.venv`, such as 3.12."""
    extras: tuple[str, ...]
    root: str
    """The course's folder: a `.venv` does not survive being moved."""
    ours: bool
    """Whether course.py made this `.venv`, and so may delete it."""
    pair: str
    """The torch and torchvision whose import succeeded."""


def fingerprint(places: Places) -> str:
    """SHA-256 of the two files that decide what is installed. Raises `Failure` without them."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        path = places.root / name
        if not path.is_file():
            raise Failure(f"{name} is missing beside course.py: restore it from the repository.")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def read_stamp(places: Places) -> Stamp | None:
    """The stamp, or None where there is no readable one."""
    try:
        values = json.loads(places.stamp.read_text(encoding="utf-8"))
        return Stamp(**{**values, "extras": tuple(values["extras"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_stamp(places: Places, stamp: Stamp) -> None:
    """Store the stamp: whole, or not at all."""
    write_whole(places.stamp, json.dumps(asdict(stamp), indent=1).encode("utf-8"))


def read_marker(places: Places) -> str | None:
    """What the marker says about who made `.venv`, or None where there is no marker."""
    try:
        return places.marker.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


@contextmanager
def unfinished(places: Places, owner: str) -> Iterator[None]:
    """Mark `.venv` as unfinished while the body runs, and for good if it does not get to its end.

    The marker is locked meanwhile, so that a second `course.py` started too early does not take a
    set-up in progress for one that was broken off.
    """
    places.venv.mkdir(exist_ok=True)
    with places.marker.open("a+", encoding="utf-8") as file:
        if not _lock(file):
            raise Failure(
                "Another course.py is setting up .venv at this moment: wait until it has finished, "
                "then run again."
            )
        file.seek(0)
        # One that says so already stays: on a full disk, writing it anew would only empty it.
        if file.read() != owner:
            file.truncate(0)
            file.write(owner)
            file.flush()
        yield
    places.marker.unlink()


def _lock(file: IO[str]) -> bool:
    """Whether this process got the lock on the file; the system gives it back when we end."""
    if sys.platform == "win32":
        import msvcrt

        # Windows locks bytes against reading too: lock one far behind the text.
        file.seek(2**20)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network drives have no locks: better without than not at all.
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True
