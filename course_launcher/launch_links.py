"""The README's launch links, made from the course's address in `[project.urls]`.

The address has that one place. While it is empty there are no links: a wrong one would be worse.
"""

import re
import tomllib
from pathlib import Path

from course_launcher.failures import Failure
from course_launcher.notebook_files import write_bytes

BEGIN = "<!-- launch links: begin -->"
END = "<!-- launch links: end -->"
_GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
_FIRST = "notebooks/00_start_here.ipynb"


def address(pyproject: Path) -> str:
    """The course's public address, or "" while it has none."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return str(project.get("urls", {}).get("Repository", ""))


def on_github(repository: str) -> tuple[str, str] | None:
    """Owner and name of the repository at this address, or None where it is not on GitHub."""
    found = _GITHUB.fullmatch(repository)
    return None if found is None else (found[1], found[2])


def links(repository: str) -> list[str]:
    """The lines between the markers: none without an address.

    Colab and Binder open repositories on GitHub; for an address elsewhere there is a plain link.
    """
    if not repository:
        return []
    if not repository.startswith("https://"):
        raise Failure(f"[project.urls]: Repository must begin with https://, got {repository!r}.")
    github = on_github(repository)
    if github is None:
        return [f"[The course's repository]({repository})"]
    owner, name = github
    colab = f"https://colab.research.google.com/github/{owner}/{name}/blob/main/{_FIRST}"
    binder = f"https://mybinder.org/v2/gh/{owner}/{name}/main?urlpath=lab/tree/{_FIRST}"
    tests = f"https://github.com/{owner}/{name}/actions/workflows/course.yml"
    return [
        f"[![Tests]({tests}/badge.svg)]({tests})",
        f"[Open in Colab]({colab}) · [Open in Binder]({binder})",
    ]


def with_links(readme: str, repository: str) -> str:
    """The README's text with the lines between the markers made anew."""
    before, begin, rest = readme.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(f"{END}\n")
    if not begin or not end:
        raise Failure(f"README.md: expected the lines {BEGIN} and {END}: put them back.")
    lines = "".join(f"{line}\n" for line in links(repository))
    return f"{before}{begin}{lines}{end}{after}"


def write_links(root: Path) -> bool:
    """Bring the README's links up to date; whether anything changed."""
    readme = root / "README.md"
    old = readme.read_text(encoding="utf-8")
    new = with_links(old, address(root / "pyproject.toml"))
    if new != old:
        write_bytes(readme, new.encode("utf-8"))
    return new != old
