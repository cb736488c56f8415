"""The training program, `python -m course_utils.train`: settings, data, model, loop, report.

One process or many run the same code: torchrun starts them, `torch.distributed` connects them, each
computes the gradients of its share of a batch, and all of them add these up. One process is N = 1.
"""

from __future__ import annotations

import math
import os
import signal
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.elastic.multiprocessing.errors import record
from torch.nn.functional import cross_entropy
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR
from torch.utils.data import DataLoader
from tqdm.auto import tqdm

from course_utils.datasets import ImageDataset, load_fashion_mnist, load_mnist, make_loader
from course_utils.devices import pick_device, predicting, set_seed
from course_utils.models import CNN, MLP, SoftmaxRegression
from course_utils.training.checkpoints import restore, save_checkpoint
from course_utils.training.history import Epoch, History
from course_utils.training.processes import Place, Processes, StopRequest, connected
from course_utils.training.report import Report
from course_utils.training.run_folder import CHECKPOINT, find
from course_utils.training.sampling import GlobalBatchSampler
from course_utils.training.settings import (
    EndsRun,
    LostProcess,
    Settings,
    Stopped,
    TrainingFailed,
    WrongInput,
    parse,
)

MODELS = {"softmax": SoftmaxRegression, "mlp": MLP, "cnn": CNN}
DATA = {"mnist": load_mnist, "fashion": load_fashion_mnist}
TEST_BATCH = 1000
PARTS = 4
"""Into how many parts a global batch is always cut on the CPU, however many processes share them.

Training magnifies differences: after 100 steps of Adam, two ways of rounding a sum have become
weights that differ in the second digit. So each part is always computed by itself, and the parts'
gradients are added in float64, where float32 numbers give the same sum in any order. That makes
one, two and four processes end with the same bits.
"""
SECONDS_TO_BE_ENDED = 10
"""How long a process leaves it to torchrun to end it, so that the one with something to say can."""

Loader = DataLoader[tuple[Tensor, Tensor]]


def main(arguments: list[str] | None = None) -> int:
    """Run with these arguments, by default those of the command line; return the exit code."""
    place = Place.from_environment()
    try:
        settings = parse(sys.argv[1:] if arguments is None else arguments, place.world_size)
        # `record` writes an exception where torchrun looks for it, to show it in its summary.
        (record(run) if place.launched else run)(settings, place)
    except KeyboardInterrupt:
        return 130
    except EndsRun as end:
        _say(end, place)
        return end.exit_code
    return 0


def run(settings: Settings, place: Place) -> None:
    """Train as the settings say, together with the other processes that torchrun started.

    Raises WrongInput, TrainingFailed, LostProcess and Stopped, which say how it ended.

    Built in notebook 10.
    """
    torch.set_num_threads(settings.threads)
    device = choose_device(settings, place)
    stop = StopRequest()
    if place.launched:
        # Python's own handler of Ctrl-C would not be called while a process waits for another one.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        with connected(place, device) as processes:
            data = processes.first_on_each_machine(lambda: load_data(settings))
            training = prepare(settings, processes, *data)
            report = Report(settings.log_file, speaks=processes.rank == 0)
            restarts = processes.largest(place.restarts)
            resumed = resume(training, restarted=restarts > 0)
            tell_beginning(training, report, restarts, resumed)
            # Until here a signal ends the process at once: there was nothing to lose.
            with stop.listening(impatient=not place.launched):
                train(training, stop, report)
    except LostProcess:
        if stop.number:
            raise SystemExit(128 + stop.number) from None
        # The one that failed first has something to say, this one has not: torchrun shows that
        # one's error if this one has not exited before it looks.
        time.sleep(SECONDS_TO_BE_ENDED)
        raise


@dataclass
class Training:
    """A run: model, optimizer and schedule, alike in all processes; its batches; how far it is.

    history: the epochs that are done. Of the epoch begun, over all processes: batch: how many of
    its global batches are done; sums: loss and correct predictions in them; seconds: their time.
    """

    settings: Settings
    processes: Processes
    model: nn.Module
    optimizer: Optimizer
    scheduler: LRScheduler
    sampler: GlobalBatchSampler
    train_loader: Loader
    test_loader: Loader
    num_tests: int
    history: History = field(default_factory=History)
    batch: int = 0
    sums: Tensor = field(default_factory=lambda: torch.zeros(2, dtype=torch.float64))
    seconds: float = 0.0


def choose_device(settings: Settings, place: Place) -> torch.device:
    """The device of this process: the GPU with the number of its local rank, or the CPU.

    A process that is alone on its machine takes the GPU that `COURSE_DEVICE=cuda:1` names.

    Raises WrongInput where the machine lacks it, or has fewer than processes.
    """
    try:
        device = torch.device(settings.device) if settings.device else pick_device()
    except (ValueError, RuntimeError) as error:
        raise WrongInput(str(error)) from error
    processes = place.local_world_size
    there = {"cpu": processes, "mps": int(torch.backends.mps.is_available())}
    count = there.get(device.type, torch.cuda.device_count())
    if count < processes:
        raise WrongInput(
            f"--device: expected {processes} of {device.type} on this machine, one for each "
            f"process, got {count}: start fewer processes, or add --device cpu"
        )
    if device.type == "cuda" and (device.index is None or processes > 1):
        return torch.device("cuda", place.local_rank)
    return device


def load_data(settings: Settings) -> tuple[ImageDataset, ImageDataset]:
    """The training and the test images. Raises WrongInput where they cannot be had."""
    load = DATA[settings.data]
    try:
        return load(full=settings.full), load(train=False, full=settings.full)
    except RuntimeError as error:
        raise WrongInput(f"--data: {error}") from error


def prepare(
    settings: Settings, processes: Processes, train_set: ImageDataset, test_set: ImageDataset
) -> Training:
    """Build everything from the seed, so that all processes begin with equal weights."""
    rank, world_size = processes.rank, processes.world_size
    sampler = GlobalBatchSampler(
        len(train_set), settings.batch_size, settings.seed, rank, world_size
    )
    # The test images need no order: each process takes its share of them, batch by batch.
    test_share = torch.arange(rank, len(test_set), world_size)
    test_batches = [batch.tolist() for batch in test_share.split(TEST_BATCH)]
    set_seed(settings.seed)
    model = MODELS[settings.model]().to(processes.device)
    optimizer = Adam(model.parameters(), lr=settings.lr)
    steps = settings.epochs * sampler.num_batches
    return Training(
        settings=settings,
        processes=processes,
        model=model,
        optimizer=optimizer,
        scheduler=OneCycleLR(optimizer, max_lr=settings.lr, total_steps=steps),
        sampler=sampler,
        train_loader=make_loader(_on_device(train_set, processes), batch_sampler=sampler),
        test_loader=make_loader(_on_device(test_set, processes), batch_sampler=test_batches),
        num_tests=len(test_set),
    )


def _on_device(dataset: ImageDataset, processes: Processes) -> ImageDataset:
    """The data set with its pictures on the device, so that no batch has to travel there."""
    images, labels = (part.to(processes.device) for part in (dataset.images, dataset.labels))
    return ImageDataset(images, labels, dataset.classes)


def train(training: Training, stop: StopRequest, report: Report) -> None:
    """Train epoch by epoch, with a checkpoint after each and where a signal asks for an end."""
    settings, history = training.settings, training.history
    num_batches = training.sampler.num_batches
    bar = tqdm(
        total=settings.epochs * num_batches,
        initial=len(history) * num_batches + training.batch,
        disable=not (settings.progress and report.speaks),
        leave=False,
        unit="batch",
        dynamic_ncols=True,
    )
    try:
        while len(history) < settings.epochs:
            bar.set_description(f"epoch {len(history) + 1}/{settings.epochs}")
            signalled = train_epoch(training, stop, bar)
            if training.batch == num_batches:
                end_epoch(training, report)
            save(training)
            if signalled and len(history) < settings.epochs:
                raise Stopped(signalled, _where_it_stopped(training))
    except Stopped as stopped:
        report.note("stopped", by=stopped.by, epochs=len(history), batch=training.batch)
        raise
    except (RuntimeError, TrainingFailed) as error:
        report.note("failed", error=str(error))
        raise
    finally:
        bar.close()
    report.note("done", epochs=len(history), test_accuracy=history[-1].test_accuracy)


def train_epoch(training: Training, stop: StopRequest, bar: tqdm[Any]) -> int:
    """Train on this process's share of the rest of the epoch's global batches.

    Returns the number of the signal that asked one of the processes for an end, so that all of them
    stop after the same step, or 0.

    Raises TrainingFailed, in all processes alike, where the loss is not finite.

    Built in notebook 10.
    """
    processes, sampler, model = training.processes, training.sampler, training.model
    # A GPU has its own rounding and wants large batches; three processes cannot share four parts.
    alike = processes.device.type == "cpu" and PARTS % processes.world_size == 0
    parts = PARTS // processes.world_size if alike else 1
    signalled, figures, started = 0, [], time.perf_counter()
    sampler.set_epoch(len(training.history) + 1, training.batch)
    model.train()
    for images, labels in training.train_loader:
        gradients = []
        for part in range(parts):
            # Copied together, so that a part is the same bytes for any number of parts.
            loss, figure = _loss(training, images[part::parts].contiguous(), labels[part::parts])
            # The mean over all samples of the step, in whichever process they are.
            (loss / sampler.size_of(training.batch)).backward()
            gradients.append(_take_gradients(model))
            figures.append(figure)
        _give_gradients(model, processes.add_up(torch.stack(gradients).sum(dim=0)))
        training.optimizer.step()
        training.optimizer.zero_grad()
        training.scheduler.step()
        training.batch += 1
        bar.update()
        signalled = processes.largest(stop.number)
        if signalled:
            break
    training.seconds += time.perf_counter() - started
    training.sums += _totals(processes, figures)
    _check_finite(training, training.sums[0].item())
    return signalled


def evaluate(training: Training) -> tuple[float, float]:
    """Mean loss per sample and accuracy over the test images of all processes together.

    Built in notebook 10.
    """
    with predicting(training.model):
        figures = [_loss(training, *batch)[1] for batch in training.test_loader]
    loss, correct = _totals(training.processes, figures).tolist()
    return loss / training.num_tests, correct / training.num_tests


def end_epoch(training: Training, report: Report) -> None:
    """Evaluate, record the epoch, and stand at the beginning of the next one."""
    test_loss, test_accuracy = evaluate(training)
    _check_finite(training, test_loss)
    samples, seconds = training.sampler.num_samples, training.seconds
    loss, accuracy = (training.sums / samples).tolist()
    number = len(training.history) + 1
    epoch = Epoch(number, loss, accuracy, test_loss, test_accuracy, seconds)
    training.history.add(epoch)
    report.say(str(epoch))
    # Before the checkpoint: after a kill between the two, the log has the epoch twice, not never.
    report.note("epoch", **asdict(epoch), images_per_second=round(samples / seconds, 1))
    training.batch, training.sums, training.seconds = 0, torch.zeros_like(training.sums), 0.0


def _loss(training: Training, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The sum of the samples' losses, to go backward from, and [loss, correct], to report."""
    device = training.processes.device
    bf16 = training.settings.precision == "bf16"
    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        logits = training.model(images)
    loss = cross_entropy(logits.float(), labels, reduction="sum")
    correct = logits.detach().argmax(dim=1).eq(labels).sum()
    return loss, torch.stack([loss.detach(), correct.to(loss.dtype)])


def _totals(processes: Processes, figures: list[Tensor]) -> Tensor:
    """Loss and correct predictions of all batches in all processes. It waits for the GPU."""
    return processes.add_up(torch.stack(figures).cpu().double().sum(dim=0))


def _check_finite(training: Training, loss: float) -> None:
    if not math.isfinite(loss):
        raise TrainingFailed(
            f"loss: expected a finite number, got {loss} in epoch {len(training.history) + 1} by "
            f"batch {training.batch}: lower --lr, and look for nan or inf in the images"
        )


def _take_gradients(model: nn.Module) -> Tensor:
    """All gradients in one row, on the CPU in float64; the model has none afterwards."""
    grads = [param.grad.flatten() for param in model.parameters() if param.grad is not None]
    model.zero_grad()
    row = torch.cat(grads)
    # Apple's GPUs have no float64, and NVIDIA's are slow at it.
    return row.double() if row.device.type == "cpu" else row


def _give_gradients(model: nn.Module, row: Tensor) -> None:
    sizes = [param.numel() for param in model.parameters()]
    for param, part in zip(model.parameters(), row.split(sizes), strict=True):
        param.grad = part.view_as(param).to(param.dtype)


def resume(training: Training, restarted: bool) -> str:
    """Go on from the checkpoint, where there is one; what there is to say about it."""
    settings, processes = training.settings, training.processes
    found = find(settings, restarted) if processes.rank == 0 else None
    # The other processes may be on machines that do not see the folder.
    found = processes.from_first(found)
    if found is None:
        return ""
    state, remark = found
    optimizer, scheduler, history = training.optimizer, training.scheduler, training.history
    try:
        restore(state, CHECKPOINT, training.model, optimizer, scheduler, history=history)
    except RuntimeError as error:
        raise WrongInput(f"--checkpoint-dir: {str(error).removeprefix('path: ')}") from error
    extra = state["extra"]
    training.batch, training.seconds = extra["batch"], extra["seconds"]
    sums = [extra["sums"]["loss"], extra["sums"]["correct"]]
    training.sums = torch.tensor(sums, dtype=torch.float64)
    before, now = extra["world_size"], processes.world_size
    changed = f"; it was made by {before}, this is {now}" if before != now else ""
    return f"{remark}Going on after {_position(training)}{changed}"


def tell_beginning(training: Training, report: Report, restarts: int, resumed: str) -> None:
    """Say what is trained, where it begins, and which processes take part."""
    settings, processes, sampler = training.settings, training.processes, training.sampler
    own = {"rank": processes.rank, "pid": os.getpid(), "host": socket.gethostname()}
    report.note(
        "start",
        processes=processes.from_all(own),
        device=processes.device.type,
        threads=torch.get_num_threads(),
        restarts=restarts,
        epochs=len(training.history),
        batch=training.batch,
        recipe=settings.recipe(),
    )
    if resumed:
        report.say(resumed)
    each = settings.batch_size // processes.world_size
    shares = f" = {processes.world_size} processes × {each}" if processes.world_size > 1 else ""
    report.say(
        f"{settings.model} on {settings.data}: {sampler.num_samples:,} images, "
        f"epochs of {sampler.num_batches} batches, global batch {settings.batch_size}{shares}, "
        f"{processes.device.type}, {settings.precision}"
    )


def save(training: Training) -> None:
    """Write a checkpoint, in process 0, where a folder was named. Nobody goes on before."""
    settings, processes = training.settings, training.processes
    if settings.checkpoint_dir is None:
        return
    if processes.rank == 0:
        loss, correct = training.sums.tolist()
        extra = {
            "recipe": settings.recipe(),
            "world_size": processes.world_size,
            "epochs": len(training.history),
            "batch": training.batch,
            "sums": {"loss": loss, "correct": correct},
            "seconds": training.seconds,
        }
        try:
            save_checkpoint(
                settings.checkpoint_dir / CHECKPOINT,
                training.model,
                len(training.history),
                training.optimizer,
                training.scheduler,
                history=training.history,
                extra=extra,
            )
        except RuntimeError as error:
            raise TrainingFailed(str(error).removeprefix("path: ")) from error
    # A process that ends takes the others with it: not before the file is whole.
    processes.largest(0)


def _position(training: Training) -> str:
    return f"epoch {len(training.history)}, batch {training.batch} of the next"


def _where_it_stopped(training: Training) -> str:
    if training.settings.checkpoint_dir is None:
        return f"after {_position(training)}; without --checkpoint-dir nothing is kept"
    return f"after {_position(training)}; the same command with --resume goes on"


def _say(end: EndsRun, place: Place) -> None:
    """Print the sentence, once on each machine; a process that lost another one speaks for itself.

    torchrun ends all processes when one has exited: not before the first one has spoken.
    """
    if isinstance(end, LostProcess):
        print(f"[rank {place.rank}] {end}", file=sys.stderr, flush=True)
    elif place.local_rank == 0:
        kind = "error: " if isinstance(end, WrongInput) else ""
        print(f"{kind}{end}", file=sys.stderr, flush=True)
    elif not isinstance(end, Stopped):
        time.sleep(SECONDS_TO_BE_ENDED)
