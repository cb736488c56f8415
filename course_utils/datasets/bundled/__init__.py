"""The data files that come with the course, and the check that they are intact.

`ORIGIN.md` says where each file comes from and under which licence; `make.py` made them. This
module needs neither torch nor numpy, so that the environment check can run it on a broken
installation.
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


def _restore(name: str) -> str:
    # Both files in one command: where the list of checksums is the damaged one, restoring the data
    # file alone would change nothing.
    paths = " ".join(
        f"course_utils/datasets/bundled/{part}" for part in dict.fromkeys((name, CHECKSUMS))
    )
    return f"Restore it in the course's folder: git checkout -- {paths} (or clone the course again)"


def damaged(name: str, reason: str) -> RuntimeError:
    """The error for a bundled file that cannot be used: which file, why, how to restore it."""
    return RuntimeError(f"course_utils/datasets/bundled/{name} {reason}. {_restore(name)}")


def _read(name: str) -> bytes:
    try:
        return (_FOLDER / name).read_bytes()
    except FileNotFoundError:
        raise damaged(name, "is missing") from None
    except OSError as error:
        raise damaged(name, f"cannot be read ({error.strerror or error})") from error


def _checksums() -> dict[str, str]:
    try:
        lines = [line.split() for line in _read(CHECKSUMS).decode("ascii").splitlines()]
        return {name: digest for digest, name in lines}
    except ValueError:  # not ASCII, or a line that is not "digest  name"
        raise damaged(CHECKSUMS, "is damaged: it is no list of checksums") from None


def read_bundled(name: str) -> bytes:
    """The bytes of one bundled file, after its SHA-256 has been compared with `sha256.txt`.

    Raises RuntimeError that names the file and the command that restores it when the file is
    missing, damaged or cut short, and ValueError for a name that is not in `BUNDLED_FILES`.
    """
    if name not in BUNDLED_FILES:
        raise ValueError(f"name: expected one of {', '.join(BUNDLED_FILES)}, got {name!r}")
    expected = _checksums().get(name)
    if expected is None:
        raise damaged(CHECKSUMS, f"is damaged: it has no line for {name}")
    content = _read(name)
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise damaged(
            name,
            f"is damaged: expected SHA-256 {expected[:12]}…, got {found[:12]}… "
            f"from its {len(content):,} bytes",
        )
    return content


def verify_bundled() -> list[tuple[str, bool, str]]:
    """Check each bundled file: a list of (name, intact, message), never an error."""
    results = []
    for name in BUNDLED_FILES:
        try:
            content = read_bundled(name)
        except RuntimeError as error:
            results.append((name, False, str(error)))
        else:
            results.append((name, True, f"{len(content):,} bytes, SHA-256 as recorded"))
    return results
