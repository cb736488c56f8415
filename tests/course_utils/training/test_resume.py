"""A run of `fit` that is killed and goes on ends as if nothing had happened, bit by bit.

`benchmarks/kills.py` does it at many random moments.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, Sampler, TensorDataset

from course_utils.training import fit
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


class _OfTwo(Sampler[int]):
    """A sampler with a generator of its own, as students write them."""

    def __init__(self, size: int, generator: Any) -> None:
        self.size, self.source = size, generator

    def __iter__(self) -> Iterator[int]:
        return iter(torch.randperm(self.size, generator=self.source).tolist())

    def __len__(self) -> int:
        return self.size


SMALL = TensorDataset(torch.rand(12, 6), torch.arange(12) % 3)
LOADERS: dict[str, Callable[[], DataLoader[Any]]] = {
    "a random sampler": lambda: DataLoader(
        SMALL, 4, sampler=RandomSampler(SMALL, generator=torch.Generator().manual_seed(1))
    ),
    "a sampler of one's own": lambda: DataLoader(
        SMALL, 4, sampler=_OfTwo(12, torch.Generator().manual_seed(1))
    ),
    "a batch sampler": lambda: DataLoader(
        SMALL,
        batch_sampler=BatchSampler(_OfTwo(12, torch.Generator().manual_seed(1)), 4, False),
    ),
    "the global generator": lambda: DataLoader(SMALL, 4, shuffle=True),
    "two workers": lambda: DataLoader(
        SMALL, 4, shuffle=True, num_workers=2, generator=torch.Generator().manual_seed(1)
    ),
}


@pytest.mark.parametrize("name", LOADERS)
def test_whatever_orders_the_data_goes_on_after_a_stop(name: str, tmp_path: Path) -> None:
    def run(epochs: int, path: Path) -> torch.Tensor:
        torch.manual_seed(3)
        model = nn.Linear(6, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        loader = LOADERS[name]()
        fit(model, loader, [*loader][:1], epochs, optimizer, checkpoint=path, progress=False)
        return model.weight.detach()

    whole = run(3, tmp_path / "whole.pt")
    run(1, tmp_path / "stopped.pt")
    assert torch.equal(run(3, tmp_path / "stopped.pt"), whole)


def test_an_order_that_cannot_be_brought_back_is_refused_at_the_door(tmp_path: Path) -> None:
    model = nn.Linear(6, 3)
    for loader, words in (
        (DataLoader(SMALL, 4, num_workers=1, persistent_workers=True), "persistent_workers"),
        (DataLoader(SMALL, 4, sampler=_OfTwo(12, np.random.default_rng(0))), "draws from a Gener"),
    ):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        with pytest.raises(ValueError, match=words):
            fit(model, loader, [], 1, optimizer, checkpoint=tmp_path / "run.pt")
