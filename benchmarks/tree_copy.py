"""A copy of the course's tree as git sees it, for runs that must not touch the tree itself."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def copy_tree(to: Path) -> None:
    """Copy what is tracked or not ignored, as it is now, and make it a git repository of its own.

    Raises subprocess.CalledProcessError where git does not work here.
    """
    listing = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listing.split("\0")):
        source = ROOT / name
        if source.is_file():  # a deleted file is still listed
            target = to / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    _git(to, "init", "--quiet")
    _git(to, "add", "--all")


def state(tree: Path) -> list[str]:
    """What git says of every file that is new, changed, gone or ignored, in order."""
    options = ("--porcelain", "--ignored", "--untracked-files=all")
    return sorted(_git(tree, "status", *options).splitlines())


def _git(folder: Path, *arguments: str) -> str:
    # Without optional locks, `status` writes nothing: it works in a tree that is read-only.
    return subprocess.run(
        ["git", "--no-optional-locks", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    ).stdout
