"""`python course.py test`: everything that CI checks."""

import sys
import time

from course_launcher import commands, set_up
from course_launcher.places import Places

# Stored outputs are those of a CPU, so that every machine can compare them. One thread a kernel:
# the threads of kernels that run side by side otherwise fight over the cores, and seconds become
# minutes.
SETTINGS = {"COURSE_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}

PYTEST = [
    "pytest",
    *("-n", "2"),
    # By file: the cells of one notebook need one kernel.
    *("--dist", "loadfile"),
    *("--nbval", "--nbval-current-env"),
    # nbval notices a dead kernel only by this timeout.
    "--nbval-cell-timeout=120",
]
EVERYTHING = ["tests", "notebooks"]

NOTHING_SELECTED = 5

# Options of pytest whose value may look like a path, as in `-k tests`.
_TAKE_A_VALUE = {
    *("-k", "-m", "-p", "-c", "-o", "-n", "-W", "-r"),
    *("--tb", "--dist", "--maxfail", "--durations", "--deselect", "--ignore", "--rootdir"),
    *("--confcutdir", "--basetemp", "--junit-xml", "--junitxml", "--log-file", "--cov"),
}


def test(places: Places, arguments: list[str]) -> int:
    """Run every check, or with `arguments` pytest alone; 0 where all that ran passed."""
    set_up.ensure(places, ("site", "test"))
    python = [str(places.python), "-m"]
    if arguments:
        paths = [] if names_path(places, arguments) else EVERYTHING
        code = commands.run([*python, *PYTEST, *paths, *arguments], places, SETTINGS)
        if code == NOTHING_SELECTED:
            print(f"No test was selected by: {' '.join(arguments)}", file=sys.stderr)
        return code
    steps = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "pytest": [*PYTEST, *EVERYTHING],
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


def names_path(places: Places, arguments: list[str]) -> bool:
    """Whether the arguments name a file or folder to test, such as `tests/test_a.py::test_b`."""
    previous = ""
    for argument in arguments:
        plain = not argument.startswith("-") and previous not in _TAKE_A_VALUE
        if plain and (places.root / argument.split("::")[0]).exists():
            return True
        previous = argument
    return False
