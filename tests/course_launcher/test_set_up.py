"""Set-up: at once when `.venv` is current, from any state that something left it in."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_launcher import set_up, stamp
from course_launcher.failures import NO_ROOM, NO_VENV, Failure
from course_launcher.places import Places, base_python
from course_launcher.quiet import SETTINGS
from course_launcher.set_up import Plan, ensure, plan_for

from .fakes import IMPORT, PIP, ROOT, VENV, FakeMachine

LAB = "share/jupyter/lab/settings/overrides.json"
KERNEL = "etc/ipython/ipython_kernel_config.json"
PLUGIN = "@jupyterlab/apputils-extension:notification"


@pytest.mark.parametrize(
    ("windows", "python"), [(False, ".venv/bin/python"), (True, ".venv/Scripts/python.exe")]
)
def test_a_fresh_machine(
    places: Places,
    machine: FakeMachine,
    windows: bool,
    python: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.places = Places(places.root, windows)
    ensure(machine.places)
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("$ ")]
    assert printed[0].endswith(" -m venv .venv")
    assert printed[1] == f"$ {Path(python)} -m pip install -e . -c constraints.txt"
    quote = '"' if windows else "'"
    assert printed[2] == f"$ {Path(python)} -c {quote}import torch, torchvision{quote}"
    made = stamp.read_stamp(places)
    assert made is not None and made.ours and made.pair == "torch 2.15.0, torchvision 0.29.2"
    assert not places.marker.exists()


def test_a_second_start_runs_nothing(places: Places, machine: FakeMachine) -> None:
    ensure(places)
    machine.ran.clear()
    ensure(places)
    assert machine.ran == []


def test_extras_add_up(places: Places, machine: FakeMachine) -> None:
    ensure(places)
    ensure(places, ("test",))
    assert ".[test]" in " ".join(machine.ran)
    machine.ran.clear()
    ensure(places)
    ensure(places, ("test",))
    assert machine.ran == []
    (places.root / "pyproject.toml").write_text("[project]\nname='x'\n", encoding="utf-8")
    ensure(places)
    assert ".[test]" in " ".join(machine.ran), "an update of lab's keeps what test installed"


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_file_is_installed_in_place(
    places: Places, machine: FakeMachine, name: str
) -> None:
    """So does a newer edition of the course, whose pyproject.toml is another."""
    ensure(places)
    machine.ran.clear()
    with (places.root / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    ensure(places)
    assert machine.kinds() == [PIP, IMPORT]


def test_a_missing_file_is_named(places: Places, machine: FakeMachine) -> None:
    ensure(places)
    places.constraints.unlink()
    with pytest.raises(Failure, match=r"constraints\.txt is missing"):
        ensure(places)


@pytest.mark.parametrize("step", ["venv", "pip", "import torch, torchvision"])
def test_broken_off_anywhere_the_next_try_works(
    places: Places, machine: FakeMachine, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.interrupts = step
    with pytest.raises(KeyboardInterrupt):
        ensure(places)
    rubbish = places.venv / "half" / "file"
    rubbish.parent.mkdir()
    rubbish.touch()
    machine.interrupts = ""
    machine.ran.clear()
    ensure(places)
    assert machine.kinds() == [VENV, PIP, IMPORT]
    assert "The last set-up did not finish: .venv is made afresh.\n" in capsys.readouterr().out
    assert not rubbish.exists()


def test_an_update_broken_off_is_finished_in_place(places: Places, machine: FakeMachine) -> None:
    ensure(places)
    before = (places.root / "pyproject.toml").read_bytes()
    (places.root / "pyproject.toml").write_text("[project]\nname='x'\n", encoding="utf-8")
    machine.interrupts = "pip"
    with pytest.raises(KeyboardInterrupt):
        ensure(places)
    machine.interrupts = ""
    # Even when the files are those of the stamp again: pip may have been half through.
    (places.root / "pyproject.toml").write_bytes(before)
    machine.kinds()
    ensure(places)
    assert machine.kinds() == [PIP, IMPORT]


def test_a_marker_that_a_full_disk_left_empty_is_a_fresh_machine(
    places: Places, machine: FakeMachine
) -> None:
    places.venv.mkdir()
    places.marker.touch()
    ensure(places)
    assert machine.kinds() == [VENV, PIP, IMPORT]
    made = stamp.read_stamp(places)
    assert made is not None and made.ours


def test_a_moved_folder_is_set_up_afresh(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure(places)
    moved = Places(places.root.with_name("moved"))
    places.root.rename(moved.root)
    machine.places = moved
    machine.kinds()
    ensure(moved)
    assert machine.kinds() == [VENV, PIP, IMPORT]
    assert "was moved since .venv was made" in capsys.readouterr().out


@pytest.mark.parametrize("version", [None, "3.13"])
def test_another_python_underneath(
    places: Places, machine: FakeMachine, version: str | None
) -> None:
    ensure(places)
    machine.kinds()
    machine.version = version
    ensure(places)
    assert machine.kinds() == [VENV, PIP, IMPORT]


@pytest.mark.parametrize("content", ["", "[]", '{"fingerprint": 3}'])
def test_a_damaged_stamp_means_install_again(
    places: Places, machine: FakeMachine, content: str
) -> None:
    ensure(places)
    machine.kinds()
    places.stamp.write_text(content, encoding="utf-8")
    ensure(places)
    assert machine.kinds() == [PIP, IMPORT]


def test_a_full_disk_is_seen_before_anything_is_downloaded(
    places: Places, machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SimpleNamespace(free=set_up.ROOM_NEEDED - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(Failure, match="The disk is too full: the first set-up needs about"):
        ensure(places)
    assert machine.ran == []


@pytest.mark.parametrize(
    ("step", "errors", "words"),
    [
        ("venv", "Error: [Errno 13] Permission denied", "No permission to make .venv"),
        ("pip", "[Errno 28] No space left on device", NO_ROOM),
        ("pip", "NameResolutionError: Failed to resolve", "No network"),
        ("import torch, torchvision", "operator torchvision::nms", "do not belong together"),
    ],
)
def test_a_step_that_fails_is_explained_and_the_next_run_starts_there(
    places: Places, machine: FakeMachine, step: str, errors: str, words: str
) -> None:
    machine.fails = {step: errors}
    with pytest.raises(Failure) as raised:
        ensure(places)
    assert words in str(raised.value)
    assert not places.stamp.exists()
    machine.fails = {}
    ensure(places)
    assert places.stamp.exists()


def test_a_python_without_venv(
    places: Places, machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Failure) as raised:
        ensure(places)
    assert str(raised.value) == NO_VENV


def test_an_unknown_failure_of_pip_shows_its_last_words(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.fails = {"pip": "\n".join(f"line {number}" for number in range(50))}
    with pytest.raises(Failure, match="last words are above"):
        ensure(places)
    err = capsys.readouterr().err
    assert "line 49" in err and "line 3\n" not in err


def test_a_second_course_py_is_sent_away_while_the_first_is_at_work(
    places: Places, machine: FakeMachine
) -> None:
    # Another process holds the lock: within one process Windows and POSIX differ.
    code = (
        "import sys; from pathlib import Path\n"
        "from course_launcher import stamp; from course_launcher.places import *\n"
        "with stamp.unfinished(Places(Path(sys.argv[1])), stamp.OURS):\n"
        "    print('locked', flush=True); sys.stdin.readline()\n"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", code, str(places.root)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert first.stdout is not None
    with first:
        assert first.stdout.readline() == "locked\n"
        with pytest.raises(Failure, match=r"Another course\.py is setting up"):
            ensure(places)
        assert machine.ran == [] and places.marker.exists()
        first.kill()
    ensure(places)
    assert machine.kinds() == [VENV, PIP, IMPORT]


def test_what_another_course_py_has_finished_meanwhile_is_left_alone(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
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
        ensure(places)
    assert made.exists(), "the environment of the other one was deleted"


def test_the_base_python_is_never_the_one_that_a_rebuild_deletes(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert base_python(places) == sys.executable
    monkeypatch.setattr(sys, "prefix", str(places.venv))
    monkeypatch.setattr(sys, "_base_executable", "the base", raising=False)
    assert base_python(places) == "the base"


# --- the settings of JupyterLab and of the kernels in `.venv` ------------------------------------


def test_all_settings_are_written(places: Places, machine: FakeMachine) -> None:
    ensure(places)
    for name, expected in SETTINGS.items():
        assert json.loads((places.venv / name).read_text(encoding="utf-8")) == expected


@pytest.mark.parametrize(
    ("name", "chosen", "expected"),
    [
        (
            LAB,
            {PLUGIN: {"fetchNews": "true"}, "other": {}},
            {
                **SETTINGS[LAB],
                PLUGIN: {"fetchNews": "true", "checkForUpdates": False},
                "other": {},
            },
        ),
        # What the first edition wrote.
        (
            KERNEL,
            {"InteractiveShellApp": {"extensions": ["course_utils.tracebacks", "autoreload"]}},
            {"InteractiveShellApp": {"extensions": ["course_launcher.tracebacks", "autoreload"]}},
        ),
    ],
)
def test_what_somebody_chose_stays(
    places: Places, machine: FakeMachine, name: str, chosen: object, expected: object
) -> None:
    machine.make_venv()
    path = places.venv / name
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(chosen), encoding="utf-8")
    ensure(places)
    assert json.loads(path.read_text(encoding="utf-8")) == expected


@pytest.mark.parametrize("content", ["// a comment", "[]"])
def test_settings_that_cannot_be_understood_are_left_alone(
    places: Places, machine: FakeMachine, content: str
) -> None:
    machine.make_venv()
    path = places.venv / LAB
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    ensure(places)
    assert path.read_text(encoding="utf-8") == content


# --- torch and torchvision ----------------------------------------------------------------------


def test_an_exchanged_pair_is_proven_once_and_remembered(
    places: Places, machine: FakeMachine
) -> None:
    ensure(places)
    machine.install("2.15.0+cpu", "0.29.2")
    machine.fails = {"import torch, torchvision": "operator torchvision::nms does not exist"}
    for _ in range(2):
        with pytest.raises(Failure, match="do not belong together; this mends it: ") as raised:
            ensure(places)
    mend = "-m pip install --force-reinstall torch torchvision -c constraints.txt"
    assert str(raised.value).endswith(mend)
    machine.fails = {}
    machine.install("2.15.0+cpu", "0.29.2+cpu")
    machine.kinds()
    ensure(places)
    assert machine.kinds() == [IMPORT]
    ensure(places)
    assert machine.ran == []


def test_a_missing_torchvision_is_seen_at_the_next_start(
    places: Places, machine: FakeMachine
) -> None:
    ensure(places)
    for folder in places.site_packages():
        next(folder.glob("torchvision-*")).rmdir()
    machine.fails = {"import torch, torchvision": "ModuleNotFoundError: No module torchvision"}
    with pytest.raises(Failure, match=r"No module torchvision.*installs them afresh"):
        ensure(places)
