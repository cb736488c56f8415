"""A run that is killed and goes on ends as if nothing had happened, bit by bit."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

ROOT = Path(__file__).resolve().parents[3]
KILLS = 4


def start(folder: Path) -> subprocess.Popen[str]:
    """The run as a process of its own, past its imports."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.course_utils.training.run_small", str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def result(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = torch.load(folder / "result.pt", weights_only=True)
    return loaded


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the run ends with if nobody disturbs it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert start(folder).wait() == 0
    return result(folder)


def wait_for_checkpoints(count: int, folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the run has written so many more checkpoints, or has ended."""
    seen = {written(folder)}
    while len(seen) <= count and process.poll() is None:
        time.sleep(0.001)
        seen.add(written(folder))


def written(folder: Path) -> int:
    """When the checkpoint in `folder` was written; 0 where there is none."""
    try:
        return (folder / "run.pt").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def test_killed_at_random_moments_it_ends_with_the_same_bits(
    undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    seed = time.time_ns()
    chance = random.Random(seed)
    kills = 0
    while kills < KILLS:
        process = start(tmp_path)
        # By the run's own pace, not by the clock: the machine is never equally fast twice.
        wait_for_checkpoints(chance.randrange(2), tmp_path, process)
        time.sleep(chance.uniform(0, 0.03))
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        kills += 1
    assert start(tmp_path).wait() == 0, seed
    assert kills >= 2, seed
    resumed = result(tmp_path)
    assert resumed["losses"] == undisturbed["losses"], seed
    assert resumed["model"].keys() == undisturbed["model"].keys(), seed
    for name, tensor in undisturbed["model"].items():
        assert torch.equal(resumed["model"][name], tensor), (name, seed)
