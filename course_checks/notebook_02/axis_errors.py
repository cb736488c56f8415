"""Exercise 2.3 of notebook 02: which axis error a call ends in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Generator

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.result import CheckResult

_KINDS = ("works", "no such axis", "number of axes", "sizes")

# Question to call and to what PyTorch does with it.
_CALLS = {
    "a": ("nn.Linear(4, 2)(torch.rand(3, 5, 4))", "works"),
    "b": ("nn.Linear(4, 2)(torch.rand(4, 5))", "sizes"),
    "c": ("nn.Conv2d(3, 2, 3)(torch.rand(3, 8, 8))", "works"),
    "d": ("nn.Conv2d(1, 2, 3)(torch.rand(5, 8, 8))", "sizes"),
    "e": ("nn.BatchNorm2d(3)(torch.rand(3, 8, 8))", "number of axes"),
    "f": ("nn.Sequential(nn.Flatten(), nn.Linear(192, 2))(torch.rand(3, 8, 8))", "sizes"),
    "g": ("torch.rand(10).argmax(dim=1)", "no such axis"),
    "h": ("torch.rand(2, 3).unsqueeze(2)", "works"),
}


class _Said(str):
    """A student's word for one call, which in a message does not give the right one away."""

    right: bool

    def __repr__(self) -> str:
        return "what PyTorch does" if self.right else str.__repr__(self)


def _questions(_: Generator) -> Iterator[tuple[str, str]]:
    for question, (call, _kind) in _CALLS.items():
        yield question, call


def _observe_said(answers: Any, question: str, call: str) -> _Said:
    if not isinstance(answers, dict) or answers.keys() != _CALLS.keys():
        raise TypeError(f"answers: expected a dictionary with the keys {', '.join(_CALLS)}")
    word = answers[question]
    if word not in _KINDS:
        kinds = ", ".join(_KINDS)
        raise ValueError(f"answers[{question!r}]: expected one of {kinds}; got {word!r}")
    said = _Said(word)
    said.right = word == _CALLS[question][1]
    return said


def _with(**said: str) -> dict[str, str]:
    """The right answers, but for those given."""
    return {question: kind for question, (_, kind) in _CALLS.items()} | said


AXIS_ERRORS = Exercise(
    number="2.3",
    name="axis_errors",
    reference=_with(),
    cases=_questions,
    observe=_observe_said,
    mistakes=(
        Mistake(
            "every layer wants four axes",
            _with(a="number of axes", c="number of axes"),
            "You ask each layer for a batch of pictures. "
            "Which axis does Linear look at, and what did the table say of Conv2d?",
        ),
        Mistake(
            "Linear wants two axes",
            _with(a="number of axes"),
            "Linear works on the last axis and keeps all the others. "
            "How long is the last axis here?",
        ),
        *in_forms(
            "Linear looks at the first axis",
            "You look for Linear's 4 at the front of the shape. "
            "Which one axis does Linear work on?",
            _with(b="works"),
            _with(a="sizes"),
            _with(a="sizes", b="works"),
        ),
        *in_forms(
            "Conv2d wants a batch",
            "Look at the row of Conv2d in the table. What did it make of one picture?",
            _with(c="number of axes"),
            _with(c="number of axes", d="number of axes"),
        ),
        Mistake(
            "channels sought in the wrong axis",
            _with(c="sizes"),
            "Conv2d reads three axes as one picture [C, H, W]. How many channels has it then, and "
            "how many does the layer want?",
        ),
        Mistake(
            "missing channel axis seen as missing batch axis",
            _with(d="number of axes"),
            "Three axes are a number that Conv2d takes. "
            "As what does it then read the 5, and how many did it expect?",
        ),
        Mistake(
            "a stack of grey pictures needs no channel axis",
            _with(d="works"),
            "Conv2d reads three axes as one picture [C, H, W]. How many channels has it then?",
        ),
        Mistake(
            "BatchNorm2d takes one picture",
            _with(e="works"),
            "Look at the row of BatchNorm2d in the table. What did it make of one picture?",
        ),
        Mistake(
            "BatchNorm2d counts channels first",
            _with(e="sizes"),
            "There are 3 channels, as the layer wants them. "
            "What did the table say of BatchNorm2d and one picture?",
        ),
        Mistake(
            "Flatten makes one row",
            _with(f="works"),
            "192 is 3 · 8 · 8, but Flatten keeps axis 0. Which shape reaches Linear?",
        ),
        *in_forms(
            "Linear complains about axes",
            "Linear takes two axes, and more. Write down the shape that reaches it: which "
            "axis must fit, and does it?",
            _with(f="number of axes"),
            _with(b="number of axes"),
        ),
        Mistake(
            "axes counted from 1",
            _with(g="works"),
            "One axis, and axes are counted from 0. What is the number of the only one?",
        ),
        *in_forms(
            "argmax seen as a layer",
            "`argmax` is no layer and takes a tensor of any shape. "
            "What does `dim=1` ask for here, and is it there?",
            _with(g="number of axes"),
            _with(g="sizes"),
        ),
        *in_forms(
            "no new axis at the end",
            "A new axis may go before, between and after the old ones. "
            "How many places are there round two axes?",
            _with(h="no such axis"),
            _with(h="number of axes"),
        ),
    ),
)


def check_axis_errors(answer: object) -> CheckResult:
    """Check exercise 2.3: a dictionary from question to one of four words."""
    return AXIS_ERRORS.check(answer)
