"""The program as a reader starts it: in this process, or in several under torchrun."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from course_utils.training.program import main

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 240
"""Seconds after which a test gives up; far more than any of these runs needs."""

SMALL = ("--model", "softmax", "--batch-size", "500", "--device", "cpu", "--no-progress")
"""A run of 16 batches an epoch, a few milliseconds each."""


def program(*arguments: object) -> int:
    """Exit code of the program, run in this process alone."""
    return main([str(argument) for argument in arguments])


@contextmanager
def signal_after(steps: int, number: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    """Send this process a signal after so many steps of an optimizer."""
    count = itertools.count(1)

    def stepped(*unused: Any) -> None:
        if next(count) == steps:
            signal.raise_signal(number)

    hook = register_optimizer_step_post_hook(stepped)
    try:
        yield
    finally:
        hook.remove()


@contextmanager
def torchrun(
    *arguments: object,
    processes: int = 2,
    options: tuple[str, ...] = ("--standalone",),
    module: str = "course_utils.train",
) -> Iterator[subprocess.Popen[str]]:
    """torchrun as a process of its own, ended with all that it started when the test is over."""
    if sys.platform == "win32":
        pytest.skip("PyTorch may come without the library that torchrun's meeting point needs")
    command = [sys.executable, "-m", "torch.distributed.run", *options]
    command += ["--nproc-per-node", str(processes), "-m", module, *map(str, arguments)]
    started = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, text=True,
        encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield started
    finally:
        if started.poll() is None:
            started.terminate()
        started.communicate(timeout=PATIENCE)


def finished(*arguments: object, **options: Any) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a whole torchrun."""
    with torchrun(*arguments, **options) as started:
        out, err = started.communicate(timeout=PATIENCE)
        return started.returncode, out, err


def events(log: Path) -> list[dict[str, Any]]:
    """The log's events; every line must be whole."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def assert_same_bits(one: Path, other: Path) -> None:
    """Both folders hold checkpoints with the same weights, to the last bit."""
    expected, found = (
        torch.load(folder / "checkpoint.pt", weights_only=True)["model"] for folder in (one, other)
    )
    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        assert torch.equal(tensor, found[name]), name
