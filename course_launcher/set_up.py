"""Make `.venv` what the course needs: at once where it is so already, else with venv and pip."""

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass

from course_launcher import commands, torch_pair
from course_launcher import stamp as stamps
from course_launcher.failures import (
    GIB,
    NO_VENV,
    Failure,
    explain_pip,
    explain_venv,
)
from course_launcher.places import Places, base_python
from course_launcher.quiet import quieten
from course_launcher.stamp import OURS, SOMEBODYS_OWN, Stamp

OLDEST_PYTHON = (3, 11)

# On Linux torch brings NVIDIA's libraries (5.4 GB once installed, measured with torch 2.15.0), and
# pip needs room to unpack; the builds for macOS and Windows have none of them.
ROOM_NEEDED = 7 * GIB if sys.platform == "linux" else 2 * GIB


@dataclass(frozen=True)
class Plan:
    """What has to be done: "nothing", "install" into `.venv` as it is, or "create" it first."""

    action: str
    owner: str
    reason: str = ""


def ensure(places: Places, extras: tuple[str, ...] = ()) -> None:
    """Make `.venv` complete and current. Raises `Failure` where that cannot be done."""
    before = stamps.read_stamp(places)
    plan = plan_for(places, extras)
    if plan.action == "nothing":
        torch_pair.prove_if_exchanged(places)
        return
    with stamps.unfinished(places, plan.owner):
        if stamps.read_stamp(places) != before:
            # The plan is about a .venv that is no more, and may be to delete what is there now.
            raise Failure("Another course.py has just set up .venv: run the same command again.")
        if plan.reason:
            print(plan.reason)
        if plan.action == "create":
            _create(places)
        _install(places, extras, plan.owner)


def plan_for(places: Places, extras: tuple[str, ...]) -> Plan:
    """Look at `.venv` and decide, changing nothing."""
    venv = places.venv
    if not os.path.lexists(venv):
        return Plan("create", OURS)
    if not venv.is_dir():
        raise Failure(f"{venv} is not a folder: rename or remove it, then run again.")
    # A marker alone is what a full disk or a kill leaves of the very first step.
    if {path.name for path in venv.iterdir()} <= {places.marker.name}:
        return Plan("create", OURS)
    stamp, marker = stamps.read_stamp(places), stamps.read_marker(places)
    # Only these words allow that: a full disk leaves an empty marker, in somebody's own .venv too.
    if stamp is None and marker == OURS:
        return Plan("create", OURS, "The last set-up did not finish: .venv is made afresh.")
    ours = stamp is not None and stamp.ours
    owner = OURS if ours else SOMEBODYS_OWN
    version = _python_version(places)
    if version is None:
        if not ours or venv.is_symlink() or not (venv / "pyvenv.cfg").is_file():
            raise Failure(
                f"{venv} is there but holds no working Python environment of its own: rename or "
                "remove it, then run again."
            )
        return Plan("create", OURS, "The Python in .venv does not start: .venv is made afresh.")
    if ours and stamp is not None and (stamp.root, stamp.python) != (str(places.root), version):
        what = "The course's folder was moved" if stamp.python == version else "Python has changed"
        return Plan("create", OURS, f"{what} since .venv was made: .venv is made afresh.")
    if tuple(map(int, version.split("."))) < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        raise Failure(
            f".venv holds Python {version}, and the course needs {oldest} or newer: rename or "
            "remove .venv, then run again."
        )
    current = (
        stamp is not None
        and marker is None
        and stamp.fingerprint == stamps.fingerprint(places)
        and {*extras} <= {*stamp.extras}
        and (stamp.root, stamp.python) == (str(places.root), version)
    )
    return Plan("nothing" if current else "install", owner)


def _python_version(places: Places) -> str | None:
    """Major and minor version of the Python in `.venv`, or None where it does not run."""
    if not places.python.exists():
        return None
    # -I -S: no start-up files, which makes the question cost about 10 ms.
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    return commands.answer_of([str(places.python), "-I", "-S", "-c", question], places.root)


def _create(places: Places) -> None:
    """An empty `.venv`. What an earlier attempt left is deleted; the marker stays throughout."""
    base = base_python(places)
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Failure(NO_VENV)
    for path in places.venv.iterdir():
        if path == places.marker:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    free = shutil.disk_usage(places.root).free
    if free < ROOM_NEEDED:
        raise Failure(
            f"The disk is too full: the first set-up needs about {ROOM_NEEDED / GIB:.0f} GB and "
            f"{free / GIB:.1f} GB are free; free some space, then run again."
        )
    print("The first set-up downloads PyTorch and takes some minutes; the next start is instant.")
    finished = commands.run_keeping_errors([base, "-m", "venv", str(places.venv)], places)
    if finished.exit_code:
        raise Failure(explain_venv(finished.errors))


def _install(places: Places, extras: tuple[str, ...], owner: str) -> None:
    """Install the package with its dependencies, see that torch starts, and write the stamp."""
    stamp = stamps.read_stamp(places)
    # Extras add up: what `test` installed is still there when `lab` comes next.
    together = tuple(sorted({*extras, *(stamp.extras if stamp else ())}))
    package = f".[{','.join(together)}]" if together else "."
    command = [str(places.python), "-m", "pip", "install", "-e", package, "-c", "constraints.txt"]
    finished = commands.run_keeping_errors(command, places)
    if finished.exit_code:
        sentence = explain_pip(finished.errors, finished.exit_code)
        if "above" in sentence:
            print("\n".join(finished.errors.strip().splitlines()[-8:]), file=sys.stderr)
        raise Failure(sentence)
    torch_pair.prove(places)
    quieten(places)
    stamps.write_stamp(
        places,
        Stamp(
            fingerprint=stamps.fingerprint(places),
            python=_python_version(places) or "",
            extras=together,
            root=str(places.root),
            ours=owner == OURS,
            pair=torch_pair.installed_pair(places),
        ),
    )
