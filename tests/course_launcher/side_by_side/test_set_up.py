"""Two `course.py` in one folder: the second never works on what the first has just made.

That it does not start while the first is at work is shown in `tests/course_launcher/test_set_up.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from course_launcher import set_up, stamp
from course_launcher.failures import Failure
from course_launcher.places import Places
from course_launcher.set_up import Plan, plan_for
from tests.course_launcher.fakes import make_course


def test_a_set_up_that_another_one_has_finished_meanwhile_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = make_course(tmp_path / "course")
    made = places.venv / "bin" / "made by the other"

    def while_another_finishes(places: Places, extras: tuple[str, ...]) -> Plan:
        plan = plan_for(places, extras)
        made.parent.mkdir(parents=True)
        made.touch()
        fingerprint = stamp.fingerprint(places)
        done = stamp.Stamp(fingerprint, "3.12", (), str(places.root), True, "a pair")
        stamp.write_stamp(places, done)
        return plan

    monkeypatch.setattr(set_up, "plan_for", while_another_finishes)
    with pytest.raises(Failure, match=r"Another course\.py has just set up \.venv: run the same"):
        set_up.ensure(places)
    assert made.exists(), "the environment of the other one was deleted"
    assert stamp.read_stamp(places) is not None
