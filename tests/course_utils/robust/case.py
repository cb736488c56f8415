"""One public function under draws of arguments: right answers, or errors that name an argument."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.course_utils.robust.values import ANYTHING

Arguments = dict[str, Any]

_DOCUMENTED = (TypeError, ValueError, RuntimeError, IndexError)
_LONGEST_MESSAGE = 400


@dataclass(frozen=True)
class Case:
    """A function, arguments that fit it, and how to tell that its answer is right.

    fitting: draws arguments that the function takes, or that fit but for their values. is_right:
    from the arguments and the answer to whether it is the right one. names: the words that an error
    may begin with; the names of the arguments if left out. replaced: near misses for an argument,
    which gets anything at all as often. starred: arguments that come in a list with a star, which
    get near misses alone.
    """

    name: str
    function: Callable[..., Any]
    fitting: st.SearchStrategy[Arguments]
    is_right: Callable[[Arguments, Any], bool]
    names: tuple[str, ...] = ()
    replaced: dict[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    starred: tuple[str, ...] = ()

    @property
    def arguments(self) -> st.SearchStrategy[Arguments]:
        """Arguments that fit, with none, one or several of them replaced."""
        return _spoiled(self)


@st.composite
def _spoiled(draw: Any, case: Case) -> Arguments:
    arguments: Arguments = dict(draw(case.fitting))
    how_many = draw(st.sampled_from([0, 1, 1, 1, 2]))
    names = sorted(arguments)
    for name in draw(st.permutations(names))[:how_many] if names else ():
        others = [] if name in case.starred else [ANYTHING]
        arguments[name] = draw(st.one_of(case.replaced.get(name, ANYTHING), *others))
    return arguments


def outcome(case: Case, arguments: Arguments) -> str:
    """Call the function: "right answer", or the kind of a documented error.

    Raises AssertionError for a wrong answer, and for an error of another kind, without the name
    of an argument at its beginning, or of more than one line.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of complex numbers cast to real ones, for instance
            answer = case.function(**arguments)
    except _DOCUMENTED as error:
        message = str(error)
        names = case.names or tuple(arguments)
        assert re.match(rf"({'|'.join(map(re.escape, names))})\b", message), (
            f"{type(error).__name__} that begins with none of {names}: {message}"
        )
        assert "\n" not in message and len(message) <= _LONGEST_MESSAGE, message
        return type(error).__name__
    assert case.is_right(arguments, answer), f"a wrong answer: {answer!r}"
    return "right answer"
