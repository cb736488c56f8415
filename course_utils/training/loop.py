"""The training loop, in the order in which notebook 07 writes it: epoch, evaluation, whole run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import LBFGS, Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.utils.data import DataLoader
from tqdm.auto import tqdm

from course_utils.datasets.loaders import batches
from course_utils.devices import device_of, predicting
from course_utils.metrics import get_num_correct
from course_utils.training.checkpoints import (
    check_resumable,
    check_writable,
    load_checkpoint,
    newest,
    save_checkpoint,
)
from course_utils.training.history import Epoch, History

Batches = Iterable[tuple[Tensor, Tensor]]
LossFunction = Callable[[Tensor, Tensor], Tensor]


def train_epoch(
    model: nn.Module,
    loader: Batches,
    optimizer: Optimizer,
    loss_function: LossFunction = cross_entropy,
    scheduler: LRScheduler | None = None,
    accumulate: int = 1,
    epoch: int = 1,
) -> tuple[float, float]:
    """One epoch: train on every batch once; return the mean loss and the accuracy meanwhile.

    loader: batches of (images [B, ...], labels [B]). loss_function: from logits [B, K] and labels
    to the mean over the batch; the weights and ignored labels of an `nn.CrossEntropyLoss` count as
    it counts them. scheduler: stepped after every step of the optimizer. accumulate: batches that
    make one step, that of one large batch, for an incomplete last group too. epoch: its number,
    for messages.

    Returns (loss, accuracy), both over all samples, so a short last batch weighs what it should.

    Raises RuntimeError for a loss that is not finite, ValueError for a loader without batches, a
    batch without a label that counts, a loss that is a sum, and an `accumulate` below 1, TypeError
    and ValueError for logits and labels that do not fit.

    Built in notebook 05.
    """
    if accumulate < 1:
        raise ValueError(f"accumulate: expected at least 1, got {accumulate}")
    model.train()
    sums, in_group = _Sums(), 0.0
    for number, (images, labels) in enumerate(batches(loader, device_of(model)), start=1):
        logits = model(images)
        hits = get_num_correct(logits, labels)
        counted, weight = _counted(loss_function, labels)
        loss = loss_function(logits, labels)
        value = loss.item()
        if not math.isfinite(value):
            raise RuntimeError(
                f"loss: expected a finite number, got {value} at epoch {epoch}, step {number}: "
                "lower the learning rate, and look for nan or inf in the images"
            )
        if in_group == 0:
            optimizer.zero_grad()
        # After each batch the gradients are those of the mean over all samples of its group so far:
        # this batch takes its share, and the ones before it keep theirs. A group of one has it all.
        in_group += weight
        share = weight / in_group
        _scale_gradients(optimizer, 1 - share)
        (loss * share).backward()
        if number % accumulate == 0:
            _step(optimizer, scheduler)
            in_group = 0.0
        sums.add(value, weight, hits, counted)
    if in_group:
        _step(optimizer, scheduler)
    return sums.means


@dataclass
class _Sums:
    """Running sums over batches, of which the means over all samples are made."""

    loss: float = 0.0
    weight: float = 0.0
    hits: int = 0
    counted: int = 0

    def add(self, mean_loss: float, weight: float, hits: int, counted: int) -> None:
        self.loss += mean_loss * weight
        self.weight += weight
        self.hits += hits
        self.counted += counted

    @property
    def means(self) -> tuple[float, float]:
        """(loss, accuracy)."""
        return self.loss / self.weight, self.hits / self.counted


def _counted(loss_function: LossFunction, labels: Tensor) -> tuple[int, float]:
    """How many labels of a batch count, and the weight by which the loss divides their sum.

    These are the same number, unless the loss has a weight for each class.
    """
    reduction = getattr(loss_function, "reduction", "mean")
    if reduction != "mean":
        raise ValueError(f"loss_function: expected reduction='mean', got {reduction!r}")
    counting = labels[labels != getattr(loss_function, "ignore_index", -100)]
    if len(counting) == 0:
        raise ValueError("labels: expected at least one that counts, got a batch of ignored ones")
    weights = getattr(loss_function, "weight", None)
    weight = len(counting) if weights is None else weights[counting].sum().item()
    return len(counting), float(weight)


def _scale_gradients(optimizer: Optimizer, factor: float) -> None:
    for group in optimizer.param_groups:
        for param in group["params"]:
            if param.grad is not None:
                param.grad.mul_(factor)


def _step(optimizer: Optimizer, scheduler: LRScheduler | None) -> None:
    optimizer.step()
    if scheduler is not None:
        scheduler.step()


def evaluate(
    model: nn.Module, loader: Batches, loss_function: LossFunction = cross_entropy
) -> tuple[float, float]:
    """Mean loss per sample and accuracy over all batches of `loader`.

    Runs in evaluation mode and without gradients and puts the model's modes back. loader,
    loss_function: as in `train_epoch`. A short last batch weighs what it should.

    Raises ValueError for a loader without batches, TypeError and ValueError for logits and labels
    that do not fit.

    Built in notebook 07.
    """
    sums = _Sums()
    with predicting(model):
        for images, labels in batches(loader, device_of(model)):
            logits = model(images)
            hits = get_num_correct(logits, labels)
            counted, weight = _counted(loss_function, labels)
            sums.add(loss_function(logits, labels).item(), weight, hits, counted)
    return sums.means


def fit(
    model: nn.Module,
    train_loader: DataLoader[Any],
    test_loader: Batches,
    epochs: int,
    optimizer: Optimizer,
    scheduler: LRScheduler | ReduceLROnPlateau | None = None,
    loss_function: LossFunction = cross_entropy,
    accumulate: int = 1,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> History:
    """Train for `epochs` epochs, evaluate after each, and return the history.

    The arguments are those of `train_epoch`; a `ReduceLROnPlateau` is stepped with the test loss,
    after each epoch. checkpoint: a file that is written after every epoch.
    If it exists already, the run goes on from it and ends as it would have without the
    interruption: bit by bit the same on the CPU with the same number of threads. To start afresh,
    delete the file. progress: show a bar over all steps.

    Raises what `train_epoch`, `load_checkpoint` and `save_checkpoint` raise, ValueError for fewer
    than one epoch, a checkpoint of a longer run, a loader whose order a checkpoint cannot bring
    back, and LBFGS, whose step wants a loop of its own, and RuntimeError, before the first epoch,
    for a checkpoint in a folder that cannot be written in.

    Built in notebook 07.
    """
    if epochs < 1:
        raise ValueError(f"epochs: expected at least 1, got {epochs}")
    if isinstance(optimizer, LBFGS):
        raise ValueError(
            "optimizer: LBFGS computes the loss several times a step; take SGD or Adam"
        )
    plateau = scheduler if isinstance(scheduler, ReduceLROnPlateau) else None
    history, done = History(), 0
    if checkpoint is not None:
        check_writable("checkpoint", Path(checkpoint).parent)
        check_resumable(train_loader)
        if start := newest(checkpoint):
            done = load_checkpoint(start, model, optimizer, scheduler, train_loader, history)
            if done > epochs:
                raise ValueError(
                    f"epochs: expected at least {done}, which {start.name} has done, got {epochs}"
                )
    steps = len(train_loader)
    bar = tqdm(total=epochs * steps, initial=done * steps, disable=not progress, leave=False)
    with bar:
        for number in range(done + 1, epochs + 1):
            bar.set_description(f"epoch {number}/{epochs}")
            watched = _moving(bar, train_loader)
            started = time.perf_counter()
            each_step = None if plateau else scheduler
            train_loss, train_accuracy = train_epoch(
                model, watched, optimizer, loss_function, each_step, accumulate, number
            )
            seconds = time.perf_counter() - started
            test_loss, test_accuracy = evaluate(model, test_loader, loss_function)
            if plateau:
                plateau.step(test_loss)
            history.add(
                Epoch(number, train_loss, train_accuracy, test_loss, test_accuracy, seconds)
            )
            if checkpoint is not None:
                save_checkpoint(
                    checkpoint, model, number, optimizer, scheduler, train_loader, history
                )
    return history


def _moving(bar: tqdm[Any], loader: Batches) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of `loader`; the bar moves after each."""
    for batch in loader:
        yield batch
        bar.update()
