"""How an exercise is declared: its solution as text, and known mistakes as edits of that text.

The text is what stands in the notebook's fold. The reference that a check compares with, the stub
and every wrong answer that is an edit are made from it, so none of them can drift away from it.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

_SCOPE = {
    "DataLoader": DataLoader,
    "Dataset": Dataset,
    "F": nn.functional,
    "math": math,
    "nn": nn,
    "np": np,
    "torch": torch,
}
"""The names that a solution may use without importing them."""


@dataclass(frozen=True)
class Edit:
    """A change of the solution's text. `one + other` makes both changes, in this order."""

    change: Callable[[str], str]

    def __add__(self, other: Edit) -> Edit:
        return Edit(lambda text: other.change(self.change(text)))


def replaced(old: str, new: str) -> Edit:
    """The solution with `new` in the place of `old`, which must stand in it exactly once."""

    def change(text: str) -> str:
        _find(text, old)
        return text.replace(old, new)

    return Edit(change)


def everywhere(old: str, new: str) -> Edit:
    """The solution with `new` wherever `old` stands in it, more than once."""

    def change(text: str) -> str:
        if text.count(old) < 2:
            raise ValueError(f"{old!r} must stand in the solution more than once:\n{text}")
        return text.replace(old, new)

    return Edit(change)


def without(*fragments: str) -> Edit:
    """The solution without the lines in which the fragments stand, each in exactly one line."""

    def change(text: str) -> str:
        for fragment in fragments:
            at = _find(text, fragment)
            start = text.rfind("\n", 0, at) + 1
            text = text[:start] + text[text.index("\n", at) + 1 :]
        return text

    return Edit(change)


def exchanged(one: str, other: str) -> Edit:
    """The solution with two fragments in each other's place."""

    def change(text: str) -> str:
        _find(text, one)
        _find(text, other)
        return text.replace(one, "\0").replace(other, one).replace("\0", other)

    return Edit(change)


def instead(*lines: str) -> Edit:
    """The solution's first line, and below it these lines in the place of the whole body."""

    def change(text: str) -> str:
        head = text.partition("\n")[0]
        return "\n".join([head, *(f"    {line}" for line in lines)]) + "\n"

    return Edit(change)


def _find(text: str, fragment: str) -> int:
    count = text.count(fragment)
    if count != 1:
        raise ValueError(
            f"{fragment!r} must stand once in the solution, not {count} times:\n{text}"
        )
    return text.index(fragment)


def made(text: str) -> Any:
    """What the text defines last: a function, a class, or the value of a name."""
    scope = dict(_SCOPE)
    # The texts are the course's own; a reader's answer never comes here.
    exec(compile(text, "<solution>", "exec"), scope)  # noqa: S102
    return scope[_name_of(ast.parse(text).body[-1])]


def stub_of(text: str) -> str:
    """The solution with `...` for what the student writes; names, arguments and docstrings stay."""
    node = ast.parse(text).body[-1]
    lines = text.splitlines()
    if isinstance(node, ast.FunctionDef):
        return "\n".join([*lines[node.lineno - 1 : _end_of_head(node)], "    ..."]) + "\n"
    if isinstance(node, ast.ClassDef):
        parts = ["\n".join(lines[node.lineno - 1 : _end_of_head(node)])]
        for method in node.body:
            if isinstance(method, ast.FunctionDef):
                parts.append(
                    "\n".join(lines[method.lineno - 1 : method.body[0].lineno - 1]) + " ..."
                )
        return "\n\n".join(parts) + "\n"
    raise ValueError(f"no stub can be made of a {type(node).__name__}: write it down as `stub=`")


def _end_of_head(node: ast.FunctionDef | ast.ClassDef) -> int:
    """The number of the last line before the body: that of the docstring, where there is one."""
    first = node.body[0]
    return first.end_lineno or 0 if ast.get_docstring(node) is not None else first.lineno - 1


def _name_of(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        if isinstance(target, ast.Subscript):  # a dictionary that is filled entry by entry
            target = target.value
        if isinstance(target, ast.Name):
            return target.id
    raise ValueError("a solution ends with a function, a class or a named value")
