"""Nothing unpickles what it should not trust, no command goes through a shell; ruff sees to it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]

# Notebook 02 opens a pickle of its own making, to show what a pickle can do, and then how
# torch.load without options refuses it.
LESSONS = {"02_the_batch_dimension"}


def sources() -> Iterator[tuple[str, str]]:
    """Name and Python of every file and notebook, without what is IPython's and not Python's."""
    yield "course.py", (ROOT / "course.py").read_text(encoding="utf-8")
    for folder in (
        "course_utils",
        "course_checks",
        "course_launcher",
        "benchmarks",
        "docs",
        "tests",
    ):
        for file in (ROOT / folder).rglob("*.py"):
            yield file.name, file.read_text(encoding="utf-8")
    for file in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(file, as_version=4).cells
        lines = "\n".join(c.source for c in cells if c.cell_type == "code").splitlines()
        yield file.stem, "\n".join(li for li in lines if not li.lstrip().startswith(("%", "!")))


def loads_unsafely(source: str) -> bool:
    """Whether a call would unpickle: `torch.load` not told otherwise, `np.load` told to."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            options = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if called == "torch.load" and options.get("weights_only") != "True":
                return True
            if called == "np.load" and options.get("allow_pickle", "False") != "False":
                return True
    return False


def test_every_load_refuses_pickles() -> None:
    found = {name for name, source in sources() if "load" in source and loads_unsafely(source)}
    assert found == LESSONS


# What ruff's rules "S" (those of bandit) must object to, wherever the course's own code is.
HARMFUL = {
    "S301": "import pickle\npickle.loads(b'')\n",
    "S307": "eval(input())\n",
    "S102": "exec(input())\n",
    "S602": "import subprocess\nsubprocess.run(input(), shell=True)\n",
    "S605": "import os\nos.system(input())\n",
    "S306": "import tempfile\ntempfile.mktemp()\n",
    "S324": "import hashlib\nhashlib.md5(b'')\n",
    "S104": "host = '0.0.0.0'\n",
}


def test_the_linter_objects_to_harmful_code() -> None:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "json"]
    found = subprocess.run(
        [*command, "--stdin-filename", "course_utils/example.py", "-"],
        cwd=ROOT, input="".join(HARMFUL.values()), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert set(HARMFUL) <= {one["code"] for one in json.loads(found.stdout)}, found
