"""The folder that a run keeps its checkpoints in. Process 0 alone reads and writes there."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course_utils.training import History, load_checkpoint, read_extra, save_checkpoint
from course_utils.training.checkpoints import previous
from course_utils.training.errors import WrongInput
from course_utils.training.processes import Processes
from course_utils.training.settings import Settings, option
from course_utils.training.shared_epoch import Sums
from course_utils.training.work import Work

NAME = "checkpoint.pt"
_PROGRAM = "course_utils.train"


@dataclass
class Progress:
    """How far a run is: whole epochs in `history`, and the batches and sums of the one begun."""

    history: History = field(default_factory=History)
    batch: int = 0
    sums: Sums = field(default_factory=Sums)
    seconds: float = 0.0

    @property
    def epochs(self) -> int:
        """How many epochs are done."""
        return len(self.history)


@dataclass(frozen=True)
class Found:
    """A whole checkpoint: its bytes, what the program noted in it, and a word on what was found."""

    content: bytes
    extra: dict[str, Any]
    remark: str = ""


def check_folder(settings: Settings) -> None:
    """Make the folder and try to write there. Raises WrongInput where that fails."""
    folder = settings.checkpoint_dir
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise WrongInput(
            f"--checkpoint-dir: cannot write in {folder}: {error.strerror or error}"
        ) from error


def find(settings: Settings, restarted: bool) -> Found | None:
    """The newest whole checkpoint of this very run, or None where it has to begin.

    restarted: torchrun has started the processes again after a failure; then the run goes on
    without being asked to.

    Raises WrongInput for a checkpoint that the command line does not go with, or only damaged ones.
    """
    folder = settings.checkpoint_dir
    if folder is None:
        return None
    there = [file for file in (folder / NAME, previous(folder / NAME)) if file.exists()]
    if there and not (settings.resume or restarted):
        raise WrongInput(
            f"--checkpoint-dir: {folder} holds a checkpoint already: add --resume to go on from "
            "it, or name another folder"
        )
    damage, bad = "", []
    for file in there:
        try:
            found = Found(file.read_bytes(), read_extra(file), damage)
        except RuntimeError as error:
            damage = f"{str(error).removeprefix('path: ')}. "
            bad.append(file)
            continue
        except OSError as error:
            raise WrongInput(f"--checkpoint-dir: cannot read {file}: {error.strerror}") from error
        _check_recipe(settings, folder, found.extra)
        # Out of the way: the next save must not put it in the place of the whole one. Without a
        # whole one all stay where they are, or the next start would find none and begin again.
        for damaged in bad:
            damaged.replace(damaged.with_name(f"{damaged.stem}.damaged{damaged.suffix}"))
        return found
    if damage:
        raise WrongInput(f"--checkpoint-dir: no checkpoint in {folder} is whole: {damage[:-2]}")
    return None


def _check_recipe(settings: Settings, folder: Path, extra: dict[str, Any]) -> None:
    if extra.get("program") != _PROGRAM:
        raise WrongInput(
            f"--checkpoint-dir: the checkpoint in {folder} was not made by this program: "
            "name another folder"
        )
    before = extra["recipe"]
    for name, value in settings.recipe().items():
        longer = name == "epochs" and settings.schedule == "constant" and value >= extra["epochs"]
        if before[name] != value and not longer:
            raise WrongInput(
                f"{option(name)}: the checkpoint in {folder} was made with {before[name]}, got "
                f"{value}: go on with {before[name]}, or name another --checkpoint-dir"
            )


def load(found: Found, work: Work) -> Progress:
    """Put a checkpoint into the model, optimizer and schedule of this process."""
    progress = Progress()
    with tempfile.TemporaryDirectory() as folder:
        # The other processes may be on machines that do not see the checkpoints' folder.
        copy = Path(folder) / NAME
        copy.write_bytes(found.content)
        try:
            load_checkpoint(
                copy, work.model, work.optimizer, work.scheduler, None, progress.history
            )
        except RuntimeError as error:
            raise WrongInput(f"--checkpoint-dir: {str(error).removeprefix('path: ')}") from error
    progress.batch, progress.seconds = found.extra["batch"], found.extra["seconds"]
    progress.sums = Sums(**found.extra["sums"])
    return progress


def save(settings: Settings, work: Work, progress: Progress, processes: Processes) -> None:
    """Write a checkpoint, in process 0, where a folder was named."""
    if settings.checkpoint_dir is None or processes.rank != 0:
        return
    extra = {
        "program": _PROGRAM,
        "recipe": settings.recipe(),
        "world_size": processes.world_size,
        "epochs": progress.epochs,
        "batch": progress.batch,
        "sums": asdict(progress.sums),
        "seconds": progress.seconds,
    }
    save_checkpoint(
        settings.checkpoint_dir / NAME, work.model, progress.epochs, work.optimizer, work.scheduler,
        history=progress.history, extra=extra,
    )  # fmt: skip
