"""The folder that a run keeps its checkpoints in, and the one that it goes on from."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from course_utils.training.checkpoints import check_writable, previous, read
from course_utils.training.settings import Settings, WrongInput, option

CHECKPOINT = "checkpoint.pt"


def find(settings: Settings, restarted: bool) -> tuple[dict[str, Any], str] | None:
    """The newest whole checkpoint of this very run, and a word on what was damaged; None without.

    restarted: torchrun has started the processes again after a failure; then the run goes on
    without being asked to.

    Raises WrongInput for a folder that cannot be written in, a checkpoint that the command line
    does not go with, or only damaged ones.
    """
    folder = settings.checkpoint_dir
    if folder is None:
        return None
    with suppress(OSError):  # what fails here cannot be written in
        folder.mkdir(parents=True, exist_ok=True)
    try:
        check_writable("--checkpoint-dir", folder)
    except RuntimeError as error:
        raise WrongInput(str(error)) from error
    path, remark = folder / CHECKPOINT, ""
    there = [file for file in (path, previous(path)) if file.exists()]
    if there and not (settings.resume or restarted):
        raise WrongInput(
            f"--checkpoint-dir: {folder} holds a checkpoint already: add --resume to go on from "
            "it, or name another folder"
        )
    for file in there:
        try:
            state = read(file)
        except RuntimeError as error:
            remark = f"{str(error).removeprefix('path: ')}. "
            continue
        _check_recipe(settings, folder, state["extra"])
        if remark:
            # Out of the way: the next save must not put it in the place of the whole one.
            path.replace(path.with_name("checkpoint.damaged.pt"))
        return state, remark
    if there:
        # They stay where they are, or the next start would find none and begin again.
        raise WrongInput(f"--checkpoint-dir: no checkpoint in {folder} is whole: {remark[:-2]}")
    return None


def _check_recipe(settings: Settings, folder: Path, extra: dict[str, Any]) -> None:
    if "recipe" not in extra:
        raise WrongInput(
            f"--checkpoint-dir: the checkpoint in {folder} was not made by this program: "
            "name another folder"
        )
    for name, value in settings.recipe().items():
        before = extra["recipe"][name]
        if before != value:
            raise WrongInput(
                f"{option(name)}: the checkpoint in {folder} was made with {before}, got "
                f"{value}: go on with {before}, or name another --checkpoint-dir"
            )
