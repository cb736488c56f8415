"""Images per second of the training program with one process and with two.

    python benchmarks/distributed.py [--rounds N] [--epochs N] [--out FILE]

Both train the same: the CNN of notebook 06 on the bundled digits, global batch 256, one thread for
each process. They take turns, and the ratio is taken within a round, so that what else the machine
does meets both alike. Counted is the time of the training epochs, without start-up and evaluation;
a run's first epoch warms up and is left out. The claim stands below the table; the exit code is 1
where it does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
BATCH_SIZE = 256
CLAIM = 1.7
"""How many times the images per second of one process two of them reach, at least."""


def images_per_second(processes: int, epochs: int) -> float:
    """Median over the epochs of one run, the first left out."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        command = [
            sys.executable,
            *(launcher if processes > 1 else []),
            *("-m", "course_utils.train", "--model", "cnn", "--data", "mnist", "--device", "cpu"),
            *("--epochs", str(epochs + 1), "--batch-size", str(BATCH_SIZE)),
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


def machine() -> str:
    """Processor, cores and versions, in one line."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    return (
        f"{processor}, {os.cpu_count()} cores, 1 torch thread for each process, "
        f"{platform.system()}, Python {platform.python_version()}, torch {torch.__version__}"
    )


def report(speeds: dict[int, list[float]]) -> tuple[str, bool]:
    """The table and the claim as Markdown, and whether the claim holds."""
    rounds = len(speeds[1])
    ratios = [two / one for one, two in zip(speeds[1], speeds[2], strict=True)]
    ratio = statistics.median(ratios)
    holds = ratio >= CLAIM
    lines = [
        "# Images per second in training, one process against two",
        "",
        f"{machine()}. The course's CNN, global batch {BATCH_SIZE}; median of {rounds} rounds.",
        "",
        "| processes | samples of each batch | images per second |",
        "| ---: | ---: | ---: |",
    ]
    for processes, values in speeds.items():
        each = BATCH_SIZE // processes
        lines.append(f"| {processes} | {each} each | {statistics.median(values):,.0f} |")
    lines += [
        "",
        f"- two processes: {ratio:.2f} × one process (claimed: at least {CLAIM} ×): "
        f"{'holds' if holds else 'DOES NOT HOLD'}. "
        f"In the single rounds: {', '.join(f'{one:.2f}' for one in ratios)}.",
    ]
    return "\n".join(lines) + "\n", holds


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and return 0 where the claim holds."""
    parser = argparse.ArgumentParser(description="Measure one training process against two.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="counted epochs of each run")
    parser.add_argument("--out", type=Path, help="write the table to this file too")
    options = parser.parse_args(arguments)

    speeds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(options.rounds):
        for processes, values in speeds.items():
            values.append(images_per_second(processes, options.epochs))
    text, holds = report(speeds)
    print(text, end="")
    if options.out:
        options.out.write_text(text, encoding="utf-8", newline="\n")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
