"""Which samples which process sees: the same global batches for any number of processes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Sampler


def epoch_order(num_samples: int, seed: int, epoch: int) -> Tensor:
    """The order of all samples in one epoch: int64 [N], a permutation of 0 … N-1.

    It follows from its arguments alone, so that every process, and a run that was stopped and goes
    on, finds the same order without asking anybody.

    Built in notebook 10.
    """
    # torch keeps 32 bits of a seed, so seed and epoch are mixed into as many. With seed + epoch,
    # the second epoch of one seed would be the first of the next.
    mixed = int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])
    return torch.randperm(num_samples, generator=torch.Generator().manual_seed(mixed))


class GlobalBatchSampler(Sampler[list[int]]):
    """This process's share of each *global* batch, for `DataLoader(batch_sampler=...)`.

    PyTorch's `DistributedSampler` deals the samples out first and lets each process cut its own
    batches; it repeats or drops samples where they do not go up evenly. Here the epoch is cut into
    global batches first and each of them is shared out: no sample is repeated or dropped, and step
    by step any number of processes sees what a single one would. A batch smaller than `world_size`
    leaves some shares empty.

    batch_size: samples of a global batch. As with `DistributedSampler`, call `set_epoch` before
    each epoch, or every epoch has the same order. `set_epoch(epoch, first)` leaves out the batches
    before number `first`, for a run that goes on in the middle.

    Raises ValueError for a rank outside 0 … world_size - 1.

    Built in notebook 10.
    """

    def __init__(
        self, num_samples: int, batch_size: int, seed: int = 0, rank: int = 0, world_size: int = 1
    ) -> None:
        if not 0 <= rank < world_size:
            raise ValueError(f"rank: expected 0 to {world_size - 1}, got {rank}")
        self.num_samples, self.batch_size, self.seed = num_samples, batch_size, seed
        self.rank, self.world_size = rank, world_size
        self.num_batches = -(-num_samples // batch_size)  # rounded up
        self.set_epoch(1)

    def set_epoch(self, epoch: int, first: int = 0) -> None:
        """Choose the epoch whose order comes next, and the number of its first batch."""
        self.epoch, self.first = epoch, first

    def __len__(self) -> int:
        return self.num_batches - self.first

    def __iter__(self) -> Iterator[list[int]]:
        order = epoch_order(self.num_samples, self.seed, self.epoch)
        for batch in order.split(self.batch_size)[self.first :]:
            yield batch[self.rank :: self.world_size].tolist()

    def size_of(self, batch: int) -> int:
        """How many samples the global batch number `batch` holds, in all processes together."""
        return min(self.batch_size, self.num_samples - batch * self.batch_size)
