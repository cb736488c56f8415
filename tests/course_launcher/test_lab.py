"""`lab`: copies first, then JupyterLab with whatever the reader added."""

import os
import re
from pathlib import Path

import pytest

from course_launcher import lab as lab_module
from course_launcher.lab import lab
from course_launcher.places import Places

from .fakes import FakeMachine, store


def test_lab_lays_copies_and_passes_arguments_on(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lab(places, ["--no-browser", "--port", "0"]) == 0
    assert machine.ran[-1].endswith(
        " -m jupyterlab --ServerApp.root_dir=my_notebooks "
        "--LabApp.default_url=/lab/tree/welcome.md --no-browser --port 0"
    )
    assert (places.copies / "welcome.md").is_file()
    assert (places.copies / "00_start_here.ipynb").is_file()
    out = capsys.readouterr().out
    assert "New in my_notebooks: 00_start_here.ipynb, 02_the_batch_dimension.ipynb\n" in out


def test_a_second_lab_starts_jupyterlab_and_nothing_else(
    places: Places, machine: FakeMachine
) -> None:
    lab(places, [])
    machine.ran.clear()
    lab(places, [])
    (only,) = machine.ran
    assert " -m jupyterlab " in only


def test_without_a_port_it_gets_one_of_its_own(places: Places, machine: FakeMachine) -> None:
    lab(places, ["--no-browser"])
    assert re.search(r"--ServerApp\.port=\d+ --no-browser", machine.ran[-1])


def test_lab_says_what_has_changed(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    lab(places, [])
    store(places.notebooks / "02_the_batch_dimension.ipynb", "another lesson")
    capsys.readouterr()
    lab(places, [])
    assert "python course.py fresh 02 lays a new one beside it\n" in capsys.readouterr().out


def test_the_exit_code_is_jupyterlabs(places: Places, machine: FakeMachine) -> None:
    machine.exit_codes = {"jupyterlab": 4}
    assert lab(places, []) == 4


@pytest.mark.parametrize(("arguments", "added"), [([], 1), (["--allow-root"], 1)])
def test_root_is_allowed_once(
    places: Places,
    machine: FakeMachine,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    added: int,
) -> None:
    monkeypatch.setattr(lab_module, "is_root", lambda: True)
    lab(places, arguments)
    assert machine.ran[-1].count("--allow-root") == added


def test_nobody_else_gets_allow_root(places: Places, machine: FakeMachine) -> None:
    lab(places, [])
    assert "--allow-root" not in machine.ran[-1]


def test_root_is_a_matter_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert lab_module.is_root()
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert not lab_module.is_root()
    monkeypatch.delattr(os, "geteuid")
    assert not lab_module.is_root(), "Windows has no such question"


def test_a_slideshow_left_running_does_not_cover_the_next_start(
    places: Places, machine: FakeMachine
) -> None:
    """The slideshow keeps its state in the settings, and would begin by itself."""
    lab(places, [])
    settings = Path("settings", "jupyterlab-slideshow", "plugin.jupyterlab-settings")
    path = places.copies / lab_module.STATE / settings
    path.parent.mkdir(parents=True)
    path.write_text('{"active": true}', encoding="utf-8")
    lab(places, [])
    assert path.read_text(encoding="utf-8") == '{"active": false}'


def test_jupyterlabs_layout_is_the_courses_own(places: Places, machine: FakeMachine) -> None:
    """Tabs of other work would be searched for in the course's folder."""
    lab(places, [])
    state = os.path.join("my_notebooks", ".jupyterlab")  # noqa: PTH118 - a printed path
    assert machine.settings[-1] == {
        "JUPYTERLAB_SETTINGS_DIR": f"{state}{os.sep}settings",
        "JUPYTERLAB_WORKSPACES_DIR": f"{state}{os.sep}workspaces",
    }
