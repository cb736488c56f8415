"""How the environment check is shown: as text, in a notebook, as a program."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from course_launcher import check as environment
from course_launcher.check import EnvironmentReport, Row, main

GREEN, RED = Row("a", "1.0", True), Row("<b>", "old & broken", False, "pip install <b>")


def test_text_has_a_line_for_each_row_and_the_command_below_a_red_one() -> None:
    assert repr(EnvironmentReport([GREEN, RED])).splitlines() == [
        "ok   a    1.0",
        "RED  <b>  old & broken",
        "          mend it: pip install <b>",
    ]


def test_html_escapes_what_it_found_and_says_red_in_words() -> None:
    html = EnvironmentReport([GREEN, RED])._repr_html_()
    assert "&lt;b&gt;" in html and "old &amp; broken" in html and "pip install &lt;b&gt;" in html
    assert "<b>old" not in html
    assert "ok" in html and "red" in html
    assert html.count("mend it") == 1


def test_ok_needs_every_row() -> None:
    assert EnvironmentReport([GREEN]).ok
    assert not EnvironmentReport([GREEN, RED]).ok


# main


def test_main_prints_the_table_and_returns_0_if_all_is_green(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main() == 0
    printed = capsys.readouterr().out
    assert "free disk" in printed
    assert "RED" not in printed


def test_main_refuses_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--nonsense", "3"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "course_launcher.check: expected no arguments, got --nonsense 3.\n"


@pytest.mark.parametrize("module", ["course_launcher.check", "course_checks"])
def test_as_a_program_it_refuses_arguments(module: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", module, "--reset"],
        cwd=environment.REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 2 and ran.stdout == ""
    assert ran.stderr == f"{module}: expected no arguments, got --reset.\n"


def test_as_a_program_its_exit_code_is_that_of_the_check() -> None:
    """`python -m course_launcher.check` with a device that no machine has."""
    ran = subprocess.run(
        [sys.executable, "-m", "course_launcher.check"],
        cwd=environment.REPOSITORY,
        env={**os.environ, "COURSE_DEVICE": "abacus"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 1
    assert "RED  device" in ran.stdout
    assert ran.stderr == ""
