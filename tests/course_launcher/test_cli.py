"""The commands as typed: what they run, what they say, and how they end."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_launcher import cli
from course_launcher.failures import WRONG_USAGE, Failure
from course_launcher.places import Places

from .fakes import ROOT, FakeMachine


@pytest.fixture
def course(places: Places, machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A course folder in which commands are typed."""
    monkeypatch.chdir(places.root)
    return places


def typed(places: Places, line: str) -> int:
    return cli.main(line.split(), places.root)


def test_no_command_and_a_wrong_one_are_wrong_usage(
    course: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(course, "") == WRONG_USAGE
    assert "python course.py lab" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        typed(course, "lap")
    assert ended.value.code == WRONG_USAGE
    assert "lap" in capsys.readouterr().err


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_each_command_explains_itself_and_does_nothing(
    course: Places, machine: FakeMachine, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(course, f"{name} --help") == 0
    assert f"python course.py {name}" in capsys.readouterr().out
    assert machine.ran == []


def test_check_and_progress_run_in_the_environment(course: Places, machine: FakeMachine) -> None:
    machine.exit_codes = {"course_launcher.check": 1}
    assert typed(course, "check") == 1
    assert machine.ran[-1].endswith("-m course_launcher.check")
    assert typed(course, "progress") == 0
    assert machine.ran[-1].endswith("-m course_checks")


@pytest.mark.parametrize("name", ["check", "progress", "links"])
def test_what_takes_no_arguments_refuses_them(
    course: Places, machine: FakeMachine, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(course, f"{name} --nonsense 3") == WRONG_USAGE
    printed = capsys.readouterr()
    assert printed.err == f"{name}: expected no arguments, got --nonsense 3.\n"
    assert printed.out == "" and machine.ran == []


def test_fresh(course: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(course, "fresh 02") == 0
    assert "A new copy is in my_notebooks/02_the_batch_dimension.ipynb" in capsys.readouterr().out
    assert typed(course, "fresh") == WRONG_USAGE
    assert "python course.py fresh 05" in capsys.readouterr().err
    assert typed(course, "fresh 09") == 1
    assert capsys.readouterr().err.startswith("There is no notebook 09; these exist: 00_start_here")


def test_execute_takes_numbers_paths_or_all(course: Places, machine: FakeMachine) -> None:
    both = ["00_start_here.ipynb", "02_the_batch_dimension.ipynb"]
    for line, expected in (
        ("execute", both),
        ("execute 2", both[1:]),
        ("execute notebooks/02_the_batch_dimension.ipynb 00_start_here", both[::-1]),
    ):
        typed(course, line)
        words = machine.ran[-1].partition("course_launcher.execute ")[2].split()
        assert [Path(word).name for word in words] == expected
    assert any(".[test]" in line for line in machine.ran)


def test_execute_of_something_unknown_starts_nothing(
    course: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(course, "execute 08") == 1
    assert "There is no notebook 08" in capsys.readouterr().err
    assert machine.ran == []


def test_from_another_folder_the_change_of_folder_is_printed(
    course: Places,
    machine: FakeMachine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    typed(course, "check")
    assert "$ cd " not in capsys.readouterr().out
    monkeypatch.chdir(course.root.parent)
    typed(course, "check")
    assert capsys.readouterr().out.startswith("$ cd ")
    typed(course, "assignment 02 --out my_class")  # writes below the folder it is typed in
    assert "$ cd " not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, ""),
        (Failure("Wrong usage.", 2), 2, "Wrong usage.\n"),
        (PermissionError(13, "Permission denied", ".venv"), 1, "No permission to read or write"),
        (OSError(28, "No space left on device"), 1, "The disk is full"),
    ],
)
def test_every_end_is_quiet_or_one_sentence(
    course: Places,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    def fail(places: Places, extras: tuple[str, ...] = ()) -> None:
        raise error

    monkeypatch.setattr(cli, "set_up", SimpleNamespace(ensure=fail))
    assert typed(course, "check") == code
    err = capsys.readouterr().err
    assert err.startswith(said) and err.count("\n") == (1 if said else 0)


def test_without_a_network_the_first_start_ends_in_one_sentence(
    course: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.fails = {"pip": "NewConnectionError\nERROR: No matching distribution found for torch"}
    assert typed(course, "lab") == 1
    err = capsys.readouterr().err
    assert err.startswith("No network: ") and err.count("\n") == 1
    assert not course.copies.exists()


# --- `test` -------------------------------------------------------------------------------------

PYTEST = "-m pytest -n 2 --dist loadfile --nbval --nbval-current-env --nbval-cell-timeout=120"


def checks(machine: FakeMachine) -> list[str]:
    """What ran after the set-up, without the path of Python."""
    return [line.partition(" ")[2] for line in machine.ran if "pip" not in line][2:]


@pytest.mark.parametrize("failing", ["", "--check", "pytest"])
def test_all_checks_run_in_order_and_one_failure_is_enough(
    course: Places, machine: FakeMachine, failing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.exit_codes = {failing: 2} if failing else {}
    assert typed(course, "test") == (1 if failing else 0)
    expected = ["-m ruff check .", "-m ruff format --check .", "-m mypy", PYTEST]
    assert checks(machine) == expected
    assert machine.settings[-1] == {"COURSE_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    last = capsys.readouterr().out.splitlines()[-4:]
    for line, name in zip(last, ["ruff check", "ruff format", "mypy", "pytest"], strict=True):
        assert line.startswith((f"{name}: passed in ", f"{name}: failed (exit code 2) in "))
    assert sum("failed" in line for line in last) == (1 if failing else 0)


def test_arguments_go_to_pytest_alone_and_nothing_selected_is_said(
    course: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(course, "test tests/test_workflow.py -x") == 0
    assert checks(machine) == [f"{PYTEST} tests/test_workflow.py -x"]
    machine.exit_codes = {"pytest": 5}
    assert typed(course, "test -k sofmax") == 5
    assert capsys.readouterr().err == "No test was selected by: -k sofmax\n"


# --- without anything installed -----------------------------------------------------------------


def run_alone(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run this Python without anything installed: -I and -S hide every site-packages folder."""
    return subprocess.run(
        [sys.executable, "-I", "-S", *words],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_launcher_needs_no_package(tmp_path: Path) -> None:
    finished = run_alone(str(ROOT / "course.py"), "assignment", "0", "--out", "here", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    name = "00_start_here"
    assert (tmp_path / "here" / "source" / name / f"{name}.ipynb").is_file()


def test_course_py_without_its_folder_says_so(tmp_path: Path) -> None:
    shutil.copy(ROOT / "course.py", tmp_path / "course.py")
    finished = run_alone("course.py", "lab", cwd=tmp_path)
    assert finished.returncode == 1
    assert finished.stderr == "course.py must stay in the course's folder, beside course_utils.\n"
