"""How the course answers to damaged files: draws random damage, loads, and counts the answers.

    python benchmarks/damage.py [--draws N] [--seed N] [--originals FOLDER] [--out FILE]

A draw cuts a file short, flips one bit of it, or exchanges two stretches of it. The answer has to
be one sentence with the file's name: for bundled files, for a full data set in torchvision's layout
(from the four `.gz` files of Fashion-MNIST in FOLDER, by default those of Debian's package
dataset-fashion-mnist), for a checkpoint of `fit`, and for the checkpoints of the training program,
which has to go on from the one before. The exit code is 1 where one draw was answered otherwise.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from machine import conclude, machine  # noqa: E402

from tests.course_utils.damage.draws import (  # noqa: E402
    KINDS,
    Draw,
    Subject,
    bundled_files,
    checkpoint,
    draw,
    full_set,
    run_folder,
)
from tests.sources import FASHION_FOLDER  # noqa: E402

Prepare = Callable[[Path], AbstractContextManager[Subject]]


def report(results: dict[str, list[Draw]], seed: int) -> tuple[str, bool]:
    """The table, and whether every draw was refused as it should be."""
    lines = [
        "# Damaged files",
        "",
        f"{machine()}. Seed {seed}.",
        "",
        "| file of | draws | cut short | bit flipped | stretches exchanged | refused by name |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    others: list[str] = []
    for name, drawn in results.items():
        kinds = Counter(one.kind for one in drawn)
        refused = sum(one.verdict == "refused" for one in drawn)
        counts = " | ".join(str(kinds[kind]) for kind in KINDS)
        lines.append(f"| {name} | {len(drawn)} | {counts} | {refused} |")
        others += [
            f"{one.file}, {one.kind}: {one.verdict}" for one in drawn if one.verdict != "refused"
        ]
    lines += ["", *(f"- NOT REFUSED: {one}" for one in others)]
    if not others:
        lines.append("- All were refused in one sentence with the file's name; none was loaded.")
    return "\n".join(lines) + "\n", not others


def main(arguments: list[str] | None = None) -> int:
    """Draw, print the table, and return 0 where all damage was refused."""
    parser = argparse.ArgumentParser(description="Damage files at random and try to load them.")
    parser.add_argument("--draws", type=int, default=200, help="for each kind of file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--originals", type=Path, default=FASHION_FOLDER, metavar="FOLDER")
    parser.add_argument("--out", type=Path, help="write the table to this file too")
    options = parser.parse_args(arguments)

    subjects: list[Prepare] = [
        bundled_files,
        lambda folder: full_set(folder, options.originals, train=True),
        checkpoint,
        run_folder,
    ]
    rng = random.Random(options.seed)
    results: dict[str, list[Draw]] = {}
    for prepare in subjects:
        with tempfile.TemporaryDirectory() as folder, prepare(Path(folder)) as subject:
            results[subject.name] = [draw(subject, rng) for _ in range(options.draws)]
    text, holds = report(results, options.seed)
    return conclude(text, holds, options.out)


if __name__ == "__main__":
    sys.exit(main())
