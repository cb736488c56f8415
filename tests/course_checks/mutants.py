"""Every program that differs from a solution in one token, or lacks one of its lines."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
_METHODS = {
    "amax": "amin", "argmax": "argmin", "any": "all", "mean": "sum", "sum": "mean", "max": "min",
    "eval": "train", "unsqueeze": "squeeze", "exp": "log", "log": "exp",
}  # fmt: skip


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """(what was changed, the text of the mutant), for each place at which the text can change."""
    tree = ast.parse(text)
    for position, node in enumerate(ast.walk(tree)):
        for words, change in _changes(node):
            mutant = copy.deepcopy(tree)
            change(list(ast.walk(mutant))[position])
            yield f"line {getattr(node, 'lineno', 0)}: {words}", ast.unparse(mutant) + "\n"


Change = Callable[[ast.AST], None]


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """What can be changed at one place, in words, and the change itself."""
    match node:
        case ast.BinOp(op=op) | ast.AugAssign(op=op):
            for other in _OPERATORS.get(type(op), ()):
                yield f"{type(op).__name__} → {other.__name__}", _set("op", other())
        case ast.Compare(ops=[op]):
            for comparison in _COMPARISONS.get(type(op), ()):
                yield f"{type(op).__name__} → {comparison.__name__}", _set("ops", [comparison()])
        case ast.BoolOp(op=op):
            other_op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"{type(op).__name__} → {type(other_op).__name__}", _set("op", other_op)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield "sign or not dropped", _replace_by_operand
        case ast.Constant(value=bool() as value):
            yield f"{value} → {not value}", _set("value", not value)
        case ast.Constant(value=int() | float() as value):
            for number in (value + 1, value - 1):
                yield f"{value} → {number}", _set("value", number)
        case ast.Attribute(attr=name) if name in _METHODS:
            yield f"{name} → {_METHODS[name]}", _set("attr", _METHODS[name])
        case ast.Call(args=[first, second]):
            yield "arguments exchanged", _set("args", [second, first])
    for field in ("body", "orelse"):
        lines = getattr(node, field, None)
        if isinstance(lines, list) and not isinstance(node, ast.Module):
            for index, line in enumerate(lines):
                if not isinstance(line, ast.FunctionDef) and not _is_docstring(line):
                    yield f"without `{ast.unparse(line).splitlines()[0]}`", _drop(field, index)


def _is_docstring(line: ast.AST) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def _set(field: str, value: object) -> Change:
    return lambda node: setattr(node, field, value)


def _replace_by_operand(node: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    # A plus sign is no operation, so that the tree keeps its shape.
    node.op = ast.UAdd() if isinstance(node.op, ast.USub) else ast.Not()
    if isinstance(node.op, ast.Not):
        node.operand = ast.UnaryOp(ast.Not(), node.operand)


def _drop(field: str, index: int) -> Change:
    def change(node: ast.AST) -> None:
        getattr(node, field)[index] = ast.Pass()

    return change
