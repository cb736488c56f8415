"""The data files that come with the course, and the check that they are intact.

`ORIGIN.md` says where each file comes from and under which licence; `make.py` made them.
"""

import hashlib
from pathlib import Path

BUNDLED_FILES = (
    "fashion_mnist_train.npz",
    "fashion_mnist_test.npz",
    "mnist_train.npz",
    "mnist_test.npz",
)
"""Names of the data files, in the order in which they are checked."""

CHECKSUMS = "sha256.txt"
"""Name of the list of checksums, in the form that `sha256sum --check` reads."""

_FOLDER = Path(__file__).resolve().parent


def read_bundled(name: str) -> bytes:
    """The bytes of one bundled file, after its SHA-256 has been found in `sha256.txt`.

    Raises RuntimeError that names the file and the command that restores it where the file is
    missing, damaged or cut short, or the list of checksums is.
    """
    try:
        content = (_FOLDER / name).read_bytes()
        checksums = (_FOLDER / CHECKSUMS).read_text(encoding="ascii", errors="replace")
    except FileNotFoundError as error:
        raise _unusable(name, f"or {CHECKSUMS} is missing") from error
    found = hashlib.sha256(content).hexdigest()
    if f"{found}  {name}\n" not in checksums:
        raise _unusable(name, f"is damaged: SHA-256 {found[:12]}… is not the one in {CHECKSUMS}")
    return content


def _unusable(name: str, reason: str) -> RuntimeError:
    # Both files in one command: where the list of checksums is the damaged one, restoring the data
    # file alone would change nothing.
    folder = "course_utils/datasets/bundled"
    return RuntimeError(
        f"{folder}/{name} {reason}. Restore it in the course's folder: git checkout -- "
        f"{folder}/{name} {folder}/{CHECKSUMS} (or clone the course again)"
    )


def verify_bundled() -> list[tuple[str, bool, str]]:
    """Check each bundled file: a list of (name, intact, message), never an error."""
    results = []
    for name in BUNDLED_FILES:
        try:
            results.append((name, True, f"{len(read_bundled(name)):,} bytes, SHA-256 as recorded"))
        except RuntimeError as error:
            results.append((name, False, str(error)))
    return results
