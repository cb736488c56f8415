"""Small runs that groups of processes do alike: `… -m tests.course_utils.training.scenarios F`.

Under torchrun with four processes, groups of two, three and four of them train one after another.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from tqdm import tqdm

from course_utils.datasets import ImageDataset, load_mnist
from course_utils.training.processes import Place, Processes, StopRequest, connected
from course_utils.training.program import Training, evaluate, prepare, train_epoch
from course_utils.training.settings import TrainingFailed, parse

CPU = torch.device("cpu")
WORLDS = (2, 3, 4)
SAMPLES, TESTS = 121, 71
SCENARIOS = {
    "cnn": "--model cnn --batch-size 24",
    "mlp, bf16": "--model mlp --batch-size 24 --precision bf16",
    # 121 = 10 · 12 + 1: the last batch leaves all processes but one without a sample.
    "softmax": "--model softmax --batch-size 12",
}


def begun(options: str, processes: Processes) -> Training:
    """A run over few images, and an odd number of them."""
    whole = load_mnist()
    train, test = (
        ImageDataset(whole.images[part], whole.labels[part], whole.classes)
        for part in (slice(SAMPLES), slice(-TESTS, None))
    )
    return prepare(parse(options.split(), processes.world_size), processes, train, test)


def epoch_of(training: Training) -> None:
    """One epoch, without a bar and without a signal."""
    train_epoch(training, StopRequest(), tqdm(disable=True))


def trained(options: str, processes: Processes) -> dict[str, Any]:
    """What an epoch leads to: weights in a row, sums while training, test loss and accuracy."""
    training = begun(options, processes)
    epoch_of(training)
    weights = torch.cat([param.detach().flatten() for param in training.model.parameters()])
    figures = torch.tensor([*training.sums.tolist(), *evaluate(training)])
    return {"weights": weights, "figures": figures}


def failure_of_one(processes: Processes) -> str:
    """What a process says when process 1 alone has a loss that is not finite."""
    training = begun("--model softmax --batch-size 12", processes)
    if processes.rank == 1:
        torch.nn.init.constant_(next(training.model.parameters()), torch.nan)
    try:
        epoch_of(training)
    except TrainingFailed as error:
        return str(error)
    return "nothing"


def _groups(place: Place) -> Iterator[Processes]:
    """The groups that this process belongs to; all four processes have to make each of them."""
    for world_size in WORLDS:
        group = dist.new_group(list(range(world_size)))
        if place.rank < world_size and isinstance(group, dist.ProcessGroup):
            yield Processes(Place(place.rank, world_size, place.rank, world_size), CPU, group)


def main(folder: Path) -> None:
    """Run every scenario in every group; each process writes down what it ended with."""
    torch.set_num_threads(1)
    with connected(Place.from_environment(), CPU) as everybody:
        for processes in _groups(everybody.place):
            rank, world_size = processes.rank, processes.world_size
            results = {name: trained(options, processes) for name, options in SCENARIOS.items()}
            said = {
                "largest": processes.largest(rank * 3),
                "from_first": processes.from_first(f"rank {rank}"),
                "from_all": processes.from_all(rank),
                "failure": failure_of_one(processes),
            }
            torch.save({**results, "said": said}, folder / f"{world_size}_{rank}.pt")
        everybody.largest(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
