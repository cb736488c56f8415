"""Images per second out of the input pipeline, for the full, shuffled Fashion-MNIST.

    python benchmarks/loader.py [--root FOLDER] [--repeats N] [--out FILE]

Four ways to walk once through the same 60,000 images in a random order, as float32 batches in
[0, 1] with their labels, in one process:

- torchvision: `torchvision.datasets.FashionMNIST` with `ToTensor` in a stock DataLoader, which
  turns each image into a PIL picture and back, and then stacks them;
- make_loader: the course's loader, a stock DataLoader that fetches whole batches;
- bare tensor indexing: no loader at all. A random permutation is cut into batches, and each takes
  `images[indices].float().div(255)` and `labels[indices]`;
- bare index_select: the same with `index_select` and the division in place, the fastest calls that
  we know. The course's loader makes them too; the rest of its time is the DataLoader's own.

The ways take turns, and each ratio is taken within a round: what else the machine does meets all
of them alike. torch gets one thread, because several of them on a busy machine spend their time
waiting for each other, and the table would show that. The claims of the project stand below the
table; the exit code is 1 where one does not hold.
"""

import argparse
import gzip
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torchvision
from machine import conclude, machine, verdict
from torch import Tensor
from torch.utils.data import DataLoader

from course_utils.datasets import ImageDataset, data_folder, load_fashion_mnist, make_loader

BATCH_SIZES = (32, 256)
CLAIMS = {32: 15, 256: 25}
"""How many times as many images per second as torchvision, by batch size."""
SHARE_OF_BARE = 0.6

Speeds = dict[str, list[float]]
"""Images per second of each way, one number a round."""


def shuffled_indices(count: int, batch_size: int) -> Iterable[Tensor]:
    """A random permutation of 0 … count-1 in batches, the last one perhaps shorter."""
    return torch.split(torch.randperm(count), batch_size)


def bare_indexing(dataset: ImageDataset, batch_size: int) -> Iterable[Any]:
    """Batches of a random permutation by plain indexing."""
    images, labels = dataset.images, dataset.labels
    for indices in shuffled_indices(len(images), batch_size):
        yield images[indices].float().div(255), labels[indices]


def bare_index_select(dataset: ImageDataset, batch_size: int) -> Iterable[Any]:
    """The same batches by the fastest calls that we know."""
    images, labels = dataset.images, dataset.labels
    for indices in shuffled_indices(len(images), batch_size):
        yield images.index_select(0, indices).float().div_(255), labels.index_select(0, indices)


def seconds_of_one_pass(make_batches: Callable[[], Iterable[Any]], expected: int) -> float:
    """Wall-clock seconds of one pass of batches; all `expected` images must come."""
    start = time.perf_counter()
    seen = 0
    for images, _ in make_batches():
        seen += len(images)
    seconds = time.perf_counter() - start
    if seen != expected:
        raise RuntimeError(f"expected {expected} images in one pass, got {seen}")
    return seconds


def measure(root: Path, repeats: int) -> dict[int, Speeds]:
    """Images per second in each round, for each batch size and each way."""
    dataset = load_fashion_mnist(full=True, root=root)
    for archive in (root / "FashionMNIST" / "raw").glob("*.gz"):  # which torchvision does not read
        archive.with_suffix("").write_bytes(gzip.decompress(archive.read_bytes()))
    stock = torchvision.datasets.FashionMNIST(root, transform=torchvision.transforms.ToTensor())
    speeds = {}
    for batch_size in BATCH_SIZES:
        ways: dict[str, Callable[[], Iterable[Any]]] = {
            "torchvision": partial(DataLoader, stock, batch_size, shuffle=True),
            "make_loader": partial(make_loader, dataset, batch_size, shuffle=True),
            "bare tensor indexing": partial(bare_indexing, dataset, batch_size),
            "bare index_select": partial(bare_index_select, dataset, batch_size),
        }
        rounds: Speeds = {way: [] for way in ways}
        for repeat in range(repeats + 1):
            for way, make_batches in ways.items():
                seconds = seconds_of_one_pass(make_batches, len(dataset))
                if repeat:  # the first round only warms up
                    rounds[way].append(len(dataset) / seconds)
        speeds[batch_size] = rounds
    return speeds


def ratio(speeds: Speeds, way: str, other: str) -> float:
    """Median over the rounds of how many times as fast `way` was as `other`."""
    return statistics.median(a / b for a, b in zip(speeds[way], speeds[other], strict=True))


def report(speeds: dict[int, Speeds], repeats: int) -> tuple[str, bool]:
    """The table and the claims as Markdown, and whether all claims hold."""
    lines = [
        "# Images per second, full Fashion-MNIST, shuffled",
        "",
        f"{machine('torchvision')}, {torch.get_num_threads()} torch thread. Median of {repeats} "
        "rounds over all 60,000 images.",
        "",
        "| | " + " | ".join(f"batch {size}" for size in speeds) + " |",
        "| --- |" + " ---: |" * len(speeds),
    ]
    for way in next(iter(speeds.values())):
        cells = (f"{statistics.median(speeds[size][way]):,.0f}" for size in speeds)
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    lines.append("")
    all_hold = True
    for size, ways in speeds.items():
        times = ratio(ways, "make_loader", "torchvision")
        share = ratio(ways, "make_loader", "bare tensor indexing")
        strict = ratio(ways, "make_loader", "bare index_select")
        holds = times >= CLAIMS[size] and share >= SHARE_OF_BARE
        all_hold = all_hold and holds
        lines.append(
            f"- batch {size}: {times:.1f} × torchvision (claimed: at least {CLAIMS[size]} ×), "
            f"{share:.0%} of bare tensor indexing (claimed: at least {SHARE_OF_BARE:.0%}): "
            f"{verdict(holds)}. {strict:.0%} of bare index_select."
        )
    return "\n".join(lines) + "\n", all_hold


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and return 0 where every claim holds."""
    parser = argparse.ArgumentParser(description="Measure the course's input pipeline.")
    parser.add_argument("--root", type=Path, default=None, help="folder of the full data sets")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, help="write the table to this file too")
    options = parser.parse_args(arguments)

    torch.set_num_threads(1)
    text, all_hold = report(measure(data_folder(options.root), options.repeats), options.repeats)
    return conclude(text, all_hold, options.out)


if __name__ == "__main__":
    sys.exit(main())
