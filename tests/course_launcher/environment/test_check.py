"""The machine below the course: device, seeds, and the check that finds what is broken."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course_launcher.check import check_environment, main
from course_launcher import check as environment
from course_utils.datasets import bundled
from tests.course_launcher.environment.looking import Usage, only_red, red

# check_environment on a healthy machine


def test_everything_is_green_here() -> None:
    report = check_environment()
    assert red(report) == []
    assert report.ok


def test_the_rows_name_what_the_course_needs() -> None:
    found = {row.name: row.found for row in check_environment()}
    assert found["torch"] == importlib.metadata.version("torch")
    assert "a matching pair" in found["torch + torchvision"]
    assert found["device"] == "cpu (all the course needs)"
    assert found["free disk"] == "1000.0 GB"
    assert [name for name in found if name.startswith("data: ")] == [
        f"data: {name}" for name, _, _ in bundled.verify_bundled()
    ]


def test_paths_inside_the_course_are_shown_as_seen_from_its_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", str(environment.REPOSITORY / ".venv" / "python"))
    kernel = next(row for row in check_environment() if row.name == "kernel")
    assert kernel.found == str(Path(".venv") / "python")


def test_a_foreign_kernel_is_named_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    kernel = next(row for row in check_environment() if row.name == "kernel")
    assert kernel.ok
    assert kernel.found.endswith("python (not the course's own environment)")


# check_environment where something is broken


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str | None], None]:
    """Pretend that a package has another version, or (None) is missing."""
    real = importlib.metadata.version
    pretended: dict[str, str | None] = {}

    def version(name: str) -> str:
        if name not in pretended:
            return real(name)
        found = pretended[name]
        if found is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(importlib.metadata, "version", version)
    return pretended.__setitem__


@pytest.mark.parametrize("package", ["numpy", "matplotlib", "ipywidgets", "jupyterlab", "tqdm"])
def test_a_missing_package_is_red_with_the_command(
    package: str, versions: Callable[[str, str | None], None]
) -> None:
    versions(package, None)
    row = only_red(package)
    assert row.found == "missing"
    assert re.search(r"-m pip install -e \. -c constraints\.txt$", row.mend)


def test_the_command_uses_the_python_that_runs_the_check(
    versions: Callable[[str, str | None], None],
) -> None:
    versions("tqdm", None)
    python = only_red("tqdm").mend.partition(" -m pip ")[0]
    assert (environment.REPOSITORY / python) == Path(sys.executable)


@pytest.mark.parametrize("package", ["torch", "torchvision"])
def test_half_a_pair_is_red_and_the_check_goes_on(
    package: str, versions: Callable[[str, str | None], None]
) -> None:
    versions(package, None)
    report = check_environment()
    assert package in [row.name for row in red(report)]
    assert "pip install" in red(report)[0].mend
    assert report[-1].name == "free disk"


def test_an_old_version_is_red_and_says_what_is_needed(
    versions: Callable[[str, str | None], None],
) -> None:
    versions("numpy", "1.23.5")
    row = only_red("numpy")
    assert row.found == "1.23.5, but the course needs 1.24 or newer"
    assert "-m pip install -e ." in row.mend


@pytest.mark.parametrize("version", ["2", "2.0", "2.10.1", "10.0", "3.0.0rc1", "2.4.6+local.1"])
def test_newer_versions_are_green_whatever_they_look_like(
    version: str, versions: Callable[[str, str | None], None]
) -> None:
    versions("numpy", version)
    assert red(check_environment()) == []


def test_versions_are_compared_as_numbers(versions: Callable[[str, str | None], None]) -> None:
    """As text, "4.9" would be newer than "4.66"."""
    versions("tqdm", "4.9.0")
    assert "4.66 or newer" in only_red("tqdm").found


def test_a_build_number_is_no_mismatch(versions: Callable[[str, str | None], None]) -> None:
    versions("torch", importlib.metadata.version("torch").partition("+")[0] + "+cpu")
    assert red(check_environment()) == []


def test_a_torchvision_for_another_torch_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.requires

    def requires(name: str) -> list[str] | None:
        needs = ["numpy", "torch (==2.0.0)", "pillow!=8.3.*,>=5.3.0"]
        return needs if name == "torchvision" else real(name)

    monkeypatch.setattr(importlib.metadata, "requires", requires)
    row = only_red("torch + torchvision")
    assert "which was built for torch 2.0.0" in row.found
    assert re.search(
        r"-m pip install --force-reinstall torch torchvision -c constraints\.txt$", row.mend
    )


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("operator torchvision::nms does not exist\nand more"),
        ImportError("undefined symbol"),
        OSError("libcudart.so: cannot open shared object file"),
    ],
)
def test_a_torchvision_that_cannot_be_imported_is_red(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.import_module

    def import_module(name: str, package: str | None = None) -> Any:
        if name == "torchvision":
            raise error
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", import_module)
    row = only_red("torch + torchvision")
    assert row.found.endswith(str(error).splitlines()[0])
    assert "pip install --force-reinstall torch torchvision" in row.mend


@pytest.fixture
def bundled_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the bundled data that the check looks at instead."""
    folder = tmp_path / "bundled"
    source = Path(bundled.__file__).parent
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(bundled, "_FOLDER", folder)
    return folder


def test_an_intact_copy_is_green(bundled_copy: Path) -> None:
    assert red(check_environment()) == []


def test_a_truncated_data_file_is_red_with_the_command(bundled_copy: Path) -> None:
    file = bundled_copy / "mnist_test.npz"
    file.write_bytes(file.read_bytes()[:-100])
    row = only_red("data: mnist_test.npz")
    assert "damaged" in row.found
    assert row.mend.startswith("git checkout -- course_utils/datasets/bundled/mnist_test.npz")


def test_one_changed_byte_is_red(bundled_copy: Path) -> None:
    file = bundled_copy / "fashion_mnist_test.npz"
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)
    assert "damaged" in only_red("data: fashion_mnist_test.npz").found


def test_a_missing_data_file_is_red(bundled_copy: Path) -> None:
    (bundled_copy / "mnist_train.npz").unlink()
    assert "is missing" in only_red("data: mnist_train.npz").found


def test_a_full_disk_is_red_and_says_how_much_to_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1e12, 1e12, 499_999_999))
    row = only_red("free disk")
    assert row.mend == "free at least 0.5 GB on this disk"


def test_a_check_that_breaks_is_a_red_row_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: object) -> None:
        raise PermissionError("not allowed\nsecond line")

    monkeypatch.setattr(shutil, "disk_usage", broken)
    row = red(check_environment())[0]
    assert row.found == "PermissionError: not allowed"
    assert len(check_environment()) > 10


def test_main_returns_1_if_something_is_red(
    capsys: pytest.CaptureFixture[str], versions: Callable[[str, str | None], None]
) -> None:
    versions("tqdm", None)
    assert main() == 1
    assert re.search(r"RED  tqdm +missing\n +mend it: .*pip install", capsys.readouterr().out)
