"""The exercises of notebook 02: one picture, many pictures, and what calls make of axes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Generator

from course_utils.exercises.engine import Exercise, Mistake
from course_utils.exercises.notebook_02_predict import PREDICT_ONE
from course_utils.exercises.notebook_02_stack import STACK_IMAGES
from course_utils.exercises.result import CheckResult

KINDS = ("works", "no such axis", "number of axes", "sizes")
"""What a call can end in: the words to answer exercise 2.3 with."""

AXIS_CALLS = {
    "a": ("nn.Linear(4, 2)(torch.rand(3, 5, 4))", "works"),
    "b": ("nn.Linear(4, 2)(torch.rand(4, 5))", "sizes"),
    "c": ("nn.Conv2d(3, 2, 3)(torch.rand(3, 8, 8))", "works"),
    "d": ("nn.Conv2d(1, 2, 3)(torch.rand(5, 8, 8))", "sizes"),
    "e": ("nn.BatchNorm2d(3)(torch.rand(3, 8, 8))", "number of axes"),
    "f": ("nn.Sequential(nn.Flatten(), nn.Linear(192, 2))(torch.rand(3, 8, 8))", "sizes"),
    "g": ("torch.rand(10).argmax(dim=1)", "no such axis"),
    "h": ("torch.rand(2, 3).unsqueeze(2)", "works"),
}
"""Question to call and to what PyTorch does with it."""


class _Said(str):
    """A student's word for one call, which in a message does not give the right one away."""

    right: bool

    def __repr__(self) -> str:
        return "what PyTorch does" if self.right else str.__repr__(self)


def _questions(_: Generator) -> Iterator[tuple[str, str]]:
    for question, (call, _kind) in AXIS_CALLS.items():
        yield question, call


def _observe_said(answers: Any, question: str, call: str) -> _Said:
    if not isinstance(answers, dict) or answers.keys() != AXIS_CALLS.keys():
        raise TypeError(f"answers: expected a dictionary with the keys {', '.join(AXIS_CALLS)}")
    word = answers[question]
    if word not in KINDS:
        raise ValueError(f"answers[{question!r}]: expected one of {', '.join(KINDS)}; got {word!r}")
    said = _Said(word)
    said.right = word == AXIS_CALLS[question][1]
    return said


def _with(**said: str) -> dict[str, str]:
    """The right answers, but for those given."""
    return {question: kind for question, (_, kind) in AXIS_CALLS.items()} | said


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
        Mistake(
            "Linear turns its input round",
            _with(b="works"),
            "There is a 4 in the shape, but where? Linear looks at one axis only: which?",
        ),
        Mistake(
            "Conv2d wants a batch",
            _with(c="number of axes"),
            "Look at the row of Conv2d in the table. What did it make of one picture?",
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
            "Flatten makes one row",
            _with(f="works"),
            "192 is 3 · 8 · 8, but Flatten keeps axis 0. Which shape reaches Linear?",
        ),
        Mistake(
            "Linear complains about axes",
            _with(f="number of axes"),
            "Flatten hands on two axes, which suits Linear. Which sizes have they?",
        ),
        Mistake(
            "axes counted from 1",
            _with(g="works"),
            "One axis, and axes are counted from 0. What is the number of the only one?",
        ),
        Mistake(
            "no new axis at the end",
            _with(h="no such axis"),
            "A new axis may go before, between and after the old ones. "
            "How many places are there round two axes?",
        ),
    ),
)


def check_predict_one(answer: object) -> CheckResult:
    """Check exercise 2.1: `predict_one(model, image)`, image [C, H, W], returns the class."""
    return PREDICT_ONE.check(answer)


def check_stack_images(answer: object) -> CheckResult:
    """Check exercise 2.2: `stack_images(images)`, B images [C, H, W], returns [B, C, H, W]."""
    return STACK_IMAGES.check(answer)


def check_axis_errors(answer: object) -> CheckResult:
    """Check exercise 2.3: a dictionary from question to one of `KINDS`."""
    return AXIS_ERRORS.check(answer)


EXERCISES = (PREDICT_ONE, STACK_IMAGES, AXIS_ERRORS)
