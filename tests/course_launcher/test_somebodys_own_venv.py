"""A `.venv` that somebody made without `course.py`: used where it works, never lost by surprise."""

import json
import shutil
from pathlib import Path

import pytest

from course_launcher import stamp
from course_launcher.failures import Failure
from course_launcher.places import Places
from course_launcher.set_up import ensure

from .fakes import IMPORT, PIP, FakeMachine


def somebodys_own(places: Places, machine: FakeMachine) -> Path:
    machine.make_venv()
    theirs = places.venv / "their-file"
    theirs.touch()
    return theirs


def test_somebodys_own_environment_is_used_and_kept(places: Places, machine: FakeMachine) -> None:
    theirs = somebodys_own(places, machine)
    ensure(places)
    assert machine.kinds() == [PIP, IMPORT]
    ensure(places)
    assert machine.ran == []
    # Moved, it is installed into again and still not deleted.
    made = stamp.read_stamp(places)
    assert made is not None and not made.ours
    values = {**json.loads(places.stamp.read_text(encoding="utf-8")), "root": "elsewhere"}
    places.stamp.write_text(json.dumps(values), encoding="utf-8")
    ensure(places)
    assert machine.kinds() == [PIP, IMPORT]
    assert theirs.exists()


def test_somebodys_own_survives_a_set_up_broken_off(places: Places, machine: FakeMachine) -> None:
    theirs = somebodys_own(places, machine)
    machine.interrupts = "pip"
    with pytest.raises(KeyboardInterrupt):
        ensure(places)
    machine.interrupts = ""
    machine.kinds()
    ensure(places)
    assert machine.kinds() == [PIP, IMPORT]
    assert theirs.exists()


def test_somebodys_own_survives_a_marker_that_was_never_written(
    places: Places, machine: FakeMachine
) -> None:
    theirs = somebodys_own(places, machine)
    places.marker.touch()  # as a full disk or a kill leaves it
    ensure(places)
    assert machine.kinds() == [PIP, IMPORT]
    assert theirs.exists() and not places.marker.exists()
    made = stamp.read_stamp(places)
    assert made is not None and not made.ours


def test_somebodys_own_too_old(places: Places, machine: FakeMachine) -> None:
    theirs = somebodys_own(places, machine)
    machine.version = "3.9"
    with pytest.raises(Failure, match=r"holds Python 3\.9, and the course needs 3\.11 or newer"):
        ensure(places)
    assert theirs.exists() and machine.ran == []


@pytest.mark.parametrize("used", [False, True])
def test_somebodys_own_that_does_not_start_is_not_touched(
    places: Places, machine: FakeMachine, used: bool
) -> None:
    theirs = somebodys_own(places, machine)
    if used:
        ensure(places)
        machine.kinds()
    machine.version = None
    with pytest.raises(Failure, match=r"holds no working Python .*: rename or remove it"):
        ensure(places)
    assert theirs.exists() and machine.ran == []


def test_what_is_no_environment_is_not_touched(places: Places, machine: FakeMachine) -> None:
    places.venv.mkdir()
    (places.venv / "diary.txt").touch()
    machine.version = None
    with pytest.raises(Failure, match="holds no working Python environment"):
        ensure(places)
    assert (places.venv / "diary.txt").exists()
    shutil.rmtree(places.venv)
    places.venv.touch()
    with pytest.raises(Failure, match="is not a folder"):
        ensure(places)


def test_a_link_to_an_environment_that_does_not_start_is_not_emptied(
    places: Places, machine: FakeMachine
) -> None:
    theirs = somebodys_own(places, machine)
    elsewhere = places.root.with_name("elsewhere")
    places.venv.rename(elsewhere)
    try:
        places.venv.symlink_to(elsewhere, target_is_directory=True)
    except OSError:
        return  # Windows without developer mode: no links, no danger.
    machine.version = None
    with pytest.raises(Failure, match="of its own: rename or remove it"):
        ensure(places)
    assert (elsewhere / theirs.name).exists()
