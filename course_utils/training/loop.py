"""The training loop, in the order in which notebook 07 writes it: epoch, evaluation, whole run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader
from tqdm.auto import tqdm

from course_utils.arguments import (
    batches,
    check_bool,
    check_callable,
    check_path,
    check_whole,
    named,
    scores_of,
    shown,
)
from course_utils.devices import device_of, predicting
from course_utils.metrics import get_num_correct
from course_utils.training.checkpoints import (
    check_writable,
    load_checkpoint,
    newest,
    save_checkpoint,
)
from course_utils.training.history import Epoch, History

Batches = Iterable[tuple[Tensor, Tensor]]
Model = Callable[[Tensor], Tensor]
Updater = Callable[[int], Any]
LossFunction = Callable[[Tensor, Tensor], Tensor]


def train_epoch(
    model: Model,
    loader: Batches,
    optimizer: Optimizer | Updater,
    loss_function: LossFunction = cross_entropy,
    scheduler: LRScheduler | None = None,
    accumulate: int = 1,
    epoch: int = 1,
    bar: tqdm[Any] | None = None,
) -> tuple[float, float]:
    """Train on every batch once; return the mean loss and the accuracy while training.

    model: a module, or a plain function from images [B, ...] to logits [B, K]. loader: batches of
    (images, labels [B]). optimizer: a PyTorch optimizer, or a function `updater(batch_size)` that
    changes the parameters by hand from the gradient of the *summed* loss. loss_function: mean over
    the batch. scheduler: stepped after every step of the optimizer. accumulate: batches whose
    gradients are added up before a step; the step is that of one large batch, for an incomplete
    last group too. epoch: its number, for messages. bar: a progress bar to move by one per batch.

    Returns (loss, accuracy), both over all samples, so a short last batch weighs what it should.

    Raises RuntimeError where a loss is not finite or depends on nothing that is trained, ValueError
    for a loader without batches, `accumulate` below 1, or an updater with `accumulate`, which it
    could not honour; TypeError and ValueError for other arguments and batches that do not fit; and
    what model, torch's loss, optimizer and scheduler raise, with their argument's name in front.

    Built in notebook 05.
    """
    device = device_of(model)
    _check_course_of(optimizer, scheduler, loss_function, accumulate)
    if isinstance(model, nn.Module):
        model.train()
    total_loss, num_correct, num_samples, waiting = 0.0, 0, 0, 0
    for step, (images, labels) in enumerate(batches(loader, device), start=1):
        logits = scores_of(model, images)
        loss = _loss_of(loss_function, logits, labels)
        value = loss.item()
        if not math.isfinite(value):
            raise RuntimeError(
                f"loss: expected a finite number, got {value} at epoch {epoch}, step {step}: "
                "lower the learning rate, and look for nan or inf in the images"
            )
        if not loss.requires_grad:
            raise RuntimeError("model: expected something to train, got a loss without gradients")
        if not isinstance(optimizer, Optimizer):
            (loss * len(labels)).backward()
            with named("optimizer: its step failed"):
                optimizer(len(labels))
        elif accumulate == 1:
            optimizer.zero_grad()
            loss.backward()
            _take_step(optimizer, scheduler)
        else:
            if waiting == 0:
                optimizer.zero_grad()
            (loss * len(labels)).backward()
            waiting += len(labels)
            if step % accumulate == 0:
                _take_step(optimizer, scheduler, waiting)
                waiting = 0
        total_loss += value * len(labels)
        num_correct += get_num_correct(logits, labels)
        num_samples += len(labels)
        if bar is not None:
            bar.update()
    if waiting and isinstance(optimizer, Optimizer):
        _take_step(optimizer, scheduler, waiting)
    return total_loss / num_samples, num_correct / num_samples


def _check_course_of(
    optimizer: Optimizer | Updater,
    scheduler: LRScheduler | None,
    loss_function: LossFunction,
    accumulate: int,
) -> None:
    """Raise TypeError or ValueError for what an epoch cannot be trained with."""
    if not isinstance(optimizer, Optimizer):
        check_callable("optimizer", optimizer, "a torch.optim.Optimizer or a function")
        if scheduler is not None:
            raise ValueError("scheduler: expected None with an updater, which has no learning rate")
    if scheduler is not None and not isinstance(scheduler, LRScheduler):
        raise TypeError(f"scheduler: expected one of torch.optim's, got {shown(scheduler)}")
    check_callable("loss_function", loss_function, "a function of logits and labels")
    check_whole("accumulate", accumulate, least=1)
    if accumulate > 1 and not isinstance(optimizer, Optimizer):
        raise ValueError(f"accumulate: expected 1 with an updater, got {accumulate}")


def _loss_of(loss_function: LossFunction, logits: Tensor, labels: Tensor) -> Tensor:
    """The loss, one number; what one of torch's functions raises gets its name in front."""
    words = ("loss_function: cannot take logits ", list(logits.shape), " and these labels")
    # A function that the caller wrote speaks for itself, in the caller's words.
    of_torch = str(getattr(loss_function, "__module__", "")).startswith("torch.")
    with named(*words) if of_torch else nullcontext():
        loss = loss_function(logits, labels)
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        raise TypeError(f"loss_function: expected a tensor of one number, got {shown(loss)}")
    return loss


def _take_step(optimizer: Optimizer, scheduler: LRScheduler | None, divisor: int = 1) -> None:
    """Apply the gradients, divided by `divisor`: the samples whose losses they are a sum over."""
    if divisor > 1:
        for group in optimizer.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param.grad.div_(divisor)
    with named("optimizer: its step failed"):
        optimizer.step()
    if scheduler is not None:
        with named("scheduler: its step failed"):
            scheduler.step()


def evaluate(
    model: Model, loader: Batches, loss_function: LossFunction = cross_entropy
) -> tuple[float, float]:
    """Mean loss per sample and accuracy over all batches of `loader`.

    Runs in evaluation mode and without gradients and puts the model's modes back. model, loader,
    loss_function: as in `train_epoch`. A short last batch weighs what it should.

    Raises ValueError for a loader without batches, TypeError and ValueError for other arguments and
    batches that do not fit, and what model and torch's loss raise, with their name in front.

    Built in notebook 07.
    """
    device = device_of(model)
    check_callable("loss_function", loss_function, "a function of logits and labels")
    total_loss, num_correct, num_samples = 0.0, 0, 0
    with predicting(model):
        for images, labels in batches(loader, device):
            logits = scores_of(model, images)
            total_loss += _loss_of(loss_function, logits, labels).item() * len(labels)
            num_correct += get_num_correct(logits, labels)
            num_samples += len(labels)
    return total_loss / num_samples, num_correct / num_samples


def fit(
    model: nn.Module,
    train_loader: DataLoader[Any],
    test_loader: Batches,
    epochs: int,
    optimizer: Optimizer,
    scheduler: LRScheduler | None = None,
    loss_function: LossFunction = cross_entropy,
    accumulate: int = 1,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> History:
    """Train for `epochs` epochs, evaluate after each, and return the history.

    The arguments are those of `train_epoch`. checkpoint: a file that is written after every epoch.
    If it exists already, the run goes on from it and ends as it would have without the
    interruption: bit by bit the same on the CPU with the same number of threads. To start afresh,
    delete the file. progress: show a bar over all steps.

    Raises what `train_epoch`, `load_checkpoint` and `save_checkpoint` raise, ValueError for fewer
    than one epoch or for a checkpoint of a longer run, TypeError for a train_loader without a
    length or a checkpoint that is no path, and RuntimeError, before the first epoch, for one in a
    folder that cannot be written in.

    Built in notebook 07.
    """
    check_whole("epochs", epochs, least=1)
    check_bool("progress", progress)
    with named("train_loader: expected batches and their length, got ", shown(train_loader)):
        steps = len(train_loader)
    path = None if checkpoint is None else check_path("checkpoint", checkpoint)
    history, done = History(), 0
    start = newest(path) if path is not None else None
    if start is not None:
        done = load_checkpoint(start, model, optimizer, scheduler, train_loader, history)
        if done > epochs:
            raise ValueError(
                f"epochs: expected at least {done}, which {start.name} has done, got {epochs}"
            )
    if path is not None and done < epochs:
        check_writable("checkpoint", path)
    total, initial = epochs * steps, done * steps
    with tqdm(total=total, initial=initial, disable=not progress, leave=False) as bar:
        for number in range(done + 1, epochs + 1):
            bar.set_description(f"epoch {number}/{epochs}")
            started = time.perf_counter()
            train_loss, train_accuracy = train_epoch(
                model, train_loader, optimizer, loss_function, scheduler, accumulate, number, bar
            )
            seconds = time.perf_counter() - started
            test_loss, test_accuracy = evaluate(model, test_loader, loss_function)
            history.add(
                Epoch(number, train_loss, train_accuracy, test_loss, test_accuracy, seconds)
            )
            if path is not None:
                save_checkpoint(path, model, number, optimizer, scheduler, train_loader, history)
    return history
