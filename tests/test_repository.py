"""What the repository says of itself agrees with what it is."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from course_launcher.failures import Failure
from course_launcher.launch_links import BEGIN, END, address, links, with_links
from tests.notebooks.reading import PATHS, CourseNotebook

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


def test_readme_table_names_every_notebook_with_its_minutes() -> None:
    rows = re.findall(r"^\| \[(.+?)\]\(notebooks/(.+?)\) \| (\d+) \|", README, flags=re.M)
    expected = []
    for path in PATHS:
        title = CourseNotebook(path).cells[0].source
        heading = re.match(r"# (\d\d) · (.+)", title)
        minutes = re.search(r"\*\*(\d+) minutes\*\*", title)
        assert heading and minutes
        expected.append((f"{heading[1]} {heading[2]}", path.name, minutes[1]))
    assert rows == expected


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


def test_launch_links_are_the_ones_of_the_address() -> None:
    assert with_links(README, address(ROOT / "pyproject.toml")) == README


def test_no_address_no_links() -> None:
    assert links("") == []


def test_links_are_made_from_the_address_and_replaced_by_a_new_one() -> None:
    text = f"a\n{BEGIN}\n{END}\nb\n"
    once = with_links(text, "https://github.com/someone/batch-by-batch")
    assert "github/someone/batch-by-batch/blob/main/notebooks/00_start_here.ipynb" in once
    assert "mybinder.org/v2/gh/someone/batch-by-batch/" in once
    assert with_links(with_links(once, "https://example.org/x"), "") == text


def test_an_address_elsewhere_has_no_colab() -> None:
    assert links("https://example.org/course") == [
        "[The course's repository](https://example.org/course)"
    ]


def test_bad_address_and_missing_markers_are_refused_in_a_sentence() -> None:
    with pytest.raises(Failure, match="must begin with https"):
        links("github.com/someone/x")
    with pytest.raises(Failure, match="put them back"):
        with_links("no markers", "")


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


def test_files_are_short() -> None:
    """A source file over 300 lines wants to be two."""
    for file in tracked_text_files():
        if file.suffix == ".py":
            lines = len(file.read_text(encoding="utf-8").splitlines())
            assert lines <= 300, f"{file.relative_to(ROOT)}: {lines} lines"


def test_the_package_imports_downward_only() -> None:
    """The order of `CONTRIBUTING.md`; widgets, exercises and front_door are leaves."""
    below = {
        "environment": {"arguments", "bundled"},
        "bundled": set(),
        "shapes": {"arguments", "modes"},
        "datasets": {"arguments", "environment", "bundled"},
        "arguments": set(),
        "modes": {"arguments"},
        "functional": {"arguments"},
        "metrics": {"arguments", "modes"},
        "models": {"arguments", "shapes"},
        "training": {"arguments", "metrics", "modes"},
        "memory": {"arguments", "modes"},
        "train": {"environment", "modes", "datasets", "metrics", "models", "training"},
        "figures": {"arguments", "training", "memory"},
        "exercises": {
            "environment",
            "modes",
            "shapes",
            "datasets",
            "metrics",
            "functional",
            "models",
            "training",
            "memory",
        },
        "widgets": {"arguments", "figures", "functional", "shapes", "memory"},
        "tracebacks": set(),
        "front_door": set(),
    }
    for file in (ROOT / "course_utils").rglob("*.py"):
        parts = file.relative_to(ROOT / "course_utils").with_suffix("").parts
        module = parts[0]
        if module == "__init__":
            continue
        text = file.read_text(encoding="utf-8")
        for used in re.findall(r"^\s*(?:from|import) course_utils\.(\w+)", text, flags=re.M):
            assert used == module or used in below[module], f"{'.'.join(parts)} imports {used}"
