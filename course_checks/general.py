"""Mistakes that can be made in every exercise: the right value, handed over in the wrong way.

Each is made from the exercise's own reference, so it is recognised by behaviour like any other.
"""

from __future__ import annotations

import ast
import inspect
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from course_checks.declared import Edit


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer.

    id: a short name (`"no keepdim"`). wrong: an `Edit` of the solution, or an answer of its own
    where it is no edit; a tuple of several where students write it in several forms that behave a
    little differently. message: one or two sentences that say what happened and ask the question
    that leads on; never the solution.
    """

    id: str
    wrong: Any
    message: str


def _as_array(value: Any) -> Any:
    return value.numpy() if isinstance(value, Tensor) else value


def _as_list(value: Any) -> Any:
    return value.tolist() if isinstance(value, Tensor) and value.dim() else value


def _as_tensor(value: Any) -> Any:
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return torch.tensor(value) if is_number else value


def _as_float64(value: Any) -> Any:
    is_float32 = isinstance(value, Tensor) and value.dtype == torch.float32
    return value.double() if is_float32 else value


_WAYS: tuple[tuple[str, Callable[[Any], Any], str], ...] = (
    (
        "nothing returned",
        lambda value: None,
        "Your function ends without handing back a value. Does it print where it should return?",
    ),
    (
        "NumPy array",
        _as_array,
        "The numbers are right, but they come as a NumPy array. What turns it into a tensor?",
    ),
    (
        "list",
        _as_list,
        "The numbers are right, but they come as a list. What turns it into a tensor?",
    ),
    (
        "tensor instead of number",
        _as_tensor,
        "The value is right, but it is still a tensor. What takes the one number out of it?",
    ),
    (
        "float64",
        _as_float64,
        "The numbers are right, but in float64. Which dtype is asked for?",
    ),
)


def general_mistakes(reference: Any) -> list[Mistake]:
    """The general mistakes of one exercise; none where its answer is not a function."""
    if not inspect.isfunction(reference):
        return []

    def handed_over(change: Callable[[Any], Any]) -> Callable[..., Any]:
        def wrong(*arguments: Any, **options: Any) -> Any:
            value = reference(*arguments, **options)
            if isinstance(value, tuple) and change(0) is not None:
                return tuple(change(entry) for entry in value)
            return change(value)

        return wrong

    return [Mistake(name, handed_over(change), message) for name, change, message in _WAYS]


def early_return(solution: str) -> list[Mistake]:
    """The solution whose last line slipped into its loop, where it has one: one turn counts."""
    function = ast.parse(solution).body[-1]
    if not isinstance(function, ast.FunctionDef) or not isinstance(function.body[-1], ast.Return):
        return []
    loops = [node for node in ast.walk(function) if isinstance(node, ast.For)]
    if not loops:
        return []
    loops[0].body.append(function.body[-1])
    text = ast.unparse(function) + "\n"
    message = (
        "The result is that of the loop's first turn alone. What ends the loop there, or leaves "
        "out the turns after it?"
    )
    return [Mistake("first turn of the loop only", Edit(lambda _: text), message)]
