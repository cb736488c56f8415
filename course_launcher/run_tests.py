"""`python course.py test`: everything that CI checks."""

import sys
import time

from course_launcher import commands, set_up
from course_launcher.places import Places

# Stored outputs are those of a CPU, so that every machine can compare them. One thread a kernel:
# the threads of kernels that run side by side otherwise fight over the cores, and seconds become
# minutes.
SETTINGS = {"COURSE_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}

# Without a path, pytest takes the folders that pyproject.toml names.
PYTEST = [
    "pytest",
    *("-n", "2"),
    # By file: the cells of one notebook need one kernel.
    *("--dist", "loadfile"),
    *("--nbval", "--nbval-current-env"),
    # nbval notices a dead kernel only by this timeout.
    "--nbval-cell-timeout=120",
]

NOTHING_SELECTED = 5


def test(places: Places, arguments: list[str]) -> int:
    """Run every check, or with `arguments` pytest alone; 0 where all that ran passed."""
    set_up.ensure(places, ("site", "test"))
    python = [str(places.python), "-m"]
    if arguments:
        code = commands.run([*python, *PYTEST, *arguments], places, SETTINGS)
        if code == NOTHING_SELECTED:
            print(f"No test was selected by: {' '.join(arguments)}", file=sys.stderr)
        return code
    steps = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "pytest": PYTEST,
    }
    verdicts, failed = [], False
    for name, step in steps.items():
        started = time.monotonic()
        code = commands.run([*python, *step], places, SETTINGS if name == "pytest" else None)
        verdict = "passed" if code == 0 else f"failed (exit code {code})"
        verdicts.append(f"{name}: {verdict} in {time.monotonic() - started:.0f} s")
        failed = failed or code != 0
    print("\n".join(verdicts))
    return int(failed)
