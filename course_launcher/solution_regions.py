"""A stub and its solution as one cell, with the regions that nbgrader empties for the students."""

import ast
import textwrap
from collections.abc import Iterator

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def with_regions(stub: str, solution: str) -> str:
    """The stub with the solution in regions that nbgrader empties for the students.

    Where the stub is functions or classes, the regions are inside its functions, so that the
    students keep signatures and docstrings. Else the stub stays and one region below it takes its
    place: what a student runs is the stub either way.
    """
    filled = _filled(stub, solution)
    if filled is not None and _meaning(filled) == _meaning(solution):
        return filled
    return f"{stub}\n\n{_region(solution)}"


def _filled(stub: str, solution: str) -> str | None:
    """The stub with a region in each empty function, or None where the solution lacks one."""
    bodies = {name: _body(function, solution) for name, function in _functions(solution)}
    lines = stub.splitlines()
    for name, function in reversed([*_functions(stub)]):
        hole = function.body[-1]
        if not _is_hole(hole):
            continue
        body = bodies.get(name)
        if body is None:
            return None
        # Columns are counted in bytes.
        before = lines[hole.lineno - 1].encode()[: hole.col_offset].decode()
        indent = before if not before.strip() else " " * (function.col_offset + 4)
        region = textwrap.indent(_region(body), indent).splitlines()
        # `def name(): ...` on one line keeps its first part.
        kept = [before.rstrip()] if before.strip() else []
        lines[hole.lineno - 1 : hole.end_lineno] = [*kept, *region]
    return "\n".join(lines)


def _functions(source: str) -> Iterator[tuple[str, _Function]]:
    """The functions at the top level and the methods of its classes, with qualified names."""
    for statement in ast.parse(source).body:
        if isinstance(statement, _Function):
            yield statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            for part in statement.body:
                if isinstance(part, _Function):
                    yield f"{statement.name}.{part.name}", part


def _is_hole(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and (
        isinstance(statement.value, ast.Constant) and statement.value.value is ...
    )


def _body(function: _Function, source: str) -> str | None:
    """What a function does, without its docstring, as text; None where there is nothing."""
    statements = function.body[ast.get_docstring(function) is not None :]
    if not statements:
        return None
    lines, start = source.splitlines(), statements[0].lineno - 1
    while start > function.lineno and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return textwrap.dedent("\n".join(lines[start : function.end_lineno]))


def _region(code: str) -> str:
    return f"### BEGIN SOLUTION\n{code}\n### END SOLUTION"


def _meaning(source: str) -> str | None:
    """The code without comments, layout and docstrings, to be compared; None where it is none."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | _Function) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
