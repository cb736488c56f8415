"""The unit tests with the oldest versions that `pyproject.toml` allows, and with the newest.

    python benchmarks/versions.py [--scratch FOLDER] [--with torch==2.10.0 torchvision==0.25.0]
                                  [--tests tests/course_utils …] [--newest] [--out FILE]

Makes an environment of its own, with exactly the lower bound of every dependency in it, installs a
copy of the tree there, and runs the unit tests: all but those of the notebooks, the launcher, the
site and the browser, which need the tools that `constraints.txt` names. --with tries other versions
in place of the bounds, such as the ones below them. --newest runs the same tests with the Python
that runs this script, whose versions are those of `constraints.txt`, and adds a column for them.
--scratch keeps the environment (on Linux some 5 GB), so that the next run needs no download.

The table says what was installed and how the tests came out; the exit code is 1 where one failed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from machine import computer, conclude
from soak import counts
from tree_copy import ROOT, copy_tree

SHOWN = ("torch", "torchvision", "numpy", "matplotlib", "pillow", "ipywidgets", "torchinfo", "tqdm")
NO_UNIT_TESTS = ("course_launcher", "notebooks", "site", "browser", "test_repository.py")


@dataclass(frozen=True)
class Result:
    """One environment: its versions, and how many tests passed and failed in how many seconds."""

    name: str
    versions: dict[str, str]
    passed: int
    failed: int
    seconds: float


def lower_bounds(pyproject: Path) -> dict[str, str]:
    """Name to the version after `>=`, of what the package and its tests need."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    return dict(one.split(">=") for one in wanted)


def make_environment(folder: Path, versions: dict[str, str], tree: Path) -> Path:
    """The Python of an environment with these versions and the package of `tree`."""
    if not folder.exists():
        venv.create(folder, with_pip=True)
    windows = os.name == "nt"
    python = folder / ("Scripts/python.exe" if windows else "bin/python")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pins = [f"{name}=={number}" for name, number in versions.items()]
    subprocess.run([*pip, *pins], check=True)
    subprocess.run([*pip, "--no-deps", "--editable", str(tree)], check=True)
    return python


def installed(python: Path) -> dict[str, str]:
    """What this Python really has of the packages in the table."""
    question = f"from importlib.metadata import version\nfor n in {SHOWN}: print(version(n))"
    answer = subprocess.run([python, "-c", question], check=True, capture_output=True, text=True)
    return dict(zip(SHOWN, answer.stdout.split(), strict=True))


def run_tests(name: str, python: Path, tree: Path, tests: Sequence[str]) -> Result:
    """The unit tests of `tree`, one process, one thread."""
    paths = tests or [
        f"tests/{path.name}"
        for path in sorted((tree / "tests").iterdir())
        if path.name not in NO_UNIT_TESTS
        and (path.name.startswith("test_") or any(path.glob("test_*.py")))
    ]
    report = tree.parent / f"{tree.name}.xml"
    report.unlink(missing_ok=True)
    variables = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(tree)}
    started = time.monotonic()
    command = [str(python), "-m", "pytest", *paths, "-q", "-p", "no:cacheprovider", "--tb=short"]
    subprocess.run([*command, f"--junit-xml={report}"], cwd=tree, env=variables)
    passed, failed = counts(report)
    return Result(name, installed(python), passed, failed, time.monotonic() - started)


def table(results: Sequence[Result]) -> str:
    """A column an environment."""
    rows = [
        ["", *(one.name for one in results)],
        ["---", *("---:" for _ in results)],
        *([name, *(one.versions[name] for one in results)] for name in SHOWN),
        ["tests passed", *(str(one.passed) for one in results)],
        ["tests failed", *(str(one.failed) for one in results)],
        ["seconds", *(f"{one.seconds:.0f}" for one in results)],
    ]
    lines = ["# The oldest and the newest versions", "", f"{computer()}. Unit tests.", ""]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def main() -> int:
    """Make the environment, run the tests, print the table, and store it where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--with", nargs="*", default=[], dest="others", metavar="NAME==VERSION")
    parser.add_argument("--tests", nargs="*", default=[])
    parser.add_argument("--newest", action="store_true")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    versions = lower_bounds(ROOT / "pyproject.toml")
    versions |= dict(other.split("==") for other in given.others)
    with tempfile.TemporaryDirectory(prefix="versions-", ignore_cleanup_errors=True) as folder:
        tree = Path(folder) / "course"
        tree.mkdir()
        copy_tree(tree)
        scratch = given.scratch or Path(folder) / "environment"
        python = make_environment(scratch.absolute(), versions, tree)
        name = "others" if given.others else "oldest"
        results = [run_tests(name, python, tree, given.tests)]
        if given.newest:
            results.append(run_tests("newest", Path(sys.executable), tree, given.tests))
    passed = all(one.passed and not one.failed for one in results)
    return conclude(table(results), passed, given.out)


if __name__ == "__main__":
    sys.exit(main())
