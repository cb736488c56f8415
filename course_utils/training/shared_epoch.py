"""Training and evaluation of one process's share, with sums that hold for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from course_utils.devices import predicting
from course_utils.training.errors import TrainingFailed
from course_utils.training.gradients import GradientSums, parts_of_share
from course_utils.training.processes import Processes
from course_utils.training.work import Batches, Work

READ_EVERY = 20
"""Batches between two looks at the loss: each look waits for the GPU and for all processes."""


@dataclass
class Sums:
    """Summed loss, correct predictions and samples, over all processes, since the epoch began."""

    loss: float = 0.0
    correct: float = 0.0
    samples: float = 0.0

    @property
    def mean_loss(self) -> float:
        """The loss per sample."""
        return self.loss / self.samples

    @property
    def accuracy(self) -> float:
        """The share of correct predictions."""
        return self.correct / self.samples


@dataclass
class Reading:
    """Collects each batch's figures on the device, and reads them seldom."""

    processes: Processes
    sums: Sums
    waiting: list[Tensor] = field(default_factory=list)
    samples: int = 0

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Take in a batch: its summed loss, logits [B, K], labels [B]. It waits for no GPU."""
        correct = logits.detach().argmax(dim=1).eq(labels).sum()
        self.waiting.append(torch.stack([loss.detach(), correct.to(loss.dtype)]))
        self.samples += len(labels)

    def read(self) -> Sums:
        """Add what was collected in all processes to the sums, which are equal in all of them."""
        # In float64, so that the sums hardly depend on how the samples were shared out.
        sums = torch.stack(self.waiting).cpu().double().sum(dim=0) if self.waiting else [0, 0]
        loss, correct, samples = self.processes.sums(*map(float, sums), self.samples)
        self.sums.loss += loss
        self.sums.correct += correct
        self.sums.samples += samples
        self.waiting, self.samples = [], 0
        return self.sums


def train_epoch(
    work: Work,
    gradients: GradientSums,
    processes: Processes,
    sums: Sums,
    accumulate: int = 1,
    precision: str = "float32",
    after_batch: Callable[[int, Sums], None] = lambda batch, sums: None,
    after_step: Callable[[int], bool] = lambda batch: False,
) -> int:
    """Train on this process's share of the epoch's global batches; return how many are done.

    The epoch and the first batch are those of `work.sampler`. gradients: of `work.model`. sums:
    grows by what this call trains on. accumulate: global batches whose gradients make one step,
    that of one large batch, for an incomplete last group too. after_batch(batches, sums) is called
    after each batch. after_step(batches) is called after each step of the optimizer but the epoch's
    last one; where it returns True, the epoch ends there.

    Raises TrainingFailed, in all processes alike, where the loss is not finite.

    Built in notebook 10.
    """
    work.model.train()
    sampler, num_batches = work.sampler, work.sampler.num_batches
    parts = parts_of_share(processes)
    reading = Reading(processes, sums)
    batch = sampler.first
    for images, labels in moved(work.train_loader, processes.device):
        group_begin = batch - batch % accumulate
        group_end = min(group_begin + accumulate, num_batches)
        batch += 1
        # The loss is the mean over all samples of the step, in whichever process they are.
        samples = sampler.samples_between(group_begin, group_end)
        for part in range(parts):
            steps = batch == group_end and part == parts - 1
            with nullcontext() if steps else gradients.apart():
                with autocast(processes.device, precision):
                    # Copied together, so that a part is the same bytes for any number of parts.
                    logits = gradients.model(images[part::parts].contiguous())
                loss = cross_entropy(logits.float(), labels[part::parts], reduction="sum")
                (loss / samples).backward()
            reading.add(loss, logits, labels[part::parts])
            if not steps:
                gradients.keep()
        if batch == group_end:
            gradients.finish()
            work.optimizer.step()
            work.optimizer.zero_grad()
            work.scheduler.step()
        if batch % READ_EVERY == 0 or batch == num_batches:
            check_finite(reading.read(), sampler.epoch, batch)
        after_batch(batch, sums)
        if batch == group_end < num_batches and after_step(batch):
            check_finite(reading.read(), sampler.epoch, batch)
            break
    return batch


def evaluate(
    model: nn.Module, loader: Batches, processes: Processes, precision: str = "float32"
) -> tuple[float, float]:
    """Mean loss per sample and accuracy over the test images of all processes together.

    Built in notebook 10.
    """
    reading = Reading(processes, Sums())
    with predicting(model):
        for images, labels in moved(loader, processes.device):
            with autocast(processes.device, precision):
                logits = model(images)
            loss = cross_entropy(logits.float(), labels, reduction="sum")
            reading.add(loss, logits, labels)
    sums = reading.read()
    return sums.mean_loss, sums.accuracy


def check_finite(sums: Sums, epoch: int, batch: int) -> None:
    """Raise TrainingFailed where the sum of the losses is not finite, as one bad loss makes it."""
    if not math.isfinite(sums.loss):
        raise TrainingFailed(
            f"loss: expected a finite number, got {sums.loss} in epoch {epoch} by batch {batch}: "
            "lower --lr, and look for nan or inf in the images"
        )


def moved(loader: Batches, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """The loader's batches on the device; those that are there already stay as they are."""
    # Out of pinned memory the copy runs while the GPU computes.
    for images, labels in loader:
        yield images.to(device, non_blocking=True), labels.to(device, non_blocking=True)


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Layers compute in bfloat16 inside; weights, gradients and the loss stay float32."""
    if precision == "bf16":
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()
