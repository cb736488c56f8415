"""Kill a training run at random moments, let it go on, and compare how it ends, bit by bit.

    python benchmarks/kills.py [--kills N] [--seed N] [--out FILE]

The run is that of the tests: dropout, batch statistics, Adam, a schedule and shuffling, with a
checkpoint after each epoch. A third of the kills is aimed at the writing of a checkpoint, the rest
at any moment from the first step of the optimizer to the last. After each kill the same command
runs to its end; weights and losses have to be those of a run that nobody disturbed. Each row says
where the run died and what it went on from. The exit code is 1 where one of them ended otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from machine import conclude, machine  # noqa: E402

from course_utils.training import loop  # noqa: E402
from tests.course_utils.training import run_small  # noqa: E402

PATIENCE = 300


@dataclass
class Run:
    """The run as a process of its own, and the last thing that it said it was doing."""

    process: subprocess.Popen[str]
    doing: str = "starting"
    step: int = 0

    def follow(self) -> None:
        """Read what the process says until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.doing = line.strip()
            if self.doing.startswith("step "):
                self.step = int(self.doing.split()[1])

    def wait_for(self, wanted: str | int) -> None:
        """Wait until the run says `wanted`, or has taken that many steps, or has ended."""
        while self.process.poll() is None:
            if self.doing == wanted or (isinstance(wanted, int) and self.step >= wanted):
                return
            time.sleep(0.0001)


def start(folder: Path) -> tuple[Run, threading.Thread]:
    """The run in `folder`, and the thread that listens to it."""
    command = [sys.executable, str(Path(__file__).resolve()), "--run", str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    )
    run = Run(process)
    listener = threading.Thread(target=run.follow, daemon=True)
    listener.start()
    return run, listener


def speak() -> None:
    """Let the run in this process say each step and each save, so that a kill can be placed."""
    save, steps = vars(loop)["save_checkpoint"], [0]

    def stepped(*unused: Any) -> None:
        steps[0] += 1
        print(f"step {steps[0]}", flush=True)

    def saying(path: Any, model: Any, epoch: int, *rest: Any) -> None:
        print(f"saving epoch {epoch}", flush=True)
        save(path, model, epoch, *rest)
        print(f"after epoch {epoch}", flush=True)

    register_optimizer_step_post_hook(stepped)
    vars(loop)["save_checkpoint"] = saying


def to_its_end(folder: Path) -> tuple[dict[str, Any], int]:
    """What the run in `folder` ends with, and how many steps it took."""
    run, listener = start(folder)
    code = run.process.wait(PATIENCE)
    listener.join()
    if code:
        raise RuntimeError(f"the run ended with exit code {code}")
    result: dict[str, Any] = torch.load(folder / "result.pt", weights_only=True)
    return result, run.step


def kill(folder: Path, chance: random.Random, steps: int) -> str:
    """Kill a new run of that many steps in `folder` at a random moment; what it was doing.

    A run that ends before the kill reaches it is no kill: the folder is emptied, and another drawn.
    """
    run, listener = start(folder)
    if chance.random() < 1 / 3:
        run.wait_for(f"saving epoch {chance.randint(1, run_small.EPOCHS)}")
    else:
        run.wait_for(chance.randint(1, steps))
    time.sleep(chance.uniform(0, 0.01))
    run.process.kill()
    run.process.wait(PATIENCE)
    listener.join()
    if run.process.returncode == 0:
        for file in folder.iterdir():
            file.unlink()
        return kill(folder, chance, steps)
    if not run.doing.startswith("step "):
        return run.doing
    epoch, step = divmod(run.step - 1, steps // run_small.EPOCHS)
    return f"epoch {epoch + 1}, step {step + 1}"


def state_of(folder: Path) -> str:
    """What the killed run has left: epochs of its checkpoints, and files that are not whole."""
    names = ("run.pt", "run.previous.pt")
    epochs = [
        str(torch.load(folder / name, weights_only=True)["epoch"])
        for name in names
        if (folder / name).exists()
    ]
    half = len(list(folder.glob(".run.pt.*.new")))
    return f"{', '.join(epochs) or 'none'} | {half}"


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two runs ended with equal losses and weights, to the last bit."""
    equal = [torch.equal(one["model"][name], tensor) for name, tensor in other["model"].items()]
    return one["losses"] == other["losses"] and len(one["model"]) == len(equal) and all(equal)


def main(arguments: list[str] | None = None) -> int:
    """Kill, resume, compare, and return 0 where all ended alike."""
    parser = argparse.ArgumentParser(description="Kill a training run and let it go on.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None, help="default: another one each time")
    parser.add_argument("--out", type=Path, help="write the table to this file too")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.run:
        speak()
        run_small.main(options.run)
        return 0

    seed = time.time_ns() % 10**6 if options.seed is None else options.seed
    chance, rows, alike = random.Random(seed), [], 0
    with tempfile.TemporaryDirectory() as whole:
        undisturbed, steps = to_its_end(Path(whole))
    for number in range(1, options.kills + 1):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            doing = kill(folder, chance, steps)
            left = state_of(folder)
            good = same(to_its_end(folder)[0], undisturbed)
            names = sorted(file.name for file in folder.iterdir())
            good = good and names == ["result.pt", "run.previous.pt", "run.pt"]
        alike += good
        rows.append(f"| {number} | {doing} | {left} | {'yes' if good else 'NO'} |")
        print(rows[-1], file=sys.stderr, flush=True)
    text = "\n".join(
        [
            "# Killed and resumed",
            "",
            f"{machine()}, one thread. Seed {seed}; {steps} steps in {run_small.EPOCHS} epochs.",
            "",
            "| kill | while the run was at | checkpoints left, of epoch | half files | alike |",
            "| ---: | --- | --- | ---: | --- |",
            *rows,
            "",
            f"- {alike} of {options.kills} ended with the weights and losses of the run that "
            "nobody disturbed, bit by bit, and left no half file.",
            "",
        ]
    )
    return conclude(text, alike == options.kills, options.out)


if __name__ == "__main__":
    sys.exit(main())
