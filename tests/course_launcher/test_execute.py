"""`execute`: real kernels on small notebooks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from course_launcher import execute
from course_launcher.normal_form import normal_form
from course_launcher.notebook_files import Notebook, joined, read, text_of, write

from .fakes import ROOT


def stored(path: Path, *sources: str, tags: tuple[str, ...] = ()) -> Path:
    """A notebook that was never run, one cell for each source."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {"tags": list(tags)},
            "outputs": [],
            "source": source,
        }
        for source in sources
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def outputs(path: Path) -> list[list[dict[str, Any]]]:
    return [cell["outputs"] for cell in read(path)["cells"]]


def test_a_notebook_runs_here_and_is_stored_in_normal_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored(
        tmp_path / "00_a.ipynb",
        "import os, sys\nprint(os.path.basename(os.getcwd()))",
        "print(os.environ['COURSE_DEVICE'], os.environ['OMP_NUM_THREADS'])",
        "",
        "print(sys.executable)",
    )
    assert execute.main([str(path)]) == 0
    first = path.read_bytes()
    assert first == text_of(normal_form(read(path))).encode()
    shown = [joined(cell[0]["text"]) for cell in outputs(path) if cell]
    assert shown == [f"{tmp_path.name}\n", "cpu 1\n", f"{sys.executable}\n"]
    line = capsys.readouterr().out
    assert line.startswith("00_a.ipynb: ") and " s, " in line and line.endswith("kB\n")
    assert execute.main([str(path)]) == 0
    assert path.read_bytes() == first, "a second run changes no byte"


def test_a_tagged_exception_is_part_of_the_lesson(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.ipynb", "1 / 0", "2 + 2", tags=("raises-exception",))
    assert execute.main([str(path)]) == 0
    (error,), (result,) = outputs(path)
    assert error["traceback"] == ["ZeroDivisionError: division by zero"]
    assert result["data"] == {"text/plain": ["4"]}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f():\n    raise ValueError('first\\nlast')\nf()", "last"),
        ("import os\nos._exit(1)", "the kernel died"),
        ("import time\ntime.sleep(60)", "not done after 1 s"),
    ],
)
def test_a_failing_notebook_stays_as_it_was_and_the_others_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    source: str,
    words: str,
) -> None:
    monkeypatch.setattr(execute, "SECONDS_PER_CELL", 1 if "sleep" in source else 60)
    bad = stored(tmp_path / "01_bad.ipynb", "1", "", source, "3")
    good = stored(tmp_path / "02_good.ipynb", "40 + 2")
    before = bad.read_bytes()
    assert execute.main([str(bad), str(good)]) == 1
    assert bad.read_bytes() == before
    assert outputs(good)[0][0]["data"] == {"text/plain": ["42"]}
    err = capsys.readouterr().err
    assert f"01_bad.ipynb, code cell [2]: {words}" in err
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["01_bad.ipynb", "02_good.ipynb"]


def test_what_somebody_saves_while_it_runs_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited = "import pathlib\npathlib.Path('01_a.ipynb').write_text('edited', encoding='utf-8')"
    path = stored(tmp_path / "01_a.ipynb", edited)
    good = stored(tmp_path / "02_good.ipynb", "40 + 2")
    assert execute.main([str(path), str(good)]) == 1
    assert path.read_text(encoding="utf-8") == "edited"
    assert outputs(good)[0]
    err = capsys.readouterr().err
    assert err.startswith("01_a.ipynb was changed while it ran: run the command again")
    assert err.count("\n") == 1


def test_what_the_system_refuses_stops_no_other_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(path: Path, notebook: Notebook) -> None:
        if path.name == "01_bad.ipynb":
            raise OSError(28, "No space left on device")
        write(path, notebook)

    monkeypatch.setattr(execute, "write", refused)
    bad = stored(tmp_path / "01_bad.ipynb", "1")
    good = stored(tmp_path / "02_good.ipynb", "40 + 2")
    assert execute.main([str(tmp_path / "00_no_such.ipynb"), str(bad), str(good)]) == 1
    assert outputs(good)[0]
    missing, other = capsys.readouterr().err.splitlines()
    assert missing.startswith("00_no_such.ipynb: The system refused ")
    assert other.startswith("01_bad.ipynb: The disk is full")


def test_a_kernel_that_does_not_start_stops_no_other_notebook(tmp_path: Path) -> None:
    # The kernel looks in its own folder first, and there this stands in for it.
    broken = stored(tmp_path / "broken" / "01_bad.ipynb", "1")
    (broken.parent / "ipykernel_launcher.py").write_text("raise SystemExit(1)", encoding="utf-8")
    good = stored(tmp_path / "02_good.ipynb", "40 + 2")
    # As a program, whose end must be quiet too.
    ran = subprocess.run(
        [sys.executable, "-m", "course_launcher.execute", str(broken), str(good)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 1
    assert outputs(good)[0]
    failed = [line for line in ran.stderr.splitlines() if "01_bad.ipynb" in line]
    assert len(failed) == 1
    assert failed[0].startswith("01_bad.ipynb: the kernel failed (Kernel died before replying")
    assert "Traceback" not in ran.stderr


def test_a_foreign_kernel_of_the_same_name_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    foreign.parent.mkdir(parents=True)
    command = ["no-such-program", "{connection_file}"]
    kernel = {"argv": command, "display_name": "Foreign", "language": "python"}
    foreign.write_text(json.dumps(kernel), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    path = stored(tmp_path / "a.ipynb", "40 + 2")
    assert execute.main([str(path)]) == 0
    assert outputs(path)[0][0]["data"] == {"text/plain": ["42"]}
