"""Arguments that do not fit are refused at the door, by name: what was expected, what came.

The functions of the package call these in one line each, so that what they compute stays in view.
"""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

LARGEST_INT64 = 2**63 - 1
"""The largest size and whole number that torch takes."""


def shown(value: object) -> str:
    """What came, in a few words on one line: small values themselves, of others the kind."""
    if isinstance(value, Tensor):
        return f"a tensor {list(value.shape)}"
    if isinstance(value, int) and abs(value) >= 10**40:
        return f"a number of {value.bit_length()} bits"
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        text = repr(value)
        return text if len(text) <= 60 else f"{text[:56]} …"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return type(value).__name__


def check_whole(
    name: str, value: object, least: int | None = None, most: int = LARGEST_INT64
) -> None:
    """Raise TypeError for what is no whole number, ValueError outside of `least` to `most`.

    most: the largest that torch takes, unless another is given. A bool is no whole number: True for
    a size is a slip that Python would let pass as 1.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected a whole number, got {shown(value)}")
    if least is not None and value < least:
        raise ValueError(f"{name}: expected at least {least}, got {shown(value)}")
    if value > most:
        raise ValueError(f"{name}: expected at most {most}, got {shown(value)}")


def check_within(name: str, value: int, least: int, most: int) -> None:
    """Raise TypeError for what is no whole number, ValueError outside of a short range."""
    check_whole(name, value)
    if not least <= value <= most:
        raise ValueError(f"{name}: expected {least} to {most}, got {shown(value)}")


def check_bool(name: str, value: object) -> None:
    """Raise TypeError for what is neither True nor False, such as a name in the wrong place."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {shown(value)}")


def check_text(name: str, value: object) -> None:
    """Raise TypeError for what is no text, ValueError for halves of letters in it."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a text, got {shown(value)}")
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"{name}: expected whole letters, got {shown(value)}")


def check_finite(name: str, value: object, least: float | None = None) -> float:
    """A finite number of at least `least`; raises TypeError and ValueError."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: expected a number, got {shown(value)}")
    try:
        number = float(value)
    except OverflowError:  # an int beyond what a float holds
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name}: expected a finite number, got {shown(value)}")
    if least is not None and number < least:
        raise ValueError(f"{name}: expected at least {least}, got {shown(value)}")
    return number


def check_tensor(name: str, value: object) -> None:
    """Raise TypeError for what is no tensor, with the way to make one where there is one."""
    if not isinstance(value, Tensor):
        makers = {"ndarray": "torch.from_numpy", "list": "torch.tensor"}
        maker = makers.get(type(value).__name__)
        hint = f": {maker} makes one" if maker else ""
        raise TypeError(f"{name}: expected a tensor, got {shown(value)}{hint}")


def check_scores(name: str, scores: Tensor, floats_only: bool = False) -> None:
    """Raise TypeError or ValueError for what is no [B, K] of real numbers with K at least 1."""
    check_tensor(name, scores)
    if floats_only and not scores.is_floating_point():
        raise TypeError(f"{name}: expected floats, got {scores.dtype}")
    if scores.is_complex() or scores.dtype == torch.bool:
        raise TypeError(f"{name}: expected scores (real numbers), got {scores.dtype}")
    shape = list(scores.shape)
    if len(shape) != 2:
        hint = ": add the batch axis with .unsqueeze(0)" if len(shape) == 1 else ""
        raise ValueError(f"{name}: expected shape [B, K], got {shape}{hint}")
    if shape[1] == 0:
        raise ValueError(f"{name}: expected shape [B, K] with K at least 1, got {shape}")


def check_indices(name: str, indices: Tensor, count: int) -> None:
    """Raise TypeError or ValueError for what is no [count] of integers.

    A column [count, 1], which many data sets give, gets the cure with the message.
    """
    check_tensor(name, indices)
    if indices.is_floating_point() or indices.is_complex() or indices.dtype == torch.bool:
        raise TypeError(f"{name}: expected class indices (integers), got {indices.dtype}")
    shape = list(indices.shape)
    if shape != [count]:
        hint = ": drop the last axis with .squeeze(1)" if shape == [count, 1] else ""
        raise ValueError(f"{name}: expected shape {[count]}, got {shape}{hint}")


def check_range(name: str, indices: Tensor, classes: int) -> None:
    """Raise ValueError where an index is not in 0 … classes-1. It reads numbers, as a sum would."""
    check_numbers(name, indices)
    if len(indices):
        # Not every integer type of torch has a minimum.
        smallest, largest = int(indices.long().min()), int(indices.long().max())
        if smallest < 0 or largest >= classes:
            raise ValueError(f"{name}: expected 0 to {classes - 1}, got {smallest} to {largest}")


def check_numbers(name: str, tensor: Tensor) -> None:
    """Raise ValueError for a tensor without numbers: on the meta device there are only sizes."""
    if tensor.is_meta:
        raise ValueError(f"{name}: expected numbers, got a tensor on the meta device, without any")


def check_same_device(name: str, tensor: Tensor, other_name: str, other: Tensor) -> None:
    """Raise ValueError where two tensors are not on one device."""
    if tensor.device != other.device:
        raise ValueError(
            f"{name}: expected a tensor on {other.device}, where {other_name} is, "
            f"got one on {tensor.device}"
        )


def check_callable(name: str, value: object, example: str) -> None:
    """Raise TypeError for what cannot be called, and for a class in the place of its instance."""
    if isinstance(value, type):
        raise TypeError(f"{name}: expected {example}, got {shown(value)}: make one of it")
    if not callable(value):
        raise TypeError(f"{name}: expected {example}, got {shown(value)}")


def check_module(name: str, value: object) -> None:
    """Raise TypeError for what is no module, such as its class."""
    if not isinstance(value, nn.Module):
        raise TypeError(f"{name}: expected a torch.nn.Module, got {shown(value)}")


def check_path(name: str, value: object) -> Path:
    """The path; raises TypeError and ValueError for what no file can be named."""
    if isinstance(value, bytes) or not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name}: expected a path, got {shown(value)}")
    path = Path(value)
    if "\0" in str(path) or not path.name:
        raise ValueError(f"{name}: expected the path of a file, got {str(value)!r}")
    return path


_PLAIN = (type(None), bool, int, float, str, torch.dtype, torch.device)


def check_plain(name: str, value: object) -> None:
    """Raise TypeError for what `torch.load` with `weights_only=True` would not read again.

    Raises ValueError for what contains itself, and for what is nested as deeply as if it did.
    """
    expected = f"{name}: expected numbers, texts, tensors, lists and dicts"

    def check(part: object) -> None:
        if isinstance(part, dict):
            for pair in part.items():
                check(pair)
        elif isinstance(part, list | tuple):
            for one in part:
                check(one)
        elif type(part) not in _PLAIN and not isinstance(part, Tensor):
            raise TypeError(f"{expected}, got {shown(part)} in it")

    try:
        check(value)
    except RecursionError:
        raise ValueError(f"{expected}, got one that contains itself, or nearly so") from None


def elements(name: str, value: Iterable[Any], expected: str) -> Iterator[Any]:
    """Walk through it; raises TypeError for what cannot be, and for a text or a single tensor."""
    sentence = f"{name}: expected {expected}, got {shown(value)}"
    if isinstance(value, Tensor | str | bytes):
        raise TypeError(sentence)
    try:
        return iter(value)
    except TypeError as error:
        # No iterable, or an array without axes, which only looks like one; or a loader whose data
        # set cannot be sent to its workers: then the cause says so.
        raise TypeError(sentence) from error


def batches(loader: Iterable[Any], device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """Each batch of `loader` on `device`: images [B, ...] and labels [B].

    Raises TypeError and ValueError for a loader without batches, and for a batch that is no pair of
    tensors or has other labels than integers [B].
    """
    samples = 0
    for batch in elements("loader", loader, "batches of (images, labels)"):
        pair = isinstance(batch, list | tuple) and len(batch) == 2
        if not pair or not all(isinstance(x, Tensor) for x in batch):
            raise TypeError(f"loader: expected batches of (images, labels), got {shown(batch)}")
        images, labels = batch
        if images.dim() == 0:
            raise ValueError("loader: expected images of shape [B, ...], got []")
        check_indices("labels", labels, len(images))
        samples += len(labels)
        if len(labels):
            yield images.to(device), labels.to(device)
    if samples == 0:
        raise ValueError("loader: expected at least one batch, got none")


_KINDS = (RuntimeError, ValueError, TypeError, IndexError)


@contextmanager
def named(*what: object) -> Iterator[None]:
    """Put words in front of the first line of what torch, or the caller's own code, raises inside.

    The kind stays, or the plain one that it is of (ValueError for a number too large), and so does
    the traceback, whose last lines are the caller's own. Running out of memory is passed on as it
    is: callers recognise it.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except (*_KINDS, OverflowError) as error:
        kind = next((kind for kind in _KINDS if isinstance(error, kind)), ValueError)
        first = (str(error).splitlines() or [type(error).__name__])[0]
        words = " ".join("".join(str(part) for part in what).split())
        # What the first line leaves out stays to be read, as the cause.
        cause = None if first == str(error) else error
        raise kind(f"{words}: {first}").with_traceback(error.__traceback__) from cause


def scores_of(model: Callable[[Tensor], Any], images: Tensor) -> Tensor:
    """The model's scores [B, K] for images [B, ...].

    Raises what the model raises, with its argument's name in front, and TypeError or ValueError
    where what it returns are no such scores.
    """
    with named("model: cannot take images ", list(images.shape)):
        scores: Tensor = model(images)
    check_scores("model's result", scores)
    check_numbers("model's result", scores)
    if len(scores) != len(images):
        raise ValueError(f"model's result: expected {len(images)} rows, got {len(scores)}")
    return scores
