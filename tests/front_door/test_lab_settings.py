"""JupyterLab's settings: it neither asks about news nor looks for updates."""

import json

import pytest

from course_utils.front_door.places import Places
from course_utils.front_door.set_up import ensure

from .fakes import FakeMachine


def test_jupyterlab_is_told_to_ask_nobody(places: Places, machine: FakeMachine) -> None:
    path = places.venv / "share/jupyter/lab/settings/overrides.json"
    plugin = "@jupyterlab/apputils-extension:notification"
    ensure(places)
    assert json.loads(path.read_text(encoding="utf-8")) == {
        plugin: {"fetchNews": "false", "checkForUpdates": False}
    }


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (
            '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "true"}, "other": {}}',
            ("true", False),
        ),
        ("// a comment", None),
    ],
)
def test_what_somebody_chose_in_jupyterlab_stays(
    places: Places, machine: FakeMachine, theirs: str, expected: tuple[str, bool] | None
) -> None:
    machine.make_venv()
    path = places.venv / "share/jupyter/lab/settings/overrides.json"
    path.parent.mkdir(parents=True)
    path.write_text(theirs, encoding="utf-8")
    ensure(places)
    if expected is None:
        assert path.read_text(encoding="utf-8") == theirs
    else:
        values = json.loads(path.read_text(encoding="utf-8"))
        notification = values["@jupyterlab/apputils-extension:notification"]
        assert (notification["fetchNews"], notification["checkForUpdates"]) == expected
        assert "other" in values
