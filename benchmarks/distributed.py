"""Images per second of the training program with one process and with two.

    python benchmarks/distributed.py [--rounds N] [--epochs N] [--out FILE]

Both train the same: the CNN of notebook 06 on the bundled digits, global batch 256, one thread for
each process. They take turns, and the ratio is taken within a round, so that what else the machine
does meets both alike. In the same round two processes work that tell each other nothing: more than
these the machine does not give, whose cores share their memory. Counted is the time of the training
epochs, without start-up and evaluation; a run's first epoch warms up and is left out. The claim
stands below the table; the exit code is 1 where it does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from machine import conclude, machine, verdict

ROOT = Path(__file__).resolve().parent.parent
BATCH_SIZE = 256
CLAIM = 1.7
"""How many times the images per second of one process two of them reach, at least."""


def images_per_second(processes: int, epochs: int, batch_size: int = BATCH_SIZE) -> float:
    """Median over the epochs of one run, the first left out."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        command = [
            sys.executable,
            *(launcher if processes > 1 else []),
            *("-m", "course_utils.train", "--model", "cnn", "--data", "mnist", "--device", "cpu"),
            *("--epochs", str(epochs + 1), "--batch-size", str(batch_size)),
            *("--threads", "1", "--no-progress", "--log-file", str(log)),
        ]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"the run with {processes} processes failed:\n{done.stderr}")
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    speeds: list[float] = [
        event["images_per_second"] for event in events if event["event"] == "epoch"
    ]
    return statistics.median(speeds[1:])


def strangers(epochs: int) -> float:
    """Images per second of two single processes, half a batch each, that run side by side.

    They compute what two processes of one run compute and tell each other nothing: what is missing
    to twice one process, the machine keeps back; what is missing to this, the talking costs.
    """
    with ThreadPoolExecutor(2) as pool:
        halves = [pool.submit(images_per_second, 1, epochs, BATCH_SIZE // 2) for _ in range(2)]
        return sum(half.result() for half in halves)


def report(speeds: dict[str, list[float]]) -> tuple[str, bool]:
    """The table and the claim as Markdown, and whether the claim holds."""
    one, two, apart = speeds.values()
    rounds = len(one)
    ratios = [many / single for single, many in zip(one, two, strict=True)]
    limits = [many / single for single, many in zip(one, apart, strict=True)]
    ratio, limit = statistics.median(ratios), statistics.median(limits)
    holds = ratio >= CLAIM
    lines = [
        "# Images per second in training, one process against two",
        "",
        f"{machine()}. The course's CNN, global batch {BATCH_SIZE}, one torch thread for each "
        f"process; median of {rounds} rounds.",
        "",
        "| processes | images per second |",
        "| --- | ---: |",
        *(f"| {name} | {statistics.median(values):,.0f} |" for name, values in speeds.items()),
        "",
        f"- two processes: {ratio:.2f} × one process (claimed: at least {CLAIM} ×): "
        f"{verdict(holds)}. "
        f"In the single rounds: {', '.join(f'{each:.2f}' for each in ratios)}.",
        f"- the limit of this machine: two processes that tell each other nothing reach "
        f"{limit:.2f} × one process; training together reaches {ratio / limit:.0%} of that.",
    ]
    return "\n".join(lines) + "\n", holds


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and return 0 where the claim holds."""
    parser = argparse.ArgumentParser(description="Measure one training process against two.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="counted epochs of each run")
    parser.add_argument("--out", type=Path, help="write the table to this file too")
    options = parser.parse_args(arguments)

    half = BATCH_SIZE // 2
    ways: dict[str, Callable[[], float]] = {
        f"one, {BATCH_SIZE} of each batch": lambda: images_per_second(1, options.epochs),
        f"two that train together, {half} of each batch each": (
            lambda: images_per_second(2, options.epochs)
        ),
        f"two that know nothing of each other, batches of {half}": lambda: strangers(
            options.epochs
        ),
    }
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, measure in ways.items():
            speeds[name].append(measure())
    text, holds = report(speeds)
    return conclude(text, holds, options.out)


if __name__ == "__main__":
    sys.exit(main())
