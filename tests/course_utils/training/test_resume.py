"""A run of `fit` that is killed and goes on ends as if nothing had happened, bit by bit.

`benchmarks/kills.py` does it at many random moments.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import torch

from tests.course_utils.training import run_small
from tests.course_utils.training.launching import PATIENCE, ROOT


def test_killed_in_the_middle_it_ends_with_the_same_bits(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    killed.mkdir()
    whole.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.course_utils.training.run_small", str(killed)],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    end = time.monotonic() + PATIENCE
    while not (killed / "run.previous.pt").exists() and time.monotonic() < end:
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert (killed / "run.previous.pt").exists() and not (killed / "result.pt").exists()
    results = []
    for folder in (killed, whole):
        run_small.main(folder)
        results.append(torch.load(folder / "result.pt", weights_only=True))
    assert results[0]["losses"] == results[1]["losses"]
    for name, tensor in results[1]["model"].items():
        assert torch.equal(results[0]["model"][name], tensor), name
