"""The exercises of notebook 07: a training step, an evaluation, and loops with a fault."""

from __future__ import annotations

from course_checks.engine import Exercise
from course_checks.notebook_07.evaluate import EVALUATE
from course_checks.notebook_07.find_the_bug import FIND_THE_BUG, SYMPTOMS
from course_checks.notebook_07.train_step import TRAIN_STEP
from course_checks.result import CheckResult

__all__ = [
    "EXERCISES",
    "SYMPTOMS",
    "check_evaluate",
    "check_find_the_bug",
    "check_train_step",
]


def check_train_step(answer: object) -> CheckResult:
    """Check exercise 7.1: `train_step(model, images, labels, optimizer)`, returns the loss."""
    return TRAIN_STEP.check(answer)


def check_evaluate(answer: object) -> CheckResult:
    """Check exercise 7.2: `evaluate(model, loader)`, returns (loss, accuracy)."""
    return EVALUATE.check(answer)


def check_find_the_bug(answer: object) -> CheckResult:
    """Check exercise 7.3: a dictionary from loop to one of `SYMPTOMS`."""
    return FIND_THE_BUG.check(answer)


EXERCISES: tuple[Exercise, ...] = (TRAIN_STEP, EVALUATE, FIND_THE_BUG)
