"""Exercise 7.3 of notebook 07: five training loops, and the symptom of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Generator

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms

SYMPTOMS = (
    "nothing moves",
    "steps grow",
    "loss has a floor",
    "loss is nan",
    "memory grows",
    "dropout sleeps",
    "test too good",
)
"""What a training run can suffer from: the words to answer exercise 7.3 with."""

LOOPS = {
    "a": "nothing moves",
    "b": "steps grow",
    "c": "loss has a floor",
    "d": "memory grows",
    "e": "dropout sleeps",
}
"""Loop to its symptom. The loops themselves stand in the notebook, which runs them, too."""


class _Said(str):
    """A student's word for one loop, which in a message does not give the right one away."""

    right: bool

    def __repr__(self) -> str:
        return "the symptom of this loop" if self.right else str.__repr__(self)


def _loops(_: Generator) -> Iterator[tuple[str]]:
    for loop in LOOPS:
        yield (loop,)


def _observe_said(answers: Any, loop: str) -> _Said:
    if not isinstance(answers, dict) or answers.keys() != LOOPS.keys():
        raise TypeError(f"answers: expected a dictionary with the keys {', '.join(LOOPS)}")
    word = answers[loop]
    if word not in SYMPTOMS:
        raise ValueError(f"answers[{loop!r}]: expected one of {', '.join(SYMPTOMS)}; got {word!r}")
    said = _Said(word)
    said.right = word == LOOPS[loop]
    return said


_PILE_UP = (
    "A new gradient is added into the memory of the old one, and a loss is one number. "
    "Which of the two grows in size, and what else hangs on a loss?"
)

FIND_THE_BUG = Exercise(
    number="7.3",
    name="find_the_bug",
    reference=dict(LOOPS),
    cases=_loops,
    observe=_observe_said,
    mistakes=(
        Mistake(
            "sums of losses and of gradients confused",
            {**LOOPS, "b": "memory grows", "d": "steps grow"},
            _PILE_UP,
        ),
        Mistake(
            "a late backward adds up",
            {**LOOPS, "a": "steps grow"},
            "In loop a every turn begins with zero_grad(). What does step() find right after it?",
        ),
        Mistake(
            "a step without gradients gives nan",
            {**LOOPS, "a": "loss is nan"},
            "What did the optimizer do with a parameter whose gradient was None?",
        ),
        Mistake(
            "nothing moves without zero_grad",
            {**LOOPS, "b": "nothing moves"},
            "zero_grad() opens no path; it only drops numbers. "
            "What does step() apply in the second turn of loop b?",
        ),
        *in_forms(
            "gradients pile up in memory",
            "backward() frees each batch's notes, and a second gradient is added to the first "
            "number by number. What is left in .grad for the next batch?",
            {**LOOPS, "b": "memory grows"},
            # No symptom fits two loops, so d has often been given another one.
            *(
                {**LOOPS, "b": "memory grows", "d": word}
                for word in ("loss is nan", "test too good")
            ),
        ),
        *in_forms(
            "adding up gives nan",
            "Every loss of loop b is still a number. Which call is missing, and what piles up "
            "without it?",
            {**LOOPS, "b": "loss is nan"},
            *({**LOOPS, "b": "loss is nan", "d": word} for word in ("steps grow", "test too good")),
        ),
        Mistake(
            "softmax stops the gradient",
            {**LOOPS, "c": "nothing moves"},
            "Softmax can be gone back through like any layer. "
            "But which loss belongs to the probabilities 1 and 0, if they are read as scores?",
        ),
        Mistake(
            "softmax overflows",
            {**LOOPS, "c": "loss is nan"},
            "PyTorch's softmax is the stable one. Which scores reach the loss, and how far apart "
            "can they be?",
        ),
        Mistake(
            "a sum of losses changes the steps",
            {**LOOPS, "d": "steps grow"},
            "Nobody calls backward() on the sum of loop d. What is each of its terms tied to?",
        ),
        Mistake(
            "a sum of losses gives nan",
            {**LOOPS, "d": "loss is nan"},
            "A few hundred losses are no large sum. What is each of its terms tied to?",
        ),
        Mistake(
            "eval() stops learning",
            {**LOOPS, "e": "nothing moves"},
            "eval() changes what layers compute; gradients and steps go on. "
            "Which layer computes something else?",
        ),
        Mistake(
            "eval() is about data",
            {**LOOPS, "e": "test too good"},
            "The test pictures stay the test pictures. Who calls train() before the second epoch?",
        ),
    ),
)
