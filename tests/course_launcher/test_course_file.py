"""`course.py` itself: readable by old Pythons, refusing what cannot work, needing nothing."""

import ast
import importlib.util
import sys
import tomllib
from types import ModuleType

import pytest

from course_launcher import set_up

from .fakes import ROOT

SOURCE = ROOT / "course.py"


@pytest.fixture(scope="module")
def course() -> ModuleType:
    spec = importlib.util.spec_from_file_location("course_front_door", SOURCE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_old_python_can_read_the_file() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    assert text.isascii(), "Python 2 refuses other letters without a coding line"
    tree = ast.parse(text, feature_version=(3, 4))
    nodes = list(ast.walk(tree))
    assert not [node for node in nodes if isinstance(node, ast.JoinedStr | ast.AnnAssign)]
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None, "Python 2 knows no annotations"
            assert not [arg for arg in node.args.args if arg.annotation]


def test_what_is_imported_before_the_check_exists_everywhere() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    imported = [
        name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names
    ]
    assert imported == ["platform", "sys"]
    assert not [node for node in tree.body if isinstance(node, ast.ImportFrom)]


@pytest.mark.parametrize(
    ("version", "bits_64", "system", "machine", "words"),
    [
        ((2, 7, 18), True, "linux2", "x86_64", ["Python 2.7.18", "3.11 or newer"]),
        ((3, 10, 13), True, "darwin", "x86_64", ["Python 3.10.13", "3.11 or newer"]),
        ((3, 12, 1), False, "win32", "AMD64", ["32-bit", "64-bit"]),
        ((3, 12, 1), True, "darwin", "x86_64", ["Intel", "Google Colab"]),
    ],
)
def test_refusals(
    course: ModuleType,
    version: tuple[int, ...],
    bits_64: bool,
    system: str,
    machine: str,
    words: list[str],
) -> None:
    sentence = course.refusal(version, bits_64, system, machine)
    assert all(word in sentence for word in words)
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("version", "system", "machine"),
    [
        ((3, 11, 0), "linux", "x86_64"),
        ((3, 14, 1), "darwin", "arm64"),
        ((3, 12, 4), "win32", "AMD64"),
        ((4, 0, 0), "linux", "aarch64"),
    ],
)
def test_no_refusal(
    course: ModuleType, version: tuple[int, ...], system: str, machine: str
) -> None:
    assert course.refusal(version, True, system, machine) == ""


def test_too_old_a_python_gets_one_sentence(
    course: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 2, "final", 0))
    assert course.main(["lab"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1 and "Python 3.8.2" in err


def test_one_oldest_python(course: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=" + ".".join(map(str, course.OLDEST))
    assert set_up.OLDEST_PYTHON == course.OLDEST
