"""The commands as typed: what they run, what they say, and how they end."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from course_launcher import cli
from course_launcher.failures import Failure
from course_launcher.places import Places

from .fakes import FakeMachine


@pytest.fixture
def course(places: Places, machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A course folder in which commands are typed; `Places` there have the layout of the test."""
    monkeypatch.chdir(places.root)
    monkeypatch.setattr(cli, "Places", lambda root: places)
    return places


def typed(places: Places, line: str) -> int:
    return cli.main(line.split(), places.root)


def test_no_command_and_a_wrong_one_are_wrong_usage(
    course: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(course, "") == 2
    assert "python course.py lab" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        typed(course, "lap")
    assert ended.value.code == 2
    assert "lap" in capsys.readouterr().err


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_each_command_explains_itself_and_does_nothing(
    course: Places, machine: FakeMachine, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(course, f"{name} --help") == 0
    assert f"python course.py {name}" in capsys.readouterr().out
    assert machine.ran == []


def test_check_runs_the_environment_check(course: Places, machine: FakeMachine) -> None:
    machine.exit_codes = {"course_launcher.check": 1}
    assert typed(course, "check") == 1
    assert machine.ran[-1].endswith("-m course_launcher.check")


@pytest.mark.parametrize("name", ["check", "progress", "links"])
def test_what_takes_no_arguments_refuses_them(
    course: Places, machine: FakeMachine, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(course, f"{name} --nonsense 3") == cli.WRONG_USAGE
    printed = capsys.readouterr()
    assert printed.err == f"{name}: expected no arguments, got --nonsense 3.\n"
    assert printed.out == "" and machine.ran == []


def test_lab_and_test_take_their_arguments(course: Places, machine: FakeMachine) -> None:
    typed(course, "lab --no-browser --port 0")
    assert machine.ran[-1].endswith("--no-browser --port 0")
    typed(course, "test -k softmax")
    assert machine.ran[-1].endswith("tests notebooks -k softmax")


def test_fresh(course: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(course, "fresh 02") == 0
    assert "A new copy is in my_notebooks/02_the_batch_dimension.ipynb" in capsys.readouterr().out
    assert typed(course, "fresh") == 2
    assert "python course.py fresh 05" in capsys.readouterr().err
    assert typed(course, "fresh 09") == 1
    assert capsys.readouterr().err.startswith("There is no notebook 09; these exist: 00_start_here")


def test_execute_takes_numbers_paths_or_all(course: Places, machine: FakeMachine) -> None:
    def executed() -> list[str]:
        words = machine.ran[-1].split()
        after = words.index("course_launcher.execute") + 1
        return [Path(word.replace("\\", "/")).name for word in words[after:]]

    both = ["00_start_here.ipynb", "02_the_batch_dimension.ipynb"]
    typed(course, "execute")
    assert executed() == both
    typed(course, "execute 2")
    assert executed() == both[1:]
    typed(course, "execute notebooks/02_the_batch_dimension.ipynb 00_start_here")
    assert executed() == [both[1], both[0]]
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
        (Failure("One sentence."), 1, "One sentence.\n"),
        (Failure("Wrong usage.", 2), 2, "Wrong usage.\n"),
        (
            PermissionError(13, "Permission denied", ".venv"),
            1,
            "No permission to read or write .venv",
        ),
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
