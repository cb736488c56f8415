"""Checkpoints: all that a run needs to go on as if it had never stopped, in one file.

The file is an ordinary `torch.save` of plain tensors, numbers and strings, so `torch.load` with
`weights_only=True` reads it, and nothing in it can run code. It ends with its own SHA-256, so that
a file with one wrong bit is refused. It is written beside its place and then renamed into it; the
file before it is kept as `NAME.previous.pt`.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import io
import os
import pickle
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader

from course_utils.arguments import check_module, check_path, check_plain, check_whole, shown
from course_utils.training.history import History
from course_utils.training.plain import plain_state

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

    epoch: how many epochs are done. loader: the training loader; the state of its generator is
    kept, beside the random states of Python, NumPy and torch, so that shuffling goes on as it
    would have. extra: more that belongs to the run, as plain numbers, strings, lists and dicts;
    `read_extra` gives it back.

    Raises RuntimeError where the file cannot be written, TypeError or ValueError for a path, epoch
    or extra, or a state of the other parts, that cannot be stored and read again; the checkpoints
    before it stay untouched.

    Built in notebook 07.
    """
    path = check_path("path", path)
    check_module("model", model)
    check_whole("epoch", epoch, least=0)
    check_plain("extra", extra)
    if extra is not None and not isinstance(extra, dict):
        raise TypeError(f"extra: expected a dict, got {shown(extra)}")
    generator = getattr(loader, "generator", None)  # a list of batches has none
    state = {
        "format": _FORMAT,
        "epoch": epoch,
        "model": plain_state("model", model.state_dict()),
        "optimizer": _state("optimizer", optimizer),
        "scheduler": _state("scheduler", scheduler),
        "history": _state("history", history),
        "generator": None if generator is None else generator.get_state(),
        "random": _random_states(),
        "extra": extra or {},
    }  # fmt: skip
    try:
        # In memory first: where the disk is full, the error is the disk's own and not one of torch.
        content = io.BytesIO()
        torch.save(state, content)
        _replace(path, _sealed(content.getvalue()))
    except (OSError, RuntimeError) as error:
        raise RuntimeError(
            f"path: the checkpoint {path} could not be written ({error}); "
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
    this course, or made with another model, optimizer or scheduler, TypeError or ValueError for a
    path or model that is none. The file is left as it is.

    Built in notebook 07.
    """
    path = check_path("path", path)
    check_module("model", model)
    state = _read(path)
    _check_model(path, state["model"], model)
    parts = {"optimizer": optimizer, "scheduler": scheduler, "history": history}
    for name, part in parts.items():
        if part is not None:
            _check_part(path, name, state[name], part)
    if optimizer is not None:
        # First: unlike the other parts it looks by itself whether it fits, before it changes.
        try:
            optimizer.load_state_dict(state["optimizer"]["state"])
        except ValueError as error:
            raise RuntimeError(
                f"path: {path.name} was made with another optimizer: {error}"
            ) from error
    model.load_state_dict(state["model"])
    for name in ("scheduler", "history"):
        part = parts[name]
        if part is not None:
            part.load_state_dict(state[name]["state"])
    generator = getattr(loader, "generator", None)
    if generator is not None and state["generator"] is not None:
        generator.set_state(state["generator"])
    _set_random_states(state["random"])
    return int(state["epoch"])


def read_extra(path: str | Path) -> dict[str, Any]:
    """What was given to `save_checkpoint` as `extra`; an empty dict where nothing was.

    Raises RuntimeError for a file that is missing, cannot be read, is damaged or no checkpoint of
    this course.
    """
    return dict(_read(check_path("path", path)).get("extra") or {})


def previous(path: Path) -> Path:
    """Where the checkpoint before the one at `path` is kept."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def newest(path: str | Path) -> Path | None:
    """The checkpoint to go on from: the one at `path`, else the one before it, else None.

    Only the previous one is there when a run was killed between the two renamings of a save.
    """
    path = Path(path)
    return next((one for one in (path, previous(path)) if one.exists()), None)


def check_writable(name: str, path: Path) -> None:
    """Try to write beside `path`. Raises RuntimeError, with the argument's name, where it fails."""
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise RuntimeError(
            f"{name}: cannot write in {path.parent} ({error.strerror or error})"
        ) from error


def _state(name: str, part: Any) -> dict[str, Any] | None:
    """A part's state with its kind, so that another kind is noticed before it is loaded."""
    if part is None:
        return None
    return {"kind": type(part).__name__, "state": plain_state(name, part.state_dict())}


def _replace(path: Path, content: bytes) -> None:
    """Write beside and rename; what a process that was killed in a save has left is removed."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        # On Windows another run may hold its own open; then that is none that was left.
        with contextlib.suppress(OSError):
            left.unlink()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            path.replace(previous(path))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _sealed(archive: bytes) -> bytes:
    """The zip archive that `torch.save` makes, with its SHA-256 as the comment at its end.

    A zip archive ends with the length of a comment, 0 here, and the comment.
    """
    seal = _SEAL + hashlib.sha256(archive).hexdigest().encode("ascii")
    return archive[:-2] + len(seal).to_bytes(2, "little") + seal


def _read(path: Path) -> dict[str, Any]:
    kept = f"; {previous(path).name} holds the one before it" if previous(path).exists() else ""
    if not path.exists():
        raise RuntimeError(f"path: there is no checkpoint {path.name}{kept}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RuntimeError(
            f"path: {path.name} cannot be read ({error.strerror or error}){kept}"
        ) from error
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
    except (RuntimeError, ValueError, LookupError, TypeError, pickle.UnpicklingError) as e:
        first = (str(e).splitlines() or [""])[0][:120]
        raise RuntimeError(
            f"path: {path.name} is damaged or not a checkpoint of this course ({first}){kept}"
        ) from e
    return dict(state)


def _check_model(path: Path, stored: dict[str, Any], model: nn.Module) -> None:
    expected, found = _shapes(model.state_dict()), _shapes(stored)
    for name in [*expected, *found]:
        if expected.get(name) != found.get(name):
            raise RuntimeError(
                f"path: {path.name} was made with another model: for {name} the model has "
                f"{expected.get(name, 'nothing')}, the checkpoint {found.get(name, 'nothing')}"
            )


def _shapes(state: dict[str, Any]) -> dict[str, list[int] | str]:
    """What must be equal: the shapes of tensors; an extra state can be anything, at any time."""
    return {
        name: "an extra state" if name.endswith("_extra_state") else list(part.shape)
        for name, part in state.items()
    }


def _check_part(path: Path, name: str, stored: dict[str, Any] | None, part: object) -> None:
    kind = None if stored is None else stored["kind"]
    if kind != type(part).__name__:
        raise RuntimeError(
            f"path: {path.name} was made with {name} {kind or 'left out'}, "
            f"got {type(part).__name__}"
        )


def _random_states() -> dict[str, Any]:
    numpy_state: Any = np.random.get_state(legacy=False)
    inner = numpy_state["state"]
    return {
        "python": random.getstate(),
        "numpy": {
            **{name: numpy_state[name] for name in ("bit_generator", "has_gauss", "gauss")},
            "pos": int(inner["pos"]),
            "key": torch.from_numpy(inner["key"].astype(np.int64)),
        },
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def _set_random_states(states: dict[str, Any]) -> None:
    random.setstate(states["python"])
    numpy_state = states["numpy"]
    np.random.set_state(
        {
            **{name: numpy_state[name] for name in ("bit_generator", "has_gauss", "gauss")},
            "state": {
                "pos": numpy_state["pos"],
                "key": numpy_state["key"].numpy().astype(np.uint32),
            },
        }
    )
    torch.set_rng_state(states["torch"])
    if torch.cuda.is_available() and len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])
