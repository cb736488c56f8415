"""The environment check: green where all is well, and else a way out."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_launcher import check
from course_launcher.check import EnvironmentReport, Row, check_environment

from .fakes import ROOT

BUNDLED = "course_utils/datasets/bundled"
GREEN, RED = Row("a", "1.0", True), Row("<b>", "old & broken", False, "pip install <b>")


@pytest.fixture(autouse=True)
def a_known_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is there and a disk with room; everything else as it is on this machine."""
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1e12))


def only_red(name: str) -> Row:
    """The one red row of the check, which is the one of this name."""
    rows = [row for row in check_environment() if not row.ok]
    assert [row.name for row in rows] == [name]
    return rows[0]


def test_everything_is_green_here() -> None:
    report = check_environment()
    assert report.ok, report
    found = {row.name: row.found for row in report}
    assert found["torch"] == importlib.metadata.version("torch")
    assert found["torch + torchvision"].endswith(": a matching pair")
    assert found["device"] == "cpu (all the course needs)"
    assert found["data: mnist_test.npz"] == "intact"
    assert found["free disk"] == "1000.0 GB"


def test_a_kernel_in_the_course_is_shown_as_seen_from_its_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for python, shown in (
        (check.REPOSITORY / ".venv" / "python", str(Path(".venv", "python"))),
        (tmp_path / "python", f"{tmp_path / 'python'} (not the course's own environment)"),
    ):
        monkeypatch.setattr(sys, "executable", str(python))
        assert next(row.found for row in check_environment() if row.name == "kernel") == shown


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str | None], None]:
    """Pretend that a package has another version, or (None) is missing."""
    real = importlib.metadata.version
    pretended: dict[str, str | None] = {}

    def version(name: str) -> str:
        found = pretended.get(name, "")
        if found is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return found or real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    return pretended.__setitem__


Versions = Callable[[str, str | None], None]


def test_a_missing_package_is_red_with_the_command_for_this_python(versions: Versions) -> None:
    versions("tqdm", None)
    row = only_red("tqdm")
    assert row.found == "missing"
    python, _, rest = row.mend.partition(" -m pip ")
    assert check.REPOSITORY / python == Path(sys.executable)
    assert rest == "install -e . -c constraints.txt"


def test_half_a_pair_is_red_and_the_check_goes_on(versions: Versions) -> None:
    versions("torchvision", None)
    report = check_environment()
    assert [row.name for row in report if not row.ok] == ["torchvision", "pair"]
    assert report[-1].name == "free disk"


def test_an_old_version_is_red_and_says_what_is_needed(versions: Versions) -> None:
    versions("tqdm", "4.9.0")  # as text, newer than 4.66
    assert only_red("tqdm").found == "4.9.0, but the course needs 4.66 or newer"


@pytest.mark.parametrize("version", ["2", "10.0", "3.0.0rc1", "2.4.6+local.1"])
def test_newer_versions_are_green_whatever_they_look_like(version: str, versions: Versions) -> None:
    versions("numpy", version)
    assert check_environment().ok


def test_a_torch_that_does_not_start_is_red_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text('raise OSError("libcudart.so: no such file")\n')
    finished = subprocess.run(
        [sys.executable, "-m", "course_launcher.check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 1 and finished.stderr == ""
    red = re.findall(r"^RED  (.*?)  +(.*)\n +mend it: (.*)", finished.stdout, flags=re.M)
    assert [name for name, _, _ in red] == ["torch + torchvision", "device"]
    assert red[0][1].endswith("libcudart.so: no such file")
    mend = "-m pip install --force-reinstall torch torchvision -c constraints.txt"
    assert all(command.endswith(mend) for _, _, command in red)
    assert finished.stdout.count("intact") == 4


def test_a_device_that_this_machine_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DEVICE", "abacus")
    assert only_red("device").mend == "set COURSE_DEVICE to cpu, or unset it"


def test_a_damaged_and_a_missing_data_file_are_red_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / BUNDLED
    shutil.copytree(ROOT / BUNDLED, folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(check, "REPOSITORY", tmp_path)
    assert check_environment().ok
    content = bytearray((folder / "mnist_test.npz").read_bytes())
    content[1000] ^= 1
    (folder / "mnist_test.npz").write_bytes(content)
    row = only_red("data: mnist_test.npz")
    assert "damaged" in row.found
    assert row.mend == f"git checkout -- {BUNDLED}/mnist_test.npz {BUNDLED}/sha256.txt"
    (folder / "mnist_test.npz").unlink()
    assert "is missing" in only_red("data: mnist_test.npz").found


def test_a_full_disk_is_red_and_says_how_much_to_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=499_999_999))
    assert only_red("free disk").mend == "free at least 0.5 GB on this disk"


def test_a_check_that_breaks_is_a_red_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise PermissionError("not allowed\nsecond line")

    monkeypatch.setattr(shutil, "disk_usage", broken)
    assert only_red("disk").found == "PermissionError: not allowed"


def test_as_text_and_as_html() -> None:
    report = EnvironmentReport([GREEN, RED])
    assert repr(report).splitlines() == [
        "ok   a    1.0",
        "RED  <b>  old & broken",
        "          mend it: pip install <b>",
    ]
    html = report._repr_html_()
    assert "&lt;b&gt;" in html and "old &amp; broken" in html and "pip install &lt;b&gt;" in html
    assert html.count("mend it") == 1
    assert not report.ok and EnvironmentReport([GREEN]).ok
