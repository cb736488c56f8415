"""`python course.py site`: the course as a website, built with Sphinx from the stored notebooks.

Nothing is executed and nothing is fetched. Sphinx wants all its sources in one folder, so the build
lays copies of them there; a copy whose original has not changed stays as it is, and so the next
build reads only what is new.
"""

from collections.abc import Iterator
from pathlib import Path

from course_launcher import commands, set_up
from course_launcher.failures import Failure
from course_launcher.files import write_whole
from course_launcher.places import Places

# Files outside docs/ and notebooks/ that pages include or link to.
_BESIDE = ("README.md", "CONTRIBUTING.md", "LICENSE", "LICENSE-text")


def site(places: Places, arguments: list[str]) -> int:
    """Build the site under build/site, with `arguments` added for sphinx-build."""
    if not any(places.notebooks.glob("*.ipynb")):
        raise Failure("There are no notebooks in notebooks/: restore them from the repository.")
    set_up.ensure(places, ("site",))
    folder = places.root / "build" / "site"
    stage(places.root, folder / "source")
    command = sphinx_command(str(places.python), places.root, folder)
    code = commands.run([*command, *arguments], places)
    index = folder / "html" / "index.html"
    if code == 0 and index.is_file():
        print(f"The site is in {index}")
    return code


def sphinx_command(python: str, root: Path, folder: Path) -> list[str]:
    """How sphinx-build makes the pages in `folder`/html from what `stage` laid there."""
    return [
        *(python, "-m", "sphinx"),
        # Warnings are errors, and all of them are shown.
        *("-W", "--keep-going", "--quiet"),
        *("-c", str(root / "docs")),
        *("-d", str(folder / "doctrees")),
        *(str(folder / "source"), str(folder / "html")),
    ]


def stage(root: Path, folder: Path) -> None:
    """Make `folder` hold what the pages are made from, and nothing else."""
    wanted = dict(_sources(root))
    for place, original in wanted.items():
        copy = folder / place
        content = original.read_bytes()
        if not copy.is_file() or copy.read_bytes() != content:
            copy.parent.mkdir(parents=True, exist_ok=True)
            write_whole(copy, content)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder) not in wanted:
            path.unlink()


def _sources(root: Path) -> Iterator[tuple[Path, Path]]:
    """Each file of the site: its place among the sources, and the original."""
    docs = root / "docs"
    for path in docs.rglob("*"):
        # Configuration, extension, style sheet: Sphinx takes them from docs/ itself.
        if path.suffix in (".md", ".rst"):
            yield path.relative_to(docs), path
    # Pages include parts of the README, which names its pictures from the course's folder.
    for path in (docs / "pictures").glob("*"):
        yield path.relative_to(root), path
    for path in (root / "notebooks").glob("*.ipynb"):
        yield path.relative_to(root), path
    for name in _BESIDE:
        if (root / name).is_file():
            yield Path(name), root / name
