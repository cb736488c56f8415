"""The benchmark's own parts: the claims, the report, and a small run on the CPU."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("memory_benchmark", ROOT / "benchmarks/memory.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    path = list(sys.path)
    sys.path.insert(0, str(ROOT / "benchmarks"))  # as when it is run as a script
    spec.loader.exec_module(module)
    sys.path[:] = path
    return module


def test_the_claims_allow_what_they_say(benchmark: ModuleType) -> None:
    plain, convolutions = benchmark.CASES["MLP"], benchmark.CASES["resnet18"]
    assert benchmark.holds(plain, 10_000, 10_064)
    assert not benchmark.holds(plain, 10_000, 10_065)
    assert benchmark.holds(convolutions, 980_000, 1_000_000)
    assert not benchmark.holds(convolutions, 979_999, 1_000_000)


def test_the_report_says_which_claim_does_not_hold(benchmark: ModuleType) -> None:
    row: dict[str, Any] = {
        "model": "MLP", "optimizer": "SGD", "batch_size": 64, "estimated": 110, "measured": 100,
        "torchinfo": 70, "mem_tracker": None, "seconds": 0.5, "holds": False,
    }  # fmt: skip
    text = benchmark.cpu_report([row])
    assert "| MLP | 64 | SGD | 110 | 100 | +10.000% | 70 | does not run | 0.50 |" in text
    assert "DOES NOT HOLD for MLP with SGD." in text
    assert "0 of 1 to the byte" in text


def test_a_run_on_the_cpu_prints_and_stores_the_table(
    benchmark: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    out = tmp_path / "deeper" / "memory.md"
    assert benchmark.main(["--only", "MLP", "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert out.read_text(encoding="utf-8") == text
    assert "| MLP | 64 | SGD | 1,050,712 | 1,050,712 | +0.000% | 678," in text
    assert "4 of 4 to the byte" in text
    assert [file.name for file in out.parent.iterdir()] == ["memory.md"]
