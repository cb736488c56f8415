"""Small runs that groups of processes do alike: `python -m tests.course_utils.train.scenarios F`.

Under torchrun with four processes, groups of two, three and four of them train one after another.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from course_utils.datasets import ImageDataset, load_mnist
from course_utils.training.errors import TrainingFailed
from course_utils.training.gradients import GradientSums
from course_utils.training.place import Place
from course_utils.training.processes import Processes, connected
from course_utils.training.settings import parse
from course_utils.training.shared_epoch import Sums, evaluate, train_epoch
from course_utils.training.work import prepare

CPU = torch.device("cpu")
WORLDS = (2, 3, 4)
SCENARIOS = {
    "cnn": "--model cnn --batch-size 24",
    "mlp": "--model mlp --batch-size 24",
    "mlp, accumulated": "--model mlp --batch-size 12 --accumulate 4",
    "cnn, bf16": "--model cnn --batch-size 24 --precision bf16",
    # 121 = 10 · 12 + 1: the last batch leaves all processes but one without a sample.
    "softmax, sgd": "--model softmax --optimizer sgd --schedule constant --batch-size 12",
    "cnn, sgd": "--model cnn --optimizer sgd --lr 0.01 --schedule constant --batch-size 12",
}
SAMPLES = 121


def data() -> tuple[ImageDataset, ImageDataset]:
    """Few images, and an odd number of them."""
    whole = load_mnist()
    train = ImageDataset(whole.images[:SAMPLES], whole.labels[:SAMPLES], whole.classes)
    return train, ImageDataset(whole.images[-71:], whole.labels[-71:], whole.classes)


def trained(options: str, processes: Processes) -> dict[str, Any]:
    """What an epoch leads to: weights in a row, sums while training, test loss and accuracy."""
    settings = parse(options.split(), processes.world_size)
    work = prepare(settings, data(), processes)
    gradients, sums = GradientSums(work.model, processes), Sums()
    train_epoch(work, gradients, processes, sums, settings.accumulate, settings.precision)
    test = evaluate(work.model, work.test_loader, processes, settings.precision)
    weights = torch.cat([param.detach().flatten() for param in work.model.parameters()])
    figures = torch.tensor([sums.loss, sums.correct, sums.samples, *test], dtype=torch.float64)
    return {"weights": weights, "figures": figures}


def _groups(place: Place) -> Iterator[Processes]:
    """The groups that this process belongs to; all four processes have to make each of them."""
    for world_size in WORLDS:
        group = dist.new_group(list(range(world_size)))
        if place.rank < world_size and isinstance(group, dist.ProcessGroup):
            yield Processes(Place(place.rank, world_size, place.rank, world_size), CPU, group)


def _messages(processes: Processes) -> dict[str, Any]:
    """What the processes tell each other, as every one of them sees it."""
    failure = ""
    try:
        # One process alone has the loss that is not finite, all of them have to say so.
        options = "--model softmax --batch-size 12 --optimizer sgd --schedule constant"
        work = prepare(parse(options.split(), 1), data(), processes)
        gradients = GradientSums(work.model, processes)
        if processes.rank == 1:
            with torch.no_grad():
                next(work.model.parameters()).fill_(torch.nan)
        train_epoch(work, gradients, processes, Sums())
    except TrainingFailed as error:
        failure = str(error)
    return {
        "sums": processes.sums(processes.rank, 1, 0.5),
        "largest": processes.largest(processes.rank * 3),
        "from_first": processes.from_first(f"rank {processes.rank}"),
        "from_all": processes.from_all(processes.rank),
        "failure": failure,
    }


def main(folder: Path) -> None:
    """Run every scenario in every group; each process writes down what it ended with."""
    torch.set_num_threads(1)
    with connected(Place.from_environment(), CPU) as everybody:
        for processes in _groups(everybody.place):
            results: dict[str, Any] = {
                name: trained(options, processes) for name, options in SCENARIOS.items()
            }
            results["messages"] = _messages(processes)
            torch.save(results, folder / f"{processes.world_size}_{processes.rank}.pt")
        everybody.largest(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
