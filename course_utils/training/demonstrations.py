"""What the processes of a group hold, tell each other and compute, small enough to look at.

Under torchrun, `-m course_utils.training.demonstrations FOLDER` lets each process write down what
it saw: `FOLDER/rank_0.pt` and so on. It lives in a file, because a new process can import a file,
and no cell of a notebook.

Built in notebook 10.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

from course_utils.datasets import ImageDataset, load_mnist
from course_utils.devices import set_seed
from course_utils.models import CNN, SoftmaxRegression
from course_utils.training.processes import Place, Processes, connected

BATCH = 64
UNEVEN = 3
"""A batch that two processes cannot share evenly."""
TIMED_BATCH = 256


def all_reduce_by_hand(values: Tensor) -> None:
    """Make `values`, of any shape, the sum over all processes, in each of them and in place.

    Raises ValueError where `torch.distributed` has not been set up.

    Built in notebook 10.
    """
    rank, world_size = dist.get_rank(), dist.get_world_size()
    if rank > 0:
        dist.send(values, dst=0)  # my part goes to process 0 …
        dist.recv(values, src=0)  # … and the sum comes back
    else:
        part = torch.empty_like(values)
        for other in range(1, world_size):
            dist.recv(part, src=other)
            values += part
        for other in range(1, world_size):
            dist.send(values, dst=other)


def all_reduces(processes: Processes) -> dict[str, Any]:
    """Two numbers of this process, and their sums by hand and by `torch.distributed`.

    Built in notebook 10.
    """
    own = torch.tensor([1.0, 10.0]) * (processes.rank + 1)
    by_hand, real = own.clone(), own.clone()
    all_reduce_by_hand(by_hand)
    dist.all_reduce(real)
    return {"own numbers": own, "by hand": by_hand, "all_reduce": real}


def gradient(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Gradient of the batch's mean loss with respect to the first weights, in a tensor of its own.

    images: [B, C, H, W]. labels: int64 [B].

    Built in notebook 10.
    """
    model.zero_grad()
    cross_entropy(model(images), labels).backward()
    grad = next(model.parameters()).grad
    if grad is None:
        raise ValueError("model: expected parameters that take part in the gradient")
    return grad.clone()


def parallel_gradients(processes: Processes, data: ImageDataset) -> dict[str, Any]:
    """Weights before and after DDP has the model, and gradients of this process's share.

    Every process begins with a seed of its own. The batches are the first `BATCH` and the first
    `UNEVEN` images of `data`, every `world_size`-th of which is this process's.

    Built in notebook 10.
    """
    set_seed(processes.rank)
    model = SoftmaxRegression()
    before = model.linear.weight[0, 0].item()
    parallel = DistributedDataParallel(model, process_group=processes.group)
    after = model.linear.weight[0, 0].item()
    share = list(range(processes.rank, BATCH, processes.world_size))
    images, labels = data.__getitems__(share)
    few = list(range(processes.rank, UNEVEN, processes.world_size))
    return {
        "weight before": before,
        "weight after": after,
        "parameters": sum(param.numel() for param in model.parameters()),
        "share": share,
        "own gradient": gradient(model, images, labels),
        "DDP gradient": gradient(parallel, images, labels),
        "uneven gradient": gradient(parallel, *data.__getitems__(few)),
    }


def seconds_of_work(processes: Processes) -> dict[str, Any]:
    """Processor seconds of a forward and backward pass of the CNN: a whole batch, and this share.

    All processes work at the same time. The best of three repeats counts.

    Built in notebook 10.
    """
    model = CNN()
    seconds = {}
    share = TIMED_BATCH // processes.world_size
    for name, count in (("seconds, whole batch", TIMED_BATCH), ("seconds, share", share)):
        images, labels = torch.zeros(count, 1, 28, 28), torch.zeros(count, dtype=torch.int64)
        repeats = []
        for _ in range(3):
            processes.largest(0)  # wait for each other
            start = time.process_time()
            gradient(model, images, labels)
            repeats.append(time.process_time() - start)
        seconds[name] = min(repeats)
    return seconds


def main(folder: Path) -> None:
    """Run every demonstration in this process of a group, and write down what it saw.

    Built in notebook 10.
    """
    torch.set_num_threads(1)
    with connected(Place.from_environment(), torch.device("cpu")) as processes:
        seen = {
            "rank": processes.rank,
            **all_reduces(processes),
            **parallel_gradients(processes, load_mnist()),
            **seconds_of_work(processes),
        }
        torch.save(seen, folder / f"rank_{processes.rank}.pt")
        processes.largest(0)  # nobody leaves before all have written


if __name__ == "__main__":
    main(Path(sys.argv[1]))
