"""How stub and solution become one cell with the regions that nbgrader empties."""

from __future__ import annotations

import ast
import re
from textwrap import dedent

import pytest

from course_checks.isolation import is_stub
from course_launcher.solution_regions import with_regions

from .nbgrader_course import run

FUNCTION = '''\
def double(number):
    """A number -> twice that number."""
    ...'''

CLASS = '''\
class Counter(Base):
    """Counts."""

    start = 0

    def __init__(self): ...

    def add(self, number):
        """Add a number."""
        ...

    def total(self):
        return self.sum'''

DATA = """\
answers = {
    "a": ...,  # 1 + 1
    "b": ...,  # 2 + 2
}"""

# Each: stub, solution, and whether the regions are inside the stub's functions.
CASES = {
    "function": (FUNCTION, "def double(number):\n    return 2 * number", True),
    "comment first": (
        FUNCTION,
        "def double(number):\n    # Twice.\n    twice = 2 * number\n    return twice",
        True,
    ),
    "docstring of its own": (
        FUNCTION,
        'def double(number):\n    """Other words."""\n\n    return 2 * number',
        True,
    ),
    "text over several lines": (
        FUNCTION,
        'def double(number):\n    assert """two\n  lines"""\n    return 2 * number',
        False,
    ),
    "letters of several bytes": (
        "def double(zahl_in_größe): ...",
        "def double(zahl_in_größe):\n    return 2 * zahl_in_größe",
        True,
    ),
    "class": (
        CLASS,
        dedent('''\
            class Counter(Base):
                start = 0

                def __init__(self):
                    self.sum = self.start

                def add(self, number):
                    """Add a number."""
                    self.sum += number

                def total(self):
                    return self.sum'''),
        True,
    ),
    "import first": (
        FUNCTION,
        "import operator\n\n\ndef double(number):\n    return operator.mul(2, number)",
        False,
    ),
    "function of its own first": (
        FUNCTION,
        "def add(one, other):\n    return one + other\n\n\n"
        "def double(number):\n    return add(number, number)",
        False,
    ),
    "other signature": (FUNCTION, "def double(number, /):\n    return 2 * number", False),
    "decorated": (
        FUNCTION,
        "def same(f):\n    return f\n\n\n@same\ndef double(number):\n    return 2 * number",
        False,
    ),
    "on one line": (FUNCTION, "def double(number): return 2 * number", False),
    "as a lambda": (FUNCTION, "double = lambda number: 2 * number", False),
    "another class": (
        CLASS,
        "class Counter(Base):\n    def __init__(self):\n        self.sum = 0\n\n"
        "    def add(self, number):\n        self.sum += number\n\n"
        "    def total(self):\n        return self.sum",
        False,
    ),
    "data": (DATA, 'answers = {"a": 2, "b": 4}', False),
}
EACH = pytest.mark.parametrize(("stub", "solution", "inside"), CASES.values(), ids=CASES.keys())


def emptied(source: str) -> str:
    """What nbgrader makes of the regions, with the settings that we write for it."""
    region = r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION$"
    stub = r"\1# YOUR CODE HERE\n\1..."
    return re.sub(region, stub, source, flags=re.MULTILINE | re.DOTALL)


def named(source: str) -> object:
    """The one thing that the code defines under the name that the stub gives it."""
    scope = {"Base": object}
    run(source, scope)
    return next(scope[name] for name in ("double", "Counter", "answers") if name in scope)


@EACH
def test_regions_are_inside_functions_where_that_is_the_solution(
    stub: str, solution: str, inside: bool
) -> None:
    made = with_regions(stub, solution)
    assert made.startswith(f"{stub}\n\n### BEGIN SOLUTION\n{solution}\n") is not inside
    for line in stub.splitlines():
        assert not inside or line.removesuffix("...").rstrip() in made


@EACH
def test_nothing_is_lost_of_the_solution(stub: str, solution: str, inside: bool) -> None:
    made = with_regions(stub, solution)
    regions = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", made, flags=re.DOTALL)
    assert "double" not in solution or run(f"{made}\ndouble(21)", {}) == 42
    if inside:
        kept = {line.strip() for line in made.splitlines()}
        assert kept >= {
            line.strip()
            for line in solution.splitlines()
            if line.strip() and '"""Other words."""' not in line
        }
    else:
        assert ast.dump(ast.parse(regions[0])) == ast.dump(ast.parse(solution))


@EACH
def test_what_students_get_is_a_stub(stub: str, solution: str, inside: bool) -> None:
    made = with_regions(stub, solution)
    assert not is_stub(named(made))
    released = emptied(made)
    assert is_stub(named(released))
    assert ast.get_docstring(ast.parse(released)) == ast.get_docstring(ast.parse(stub))
    assert "# YOUR CODE HERE" in released and "SOLUTION" not in released
