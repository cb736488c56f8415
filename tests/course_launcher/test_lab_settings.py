"""The settings in `.venv` are written, and what somebody chose there stays."""

import json
from typing import Any

import pytest

from course_launcher.places import Places
from course_launcher.quiet import SETTINGS
from course_launcher.set_up import ensure

from .fakes import FakeMachine

LAB = "share/jupyter/lab/settings/overrides.json"
PLUGIN = "@jupyterlab/apputils-extension:notification"


def stored(places: Places, name: str) -> Any:
    return json.loads((places.venv / name).read_text(encoding="utf-8"))


def test_all_settings_are_written(places: Places, machine: FakeMachine) -> None:
    ensure(places)
    assert {name: stored(places, name) for name in SETTINGS} == SETTINGS
    assert stored(places, LAB)[PLUGIN] == {"fetchNews": "false", "checkForUpdates": False}


def test_what_somebody_chose_stays(places: Places, machine: FakeMachine) -> None:
    machine.make_venv()
    path = places.venv / LAB
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({PLUGIN: {"fetchNews": "true"}, "other": {}}), encoding="utf-8")
    ensure(places)
    assert stored(places, LAB) == {
        **SETTINGS[LAB],
        PLUGIN: {"fetchNews": "true", "checkForUpdates": False},
        "other": {},
    }


@pytest.mark.parametrize("content", ["// a comment", "[]", ""])
def test_what_cannot_be_understood_is_left_alone(
    places: Places, machine: FakeMachine, content: str
) -> None:
    machine.make_venv()
    path = places.venv / LAB
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    ensure(places)
    assert path.read_text(encoding="utf-8") == content
