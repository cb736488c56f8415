"""A whole run: connect, prepare or go on, train epoch by epoch, end with a checkpoint."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import asdict
from typing import Any

import torch

from course_utils.training import checkpoint_folder
from course_utils.training import Epoch, History
from course_utils.training.checkpoint_folder import Progress
from course_utils.training.errors import LostProcess, Stopped, TrainingFailed
from course_utils.training.gradients import GradientSums
from course_utils.training.place import Place
from course_utils.training.processes import Processes, connected
from course_utils.training.report import Report
from course_utils.training.settings import Settings
from course_utils.training.shared_epoch import Sums, check_finite, evaluate, train_epoch
from course_utils.training.signals import StopRequest, end_at_once, listening, signal_name
from course_utils.training.work import Work, check_precision, choose_device, load_data, prepare

SECONDS_TO_BE_ENDED = 5
"""How long a process that lost another one waits to be ended by torchrun before it speaks."""


def run(settings: Settings, place: Place) -> History:
    """Train as the settings say, together with the other processes that torchrun started.

    Raises WrongInput, TrainingFailed, LostProcess and Stopped, which say how it ended.

    Built in notebook 10.
    """
    torch.set_num_threads(settings.threads)
    device = choose_device(settings.device, place)
    check_precision(settings.precision, device)
    if place.launched:
        end_at_once()
    request = StopRequest()
    try:
        with connected(place, device) as processes:
            return _run_connected(settings, processes, request)
    except LostProcess:
        if request.number:
            raise SystemExit(128 + request.number) from None
        # The one that failed first has something to say, this one has not: torchrun shows that
        # one's error if this one has not exited before it looks.
        time.sleep(SECONDS_TO_BE_ENDED)
        raise


def _run_connected(settings: Settings, processes: Processes, request: StopRequest) -> History:
    data = processes.first_on_each_machine(lambda: load_data(settings))
    first = processes.rank == 0
    if first:
        checkpoint_folder.check_folder(settings)
    report = Report(settings.log_file, settings.progress, speaks=first)
    restarts = processes.largest(processes.place.restarts)
    found = processes.from_first(
        checkpoint_folder.find(settings, restarted=restarts > 0) if first else None
    )
    work = prepare(settings, data, processes)
    progress = Progress()
    if found is not None:
        progress = checkpoint_folder.load(found, work)
        report.say(_going_on(found.remark, found.extra["world_size"], progress, processes))
    report.note("start", **_start(settings, processes, restarts, progress))
    report.say(_headline(settings, work, processes))
    try:
        # Until here a signal ends the process at once: nothing has been done that could be lost.
        with listening(request, impatient=not processes.place.launched):
            return _train(settings, processes, request, work, progress, report)
    except Stopped as stopped:
        report.note("stopped", by=stopped.name, epochs=progress.epochs, batch=progress.batch)
        raise
    except (RuntimeError, TrainingFailed) as error:
        report.note("failed", error=str(error))
        raise
    finally:
        report.close()


def _train(
    settings: Settings,
    processes: Processes,
    request: StopRequest,
    work: Work,
    progress: Progress,
    report: Report,
) -> History:
    gradients = GradientSums(work.model, processes)
    num_batches = work.sampler.num_batches
    report.begin_bar(settings.epochs * num_batches, progress.epochs * num_batches + progress.batch)

    def after_batch(batch: int, sums: Sums) -> None:
        report.bar.update()
        if sums.samples:
            report.bar.set_postfix_str(f"loss {sums.mean_loss:.4f}", refresh=False)

    stop = 0

    def after_step(batch: int) -> bool:
        # All processes stop after the same step, whichever of them got the signal.
        nonlocal stop
        stop = processes.largest(request.number)
        return stop != 0

    while progress.epochs < settings.epochs:
        number = progress.epochs + 1
        report.bar.set_description(f"epoch {number}/{settings.epochs}")
        work.sampler.set_epoch(number, progress.batch)
        started = time.perf_counter()
        progress.batch = train_epoch(
            work, gradients, processes, progress.sums, settings.accumulate, settings.precision,
            after_batch, after_step,
        )  # fmt: skip
        progress.seconds += time.perf_counter() - started
        if progress.batch == num_batches:
            _end_epoch(settings, processes, work, progress, report)
            stop = processes.largest(request.number)
        _save(settings, work, progress, processes)
        if stop and progress.epochs < settings.epochs:
            raise Stopped(_stopped(settings, progress, stop), stop)
    test_accuracy = progress.history[-1].test_accuracy
    report.note("done", epochs=progress.epochs, test_accuracy=test_accuracy)
    return progress.history


def _end_epoch(
    settings: Settings, processes: Processes, work: Work, progress: Progress, report: Report
) -> None:
    """Evaluate, record the epoch, and stand at the beginning of the next one."""
    test_loss, test_accuracy = evaluate(work.model, work.test_loader, processes, settings.precision)
    check_finite(Sums(test_loss), progress.epochs + 1, progress.batch)
    sums, seconds = progress.sums, progress.seconds
    epoch = Epoch(
        progress.epochs + 1, sums.mean_loss, sums.accuracy, test_loss, test_accuracy, seconds
    )
    progress.history.add(epoch)
    report.say(str(epoch))
    # Before the checkpoint: after a kill between the two, the log has the epoch twice, not never.
    report.note("epoch", **asdict(epoch), images_per_second=round(sums.samples / seconds, 1))
    progress.batch, progress.sums, progress.seconds = 0, Sums(), 0.0


def _save(settings: Settings, work: Work, progress: Progress, processes: Processes) -> None:
    try:
        checkpoint_folder.save(settings, work, progress, processes)
    except RuntimeError as error:
        raise TrainingFailed(str(error).removeprefix("path: ")) from error
    # Nobody ends, which would end the others too, before the file is whole.
    processes.largest(0)


def _headline(settings: Settings, work: Work, processes: Processes) -> str:
    each = f" = {processes.world_size} processes × {settings.batch_size // processes.world_size}"
    return (
        f"{settings.model} on {settings.data}: {work.sampler.num_samples:,} images, "
        f"epochs of {work.sampler.num_batches} batches, global batch {settings.batch_size}"
        f"{each if processes.world_size > 1 else ''}, {processes.device.type}, {settings.precision}"
    )


def _start(
    settings: Settings, processes: Processes, restarts: int, progress: Progress
) -> dict[str, Any]:
    """Who takes part, and where the run begins; every process has to call it."""
    return {
        "processes": processes.from_all(
            {"rank": processes.rank, "pid": os.getpid(), "host": socket.gethostname()}
        ),
        "device": processes.device.type,
        "threads": torch.get_num_threads(),
        "restarts": restarts,
        "epochs": progress.epochs,
        "batch": progress.batch,
        "recipe": settings.recipe(),
    }


def _going_on(remark: str, before: int, progress: Progress, processes: Processes) -> str:
    changed = ""
    if before != processes.world_size:
        changed = f"; it was made by {before}, this is {processes.world_size}"
    return (
        f"{remark}Going on after epoch {progress.epochs}, batch {progress.batch} of the next"
        f"{changed}"
    )


def _stopped(settings: Settings, progress: Progress, number: int) -> str:
    where = f"after epoch {progress.epochs}, batch {progress.batch} of the next"
    if settings.checkpoint_dir is None:
        return f"Stopped by {signal_name(number)} {where}; without --checkpoint-dir nothing is kept"
    return f"Stopped by {signal_name(number)} {where}; the same command with --resume goes on"
