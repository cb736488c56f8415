"""Checkpoints: all that a run needs to go on as if it had never stopped, in one file.

The file is an ordinary `torch.save` of plain tensors, numbers and strings, so `torch.load` with
`weights_only=True` reads it, and nothing in it can run code. It ends with its own SHA-256, so that
a file with one wrong bit is refused. It is written whole or not at all; the file before it is kept
as `NAME.previous.pt`.
"""

from __future__ import annotations

import copy
import hashlib
import io
import pickle
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader

from course_utils.files import write_whole
from course_utils.training.history import History

_FORMAT = "batch-by-batch checkpoint 2"
_SEAL = b"sha256:"


def save_checkpoint(
    path: str | Path,
    model: nn.Module,
    epoch: int,
    optimizer: Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    loader: DataLoader[Any] | None = None,
    history: History | None = None,
    extra: dict[str, Any] | None = None,
) -> None:
    """Store a run's state at `path`: whole, or not at all; what was there becomes the previous one.

    epoch: how many epochs are done. loader: the training loader; the states of its generators, of
    its samplers' and of its data set's are kept, beside the random states of Python, NumPy and
    torch, so that shuffling goes on as it would have. extra: more that belongs to the run, as plain
    numbers, strings, lists and dicts; `read_extra` gives it back.

    Raises RuntimeError where the file cannot be written, or could not be read again; the
    checkpoints before it stay untouched.

    Built in notebook 07.
    """
    path = Path(path)
    state = {
        "format": _FORMAT,
        "epoch": epoch,
        "model": _plain(_bare(model.state_dict())),
        "optimizer": _state(optimizer),
        "parameters": _names(model, optimizer),
        "scheduler": _state(scheduler),
        "history": _state(history),
        "generators": {name: one.get_state() for name, one in _generators(loader).items()},
        "random": _random_states(),
        "extra": extra or {},
    }  # fmt: skip
    try:
        archive = io.BytesIO()
        torch.save(state, archive)
        content = _sealed(archive.getvalue())
        torch.load(io.BytesIO(content), weights_only=True)  # before it takes another one's place
        write_whole(path, content, keep_as=previous(path))
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        raise RuntimeError(
            f"path: the checkpoint {path} could not be written ({_first_line(error)}); "
            "the one before it is untouched"
        ) from error


def load_checkpoint(
    path: str | Path,
    model: nn.Module,
    optimizer: Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    loader: DataLoader[Any] | None = None,
    history: History | None = None,
) -> int:
    """Put a stored state back into `model` and whatever else is given; return the epochs done.

    The random states of Python, NumPy and torch are put back, too. Nothing is changed before the
    file has been found whole and made for this model and these parts.

    Raises RuntimeError for a file that is missing, cannot be read, is damaged or no checkpoint of
    this course, or made with another model, optimizer or scheduler. The file is left as it is.

    Built in notebook 07.
    """
    return restore(read(path), Path(path).name, model, optimizer, scheduler, loader, history)


def read_extra(path: str | Path) -> dict[str, Any]:
    """What was given to `save_checkpoint` as `extra`; an empty dict where nothing was.

    Raises RuntimeError for a file that is missing, cannot be read, is damaged or no checkpoint of
    this course.
    """
    return dict(read(path).get("extra", {}))


def previous(path: Path) -> Path:
    """Where the checkpoint before the one at `path` is kept."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def newest(path: str | Path) -> Path | None:
    """The checkpoint to go on from: the one at `path`, else the one before it, else None.

    Only the previous one is there when a run was killed between the two renamings of a save.
    """
    path = Path(path)
    return next((one for one in (path, previous(path)) if one.exists()), None)


def check_writable(name: str, folder: Path) -> None:
    """Try to write in `folder`. Raises RuntimeError, with the argument's name, where it fails."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise RuntimeError(f"{name}: cannot write in {folder} ({error.strerror})") from error


def check_resumable(loader: Any) -> None:
    """Raise ValueError for a loader whose order a checkpoint could not bring back."""
    if getattr(loader, "persistent_workers", False):
        raise ValueError(
            "train_loader: with persistent_workers=True, a run that is resumed has another order: "
            "leave it out to keep checkpoints"
        )
    for place, part in _parts(loader):
        if isinstance(part, random.Random | np.random.Generator | np.random.RandomState):
            raise ValueError(
                f"train_loader: {place} draws from a {type(part).__name__}, which a checkpoint "
                "does not hold: take a torch.Generator"
            )


def _generators(loader: Any) -> dict[str, torch.Generator]:
    """Every generator of torch that can decide the order of a loader, by where it is kept."""
    return {place: part for place, part in _parts(loader) if isinstance(part, torch.Generator)}


def _parts(loader: Any) -> Iterator[tuple[str, Any]]:
    """The attributes of a loader, of its samplers and of its data sets, each with its place."""
    kept = ("sampler", "batch_sampler", "dataset")
    waiting = [("loader", loader)]
    while waiting:
        place, owner = waiting.pop()
        for name, part in getattr(owner, "__dict__", {}).items():
            yield f"{place}.{name}", part
            if name in kept and len(place) < 60:  # a data set may hold itself
                waiting.append((f"{place}.{name}", part))


def read(path: str | Path) -> dict[str, Any]:
    """The state in a checkpoint. Raises RuntimeError as `load_checkpoint` does, for the file."""
    path = Path(path)
    kept = f"; {previous(path).name} holds the one before it" if previous(path).exists() else ""
    if not path.exists():
        raise RuntimeError(f"path: there is no checkpoint {path.name}{kept}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RuntimeError(f"path: {path.name} cannot be read ({error.strerror}){kept}") from error
    try:
        if _SEAL not in content[-100:]:
            raise ValueError(
                "it carries no checksum: it was cut short, is no checkpoint, or comes from an "
                "older version of the course"
            )
        archive = content[: content.rfind(_SEAL) - 2] + b"\0\0"
        if content != _sealed(archive):
            raise ValueError("its checksum is not that of its content")
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        if state["format"] != _FORMAT:
            raise ValueError(f"its format is {state['format']!r}")
    except (RuntimeError, ValueError, LookupError, TypeError, pickle.UnpicklingError) as error:
        raise RuntimeError(
            f"path: {path.name} is damaged or not a checkpoint of this course "
            f"({_first_line(error)}){kept}"
        ) from error
    return dict(state)


def restore(
    state: dict[str, Any],
    name: str,
    model: nn.Module,
    optimizer: Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    loader: DataLoader[Any] | None = None,
    history: History | None = None,
) -> int:
    """`load_checkpoint` for a state that has been read; name: of its file, for messages."""
    prefixes = {_bare_name(key): key for key in model.state_dict()}
    stored_model = {prefixes.get(key, key): part for key, part in _bare(state["model"]).items()}
    _check_model(name, stored_model, model)
    parts = {"optimizer": optimizer, "scheduler": scheduler, "history": history}
    for kind, part in parts.items():
        stored = "left out" if state[kind] is None else state[kind]["kind"]
        if part is not None and stored != type(part).__name__:
            raise RuntimeError(
                f"path: {name} was made with {kind} {stored}, got {type(part).__name__}"
            )
    if optimizer is not None and state.get("parameters", _names(model, optimizer)) != _names(
        model, optimizer
    ):
        raise RuntimeError(
            f"path: {name} was made with an optimizer of other parameters, or in another order: "
            f"expected {state['parameters']}, got {_names(model, optimizer)}"
        )
    for kind, part in (("optimizer", optimizer), ("scheduler", scheduler)):
        if part is not None:
            moving = _MOVING | _SCHEDULED if state["scheduler"] is not None else _MOVING
            _check_settings(name, kind, state[kind]["state"], _plain(part.state_dict()), moving)
    if optimizer is not None:
        # First: unlike the other parts it looks by itself whether it fits, before it changes.
        try:
            optimizer.load_state_dict(state["optimizer"]["state"])
        except ValueError as error:
            raise RuntimeError(f"path: {name} was made with another optimizer: {error}") from error
    model.load_state_dict(stored_model)
    if scheduler is not None:
        scheduler.load_state_dict(state["scheduler"]["state"])
    if history is not None:
        history.load_state_dict(state["history"]["state"])
    # The first edition kept the loader's own generator alone.
    kept = state.get("generators", {"loader.generator": state.get("generator")})
    for place, generator in _generators(loader).items():
        if kept.get(place) is not None:
            generator.set_state(kept[place])
    _set_random_states(state["random"])
    return int(state["epoch"])


def _check_model(name: str, stored: dict[str, Any], model: nn.Module) -> None:
    expected, found = _shapes(model.state_dict()), _shapes(stored)
    for part in [*expected, *found]:
        if expected.get(part) != found.get(part):
            raise RuntimeError(
                f"path: {name} was made with another model: for {part} the model has "
                f"{expected.get(part, 'nothing')}, the checkpoint {found.get(part, 'nothing')}"
            )


_MOVING = {"params", "last_epoch", "best", "num_bad_epochs", "cooldown_counter"}
"""What is no setting: the numbers of the parameters, and what a scheduler counts as it goes."""
_SCHEDULED = {"lr", "momentum", "betas"}
"""What a scheduler moves in an optimizer; `initial_lr` and `base_lrs` are what was asked for."""


_SETTINGS = (bool, int, float, str, list, tuple, dict)


def _check_settings(
    name: str, part: str, stored: dict[str, Any], given: dict[str, Any], moving: set[str]
) -> None:
    """Raise RuntimeError where a run would go on with other settings than it was made with."""
    pairs = zip(
        stored.get("param_groups", [stored]), given.get("param_groups", [given]), strict=False
    )
    for before, now in pairs:
        for setting in sorted((before.keys() & now.keys()) - moving):
            is_setting = now[setting] is None or isinstance(now[setting], _SETTINGS)
            if is_setting and not setting.startswith("_") and before[setting] != now[setting]:
                raise RuntimeError(
                    f"path: {name} was made with {part} {setting}={before[setting]}, got "
                    f"{now[setting]}: go on with the old one, or delete the file to start afresh"
                )


def _bare(state: dict[str, Any]) -> dict[str, Any]:
    """A model's state without the prefixes of what is wrapped around it."""
    made = copy.copy(state)
    made.clear()
    made.update({_bare_name(key): part for key, part in state.items()})
    return made


def _bare_name(key: str) -> str:
    """The name of a tensor in the model itself, not in `torch.compile` or DDP around it."""
    return key.replace("_orig_mod.", "").removeprefix("module.")


def _names(model: nn.Module, optimizer: Optimizer | None) -> list[str]:
    """The names of the parameters that an optimizer moves, in its order."""
    if optimizer is None:
        return []
    names = {id(param): _bare_name(name) for name, param in model.named_parameters()}
    groups = (group["params"] for group in optimizer.param_groups)
    return [names.get(id(param), "outside the model") for group in groups for param in group]


def _shapes(state: dict[str, Any]) -> dict[str, list[int]]:
    """The shapes of a model's tensors; what a layer keeps beside them has none to compare."""
    return {
        name: list(part.shape) for name, part in state.items() if isinstance(part, torch.Tensor)
    }


def _state(part: Any) -> dict[str, Any] | None:
    """A part's state with its kind, so that another kind is noticed before it is loaded."""
    if part is None:
        return None
    return {"kind": type(part).__name__, "state": _plain(part.state_dict())}


def _plain(value: Any) -> Any:
    """The state with Python's numbers for NumPy's, such as a learning rate out of `np.logspace`.

    `torch.save` writes NumPy's too, but `torch.load` with `weights_only=True` does not read them.
    """
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        parts = [_plain(part) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, dict):
        # A copy, because a model's dict has attributes and a schedule's may be a Counter.
        made = copy.copy(value)
        made.clear()
        made.update({_plain(key): _plain(part) for key, part in value.items()})
        return made
    return value


def _random_states() -> dict[str, Any]:
    numpy_state: Any = np.random.get_state(legacy=False)
    inner = numpy_state.pop("state")
    key = torch.from_numpy(inner["key"].astype(np.int64))
    return {
        "python": random.getstate(),
        "numpy": {**numpy_state, "pos": int(inner["pos"]), "key": key},
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def _set_random_states(states: dict[str, Any]) -> None:
    random.setstate(states["python"])
    numpy_state = dict(states["numpy"])
    key = numpy_state.pop("key").numpy().astype(np.uint32)
    inner = {"key": key, "pos": numpy_state.pop("pos")}
    np.random.set_state({**numpy_state, "state": inner})
    torch.set_rng_state(states["torch"])
    if torch.cuda.is_available() and len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])


def _sealed(archive: bytes) -> bytes:
    """The zip archive that `torch.save` makes, with its SHA-256 as the comment at its end.

    A zip archive ends with the length of a comment, 0 here, and the comment.
    """
    seal = _SEAL + hashlib.sha256(archive).hexdigest().encode("ascii")
    return archive[:-2] + len(seal).to_bytes(2, "little") + seal


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
