"""`test`: everything by default, pytest alone when something is asked of it."""

import pytest

from course_launcher.places import Places
from course_launcher.run_tests import names_path, test

from .fakes import FakeMachine

# pytest would collect the imported function by its name.
run_test = test
del test

PYTEST = "-m pytest -n 2 --dist loadfile --nbval --nbval-current-env --nbval-cell-timeout=120"


def checks(machine: FakeMachine) -> list[str]:
    """What ran after the set-up, without the path of Python."""
    return [line.partition(" ")[2] for line in machine.ran if "pip" not in line][2:]


def test_all_checks_run_in_order(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_test(places, []) == 0
    assert checks(machine) == [
        "-m ruff check .",
        "-m ruff format --check .",
        "-m mypy",
        f"{PYTEST} tests notebooks",
    ]
    assert machine.settings[-1] == {"COURSE_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    last = capsys.readouterr().out.splitlines()[-4:]
    for line, name in zip(last, ["ruff check", "ruff format", "mypy", "pytest"], strict=True):
        assert line.startswith(f"{name}: passed in ") and line.endswith(" s")


@pytest.mark.parametrize("failing", ["check", "--check", "mypy", "pytest"])
def test_one_failure_is_enough_and_stops_nothing(
    places: Places, machine: FakeMachine, failing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.exit_codes = {failing: 2}
    assert run_test(places, []) == 1
    assert len(checks(machine)) == 4
    last = capsys.readouterr().out.splitlines()[-4:]
    assert [": failed (exit code 2) in " in line for line in last].count(True) == 1


def test_arguments_go_to_pytest_alone(places: Places, machine: FakeMachine) -> None:
    assert run_test(places, ["-k", "softmax"]) == 0
    assert checks(machine) == [f"{PYTEST} tests notebooks -k softmax"]


def test_a_path_takes_the_place_of_everything(places: Places, machine: FakeMachine) -> None:
    run_test(places, ["notebooks/00_start_here.ipynb", "-x"])
    assert checks(machine) == [f"{PYTEST} notebooks/00_start_here.ipynb -x"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["notebooks"], True),
        (["-x", "notebooks/00_start_here.ipynb::Cell 3"], True),
        (["-k", "notebooks"], False),
        (["--tb", "notebooks"], False),
        (["--tb=short"], False),
        (["missing.py"], False),
    ],
)
def test_names_path(places: Places, arguments: list[str], expected: bool) -> None:
    assert names_path(places, arguments) is expected


def test_nothing_selected_is_said_and_is_no_success(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.exit_codes = {"pytest": 5}
    assert run_test(places, ["-k", "sofmax"]) == 5
    assert capsys.readouterr().err == "No test was selected by: -k sofmax\n"
