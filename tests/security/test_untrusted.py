"""Nothing unpickles what it should not trust, no command goes through a shell; ruff sees to it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebooks.reading import PATHS, CourseNotebook

ROOT = Path(__file__).resolve().parents[2]
WATCHED = [ROOT / "course.py", *sorted((ROOT / "course_utils").rglob("*.py"))]
WATCHED += sorted((ROOT / "benchmarks").glob("*.py"))

# Notebook 02 opens a pickle of its own making, to show what a pickle can do, and then how
# torch.load without options refuses it.
LESSONS = {"02_the_batch_dimension"}


def python_of(notebook: Path) -> str:
    """The code cells, without what is IPython's and not Python's."""
    cells = (cell.source for cell in CourseNotebook(notebook).cells if cell.kind == "code")
    lines = "\n".join(cells).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


def unsafe_loads(source: str) -> Iterator[str]:
    """Calls that would unpickle: `torch.load` not told otherwise, `np.load` told to."""
    if "load" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called = ast.unparse(node.func)
        options = {word.arg: ast.unparse(word.value) for word in node.keywords}
        if called == "torch.load" and options.get("weights_only") != "True":
            yield ast.unparse(node)
        if called in ("np.load", "numpy.load") and options.get("allow_pickle", "False") != "False":
            yield ast.unparse(node)


def test_every_load_refuses_pickles() -> None:
    files = [*WATCHED, *(ROOT / "tests").rglob("*.py"), *(ROOT / "docs").rglob("*.py")]
    found = {file: list(unsafe_loads(file.read_text(encoding="utf-8"))) for file in files}
    found |= {path: list(unsafe_loads(python_of(path))) for path in PATHS}
    unsafe = {path.stem for path, calls in found.items() if calls}
    assert unsafe == LESSONS


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("torch.load(file)", 1),
        ("torch.load(file, weights_only=False)", 1),
        ("torch.load(file, weights_only=True)", 0),
        ("np.load(file, allow_pickle=True)", 1),
        ("with np.load(file) as arrays: pass", 0),
        ("x = [numpy.load(file, allow_pickle=choice)]", 1),
        ("model.load(file)", 0),
    ],
)
def test_unsafe_loads_are_found(source: str, count: int) -> None:
    assert len(list(unsafe_loads(source))) == count


# What ruff's rules "S" (those of bandit) must object to, wherever the course's own code is.
HARMFUL = {
    "S301": "import pickle\npickle.loads(b'')\n",
    "S302": "import marshal\nmarshal.loads(b'')\n",
    "S307": "eval(input())\n",
    "S102": "exec(input())\n",
    "S602": "import subprocess\nsubprocess.run(input(), shell=True)\n",
    "S605": "import os\nos.system(input())\n",
    "S306": "import tempfile\ntempfile.mktemp()\n",
    "S324": "import hashlib\nhashlib.md5(b'')\n",
    "S105": "password = 'secret'\n",
    "S104": "host = '0.0.0.0'\n",
}


@pytest.mark.parametrize("place", ["course.py", "course_utils/example.py", "benchmarks/example.py"])
def test_the_linter_objects_to_harmful_code(place: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "json"]
    found = subprocess.run(
        [*command, "--stdin-filename", place, "-"],
        cwd=ROOT, input="".join(HARMFUL.values()), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert set(HARMFUL) <= {one["code"] for one in json.loads(found.stdout)}, found


def test_every_exception_to_the_rules_has_its_reason() -> None:
    for file in WATCHED:
        for line in file.read_text(encoding="utf-8").splitlines():
            exception = re.search(r"# noqa: S\d+(.*)", line)
            assert exception is None or re.search(r" - \w", exception[1]), f"{file}: {line}"
