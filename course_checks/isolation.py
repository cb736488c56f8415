"""Running a student's answer so that it can do no harm to the notebook around it."""

from __future__ import annotations

import contextlib
import copy
import dis
import inspect
import io
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_NOTHING_DONE = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


@dataclass(frozen=True)
class Outcome:
    """What came of running an answer once.

    value: what it returned. error: the exception it raised, or None. changed: the names of the
    arguments that are not what they were before. settings: torch's settings that it left changed.
    """

    value: Any
    error: BaseException | None = None
    changed: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


def is_stub(answer: object) -> bool:
    """Whether nothing has been written yet: `...`, None, or functions whose body is only that.

    Looks at what the compiled body does, so comments, a docstring and `pass` do not matter. A
    class, a dictionary or a list is a stub as long as each of its parts is one.
    """
    if answer is None or answer is ...:
        return True
    if inspect.isfunction(answer):
        return all(
            step.opname in _NOTHING_DONE and (step.opname == "RESUME" or step.argval is None)
            for step in dis.get_instructions(answer)
        )
    parts = parts_of(answer)
    return bool(parts) and all(is_stub(part) for part in parts.values())


def open_parts(answer: object) -> list[str]:
    """The names of the parts of an answer that are still a stub, where others are written."""
    return [name for name, part in parts_of(answer).items() if is_stub(part)]


def parts_of(answer: object) -> dict[str, object]:
    """The methods of a class, the entries of a dictionary or list, by name; else nothing."""
    if inspect.isclass(answer):
        return {name: part for name, part in vars(answer).items() if inspect.isfunction(part)}
    if isinstance(answer, dict):
        return {str(key): part for key, part in answer.items()}
    if isinstance(answer, list | tuple):
        return {f"entry {position}": part for position, part in enumerate(answer)}
    return {}


def run(
    observe: Callable[..., Any], answer: Any, arguments: tuple[Any, ...], names: tuple[str, ...]
) -> Outcome:
    """Call `observe(answer, *copies of arguments)` and note the result, the error, the changes.

    Anything the answer raises is caught, `SystemExit` too; only KeyboardInterrupt goes through,
    so that the stop button stops. Random state and torch's settings are put back afterwards.
    """
    copies = copy.deepcopy(arguments)
    before = _settings()
    with _global_state_kept():
        try:
            value = observe(answer, *copies)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return Outcome(None, error, ())
        settings = tuple(name for name, value in _settings().items() if value != before[name])
    changed = tuple(
        name
        for name, before, after in zip(names, arguments, copies, strict=False)
        if _was_changed(before, after)
    )
    return Outcome(value, None, changed, settings)


def _settings() -> dict[str, object]:
    """What an answer could leave changed for every cell after it."""
    return {"gradients": torch.is_grad_enabled(), "default dtype": torch.get_default_dtype()}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Drop what the answer prints: a check makes many calls, and one of them has shown it."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


@contextlib.contextmanager
def _global_state_kept() -> Iterator[None]:
    python_state, numpy_state = random.getstate(), np.random.get_state()
    torch_state, threads = torch.get_rng_state(), torch.get_num_threads()
    dtype, recursion = torch.get_default_dtype(), sys.getrecursionlimit()
    gradients = torch.is_grad_enabled()
    deterministic = torch.are_deterministic_algorithms_enabled()
    stdout, stderr = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        torch.set_rng_state(torch_state)
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(gradients)
        torch.use_deterministic_algorithms(deterministic)
        sys.setrecursionlimit(recursion)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)


def _was_changed(before: Any, after: Any) -> bool:
    if isinstance(before, Tensor):
        return before.shape != after.shape or not torch.equal(
            before.nan_to_num(), after.nan_to_num()
        )
    if isinstance(before, np.ndarray):
        return before.shape != after.shape or not np.array_equal(before, after)
    if isinstance(before, nn.Module):
        modes = [m.training for m in before.modules()] != [m.training for m in after.modules()]
        old, new = before.state_dict(), after.state_dict()
        return modes or old.keys() != new.keys() or any(_was_changed(old[k], new[k]) for k in old)
    if isinstance(before, list | tuple):
        return len(before) != len(after) or any(
            _was_changed(one, other) for one, other in zip(before, after, strict=True)
        )
    return False
