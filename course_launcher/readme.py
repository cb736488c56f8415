"""The two parts of README.md that are written by `python course.py links`.

The launch links are made from the course's address in `[project.urls]`, which has that one place:
while it is empty there are none, as a wrong one would be worse. The table of the notebooks is made
from what they say of themselves.
"""

import re
import tomllib
from pathlib import Path

from course_launcher.failures import Failure
from course_launcher.files import write_whole
from course_launcher.notebook_files import Lesson, lessons

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
    """The launch links of the course at this address: none without one.

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


def table(course: list[Lesson]) -> list[str]:
    """The table of the notebooks."""
    rows = [
        "",
        "| Notebook | Minutes | Exercises | What it is for |",
        "| --- | ---: | ---: | --- |",
    ]
    for lesson in course:
        name = f"[{lesson.title.replace(' · ', ' ')}](notebooks/{lesson.file})"
        rows.append(f"| {name} | {lesson.minutes} | {len(lesson.exercises)} | {lesson.promise} |")
    return [*rows, ""]


def with_part(readme: str, part: str, lines: list[str]) -> str:
    """The README's text with these lines between the two markers of the part."""
    begin, end = f"<!-- {part}: begin -->\n", f"<!-- {part}: end -->\n"
    before, found, rest = readme.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise Failure(
            f"README.md: expected the lines {begin}{end}: put them back.".replace("\n", "")
        )
    return before + begin + "".join(f"{line}\n" for line in lines) + end + after


def brought_up_to_date(root: Path) -> tuple[str, str]:
    """The README as it is, and as it should be."""
    old = (root / "README.md").read_text(encoding="utf-8")
    new = with_part(old, "launch links", links(address(root / "pyproject.toml")))
    return old, with_part(new, "notebooks", table(lessons(root / "notebooks")))


def write(root: Path) -> bool:
    """Bring the README up to date; whether anything changed."""
    old, new = brought_up_to_date(root)
    if new != old:
        write_whole(root / "README.md", new.encode("utf-8"))
    return new != old
