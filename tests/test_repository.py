"""What the repository says of itself agrees with what it is."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from course_launcher.readme import brought_up_to_date

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def tracked_text_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    files = [ROOT / line for line in listing.splitlines()]
    return [file for file in files if file.suffix not in (".npz", ".png") and file.is_file()]


def test_the_readme_is_what_the_notebooks_and_the_address_say() -> None:
    """Titles, promises, minutes and exercises are read; `python course.py links` writes them."""
    stored, written = brought_up_to_date(ROOT)
    assert stored == written


def test_readme_and_contributing_name_only_commands_that_exist() -> None:
    texts = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listing = subprocess.run(
        [sys.executable, "course.py", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for command in set(re.findall(r"python3? course\.py (\w+)", texts)):
        assert re.search(rf"^  {command} ", listing, flags=re.M), command


def test_links_in_the_documents_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert "://" in target or (ROOT / target).exists(), f"{name}: {target}"


def test_environment_yml_lists_python_pip_and_this_package_only() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert text == (
        "name: batch-by-batch\n"
        "dependencies:\n"
        f"  - python{PROJECT['requires-python']}\n"
        "  - pip\n"
        "  - pip:\n"
        "      - -e .\n"
    )


def test_every_dependency_has_an_exact_version_inside_its_range() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pinned = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, separator, version = line.partition("==")
            assert separator, f"not an exact version: {line}"
            pinned[canonicalize_name(name)] = version
    extras = PROJECT["optional-dependencies"].values()
    for wanted in [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]:
        requirement = Requirement(wanted)
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), wanted


def test_every_dependency_has_a_lower_bound_and_nothing_else() -> None:
    """`benchmarks/versions.py` installs exactly these; a bound above would shut out what comes."""
    extras = PROJECT["optional-dependencies"].values()
    for wanted in [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+>=\d+(\.\d+)*", wanted), wanted


def test_importing_the_package_is_cheap() -> None:
    code = (
        "import sys, course_utils; assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_no_file_names_a_machine_or_a_registry() -> None:
    # Written in pieces, so that this file does not contain what it looks for.
    hosts = "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs"])
    paths = "|".join(["/wo" + "rk/", "/ro" + "ot/", "/ho" + r"me/\w", "/Us" + r"ers/\w"])
    for file in tracked_text_files():
        if file.name == "test_repository.py" or file.parts[-2:] == ("notebooks", "test_form.py"):
            continue
        found = re.search(f"{hosts}|{paths}", file.read_text(encoding="utf-8"))
        assert found is None, f"{file.relative_to(ROOT)}: {found and found[0]}"


OLD_NAMES = {"environment", "exercises", "train", "tracebacks", "widgets"}
"""Modules that only say where a name of the first edition lives now."""
ROOMS = (
    "files errors devices shapes models functional datasets metrics memory training figures"
).split()
"""The rooms of `course_utils`; each imports only from itself and those before it."""


def imports(file: Path, top_level_only: bool = False) -> set[str]:
    """Every module that a file imports, `from package import module` included."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: write the whole name of what you import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms_used(file: Path) -> set[str]:
    """The rooms of `course_utils` that a file imports from."""
    return {name.split(".")[1] for name in imports(file) if name.startswith("course_utils.")}


def test_imports_run_downward() -> None:
    for file in (ROOT / "course_utils").rglob("*.py"):
        room = file.relative_to(ROOT / "course_utils").with_suffix("").parts[0]
        if room in OLD_NAMES or room == "__init__":
            continue
        assert rooms_used(file) <= {*ROOMS[: ROOMS.index(room) + 1]}, file.relative_to(ROOT)
        others = {name.split(".")[0] for name in imports(file)}
        assert not others & {"course_checks", "course_launcher"}, file.relative_to(ROOT)


def test_the_checks_use_the_package_and_not_the_launcher() -> None:
    for file in (ROOT / "course_checks").rglob("*.py"):
        assert "course_launcher" not in {name.split(".")[0] for name in imports(file)}, file.name
        assert rooms_used(file) <= {*ROOMS} - {"figures"}, file.name


def test_the_launcher_starts_with_nothing_but_python() -> None:
    """What it needs beyond that, it imports where it needs it, when `.venv` stands."""
    for file in (ROOT / "course_launcher").rglob("*.py"):
        used = {name.split(".")[0] for name in imports(file, top_level_only=True)}
        assert used <= {*sys.stdlib_module_names, "course_launcher"}, file.name


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("from course_utils import figures", "figures"),
        ("import course_utils.figures.base as base", "figures"),
        ("def late():\n    from course_utils.figures import picture_grid", "figures"),
    ],
)
def test_every_form_of_import_is_seen(line: str, seen: str, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(line, encoding="utf-8")
    assert rooms_used(tmp_path / "one.py") == {seen}
