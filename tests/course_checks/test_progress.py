"""Notebooks of one copy that pass exercises at once lose none; two copies know only their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_checks import progress

ROOT = Path(__file__).resolve().parents[2]
WRITERS, EXERCISES = 3, 10

# The file by itself: the package around it imports torch, which a writer here does not need.
WRITER = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("progress", "course_checks/progress.py")
progress = importlib.util.module_from_spec(spec)
spec.loader.exec_module(progress)
progress._SECONDS_TO_WAIT = 120
print("ready", flush=True)
sys.stdin.readline()
for exercise in range(int(sys.argv[2])):
    progress.record_passed(f"{sys.argv[1]}.{exercise}")
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "progress.json"
    environment = {**os.environ, "COURSE_PROGRESS": str(file)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(number), str(EXERCISES)],
            cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for number in range(WRITERS)
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    passed = json.loads(file.read_text(encoding="utf-8"))["passed"]
    assert passed == sorted(f"{w}.{e}" for w in range(WRITERS) for e in range(EXERCISES))
    assert {path.name for path in tmp_path.iterdir()} <= {"progress.json", ".progress.json.lock"}


def test_a_turn_that_never_comes_costs_the_record_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    file = tmp_path / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(file))
    monkeypatch.setattr(progress, "_SECONDS_TO_WAIT", 0.05)
    with FileLock(tmp_path / ".progress.json.lock"):
        progress.record_passed("1.1")
    assert not file.exists()
    progress.record_passed("1.1")
    assert progress.passed_exercises() == {"1.1"}


def test_each_copy_of_the_course_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    for copy in ("one", "other"):
        (tmp_path / copy / "my_notebooks").mkdir(parents=True)
        monkeypatch.setattr(progress, "REPOSITORY", tmp_path / copy)
        assert progress.passed_exercises() == set()
        progress.record_passed("2.1")
        assert progress.progress_file() == tmp_path / copy / "my_notebooks" / "progress.json"
        assert progress.passed_exercises() == {"2.1"}
