"""Running the underlying commands: printed so that they can be pasted, ended together with us."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from course_launcher import commands
from course_launcher.places import Places


@pytest.fixture
def here(tmp_path: Path) -> Places:
    root = tmp_path / "my course"
    root.mkdir()
    return Places(root)


@pytest.mark.parametrize(
    ("windows", "quoted"),
    [(False, "-k 'softmax and not cnn' '.[test]'"), (True, '-k "softmax and not cnn" .[test]')],
)
def test_commands_can_be_pasted(tmp_path: Path, windows: bool, quoted: str) -> None:
    places = Places(tmp_path / "my course", windows)
    command = [str(places.python), "-k", "softmax and not cnn", ".[test]"]
    program = os.path.relpath(places.python, places.root)
    assert commands.shown(command, places) == f"{program} {quoted}"


def test_a_pasted_command_is_the_command(here: Places) -> None:
    command = ["python", "a b", "c'd", "$HOME", "*.ipynb"]
    assert shlex.split(commands.shown(command, here)) == command


def test_run_prints_then_runs_in_the_course_folder(
    here: Places, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import os; print(os.path.basename(os.getcwd()), os.environ['OMP_NUM_THREADS'])"
    settings = {"OMP_NUM_THREADS": "1"}
    assert commands.run([sys.executable, "-c", code], here, settings) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "(with OMP_NUM_THREADS=1)"
    assert lines[1].startswith("$ ")
    assert lines[2] == "my course 1"


def test_exit_codes_are_passed_on(here: Places) -> None:
    assert commands.run([sys.executable, "-c", "raise SystemExit(3)"], here) == 3


def test_errors_are_kept_and_not_shown(here: Places, capfd: pytest.CaptureFixture[str]) -> None:
    code = "import sys; print('progress'); sys.exit('No space left on device')"
    finished = commands.run_keeping_errors([sys.executable, "-c", code], here)
    assert finished == commands.Finished(1, "No space left on device\n")
    out, err = capfd.readouterr()
    assert "progress" in out and err == ""


def test_answers(here: Places) -> None:
    assert commands.answer_of([sys.executable, "-c", "print(' 3.12 ')"], here.root) == "3.12"
    assert commands.answer_of([sys.executable, "-c", "raise SystemExit(1)"], here.root) is None
    assert commands.answer_of([str(here.root / "missing")], here.root) is None


class Interrupted(subprocess.Popen[str]):
    """A process while which Ctrl-C arrives once."""

    pressed = False

    def _press(self) -> None:
        if not self.pressed:
            self.pressed = True
            raise KeyboardInterrupt

    def wait(self, timeout: float | None = None) -> int:
        self._press()
        return super().wait(timeout)

    def communicate(
        self, input: str | None = None, timeout: float | None = None
    ) -> tuple[str, str]:
        self._press()
        return super().communicate(input, timeout)


def test_after_ctrl_c_the_command_decides_when_to_end(
    here: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    code = "import time; time.sleep(0.3); raise SystemExit(5)"
    assert commands.run([sys.executable, "-c", code], here) == 5


def test_ctrl_c_during_set_up_ends_it_after_the_command_has_ended(
    here: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Interrupted] = []

    def start(*arguments: object, **options: object) -> Interrupted:
        started.append(Interrupted(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(commands, "SECONDS_TO_END", 0.1)
    with pytest.raises(KeyboardInterrupt):
        commands.run_keeping_errors([sys.executable, "-c", "import time; time.sleep(60)"], here)
    assert started[0].poll() is not None


def test_a_request_to_terminate_is_handed_on(here: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked(subprocess.Popen[bytes]):
        """A process while which this one is asked to terminate."""

        def wait(self, timeout: float | None = None) -> int:
            if self.poll() is None:
                signal.raise_signal(signal.SIGTERM)
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Asked)
    before = signal.getsignal(signal.SIGTERM)
    code = commands.run([sys.executable, "-c", "import time; time.sleep(60)"], here)
    # POSIX tells of the signal, Windows gives 1 for it.
    assert code in (128 + signal.SIGTERM, 1)
    assert signal.getsignal(signal.SIGTERM) == before
