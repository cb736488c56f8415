"""Exercise 4.1 of notebook 04: how many predictions are correct."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.notebook_04.scores import (
    not_contiguous,
    num_correct,
    random_ranks,
    scored,
    scored_with_whole_numbers,
)
from course_checks.result import CheckResult


def _predictions(generator: Generator) -> Iterator[tuple[Tensor, Tensor]]:
    yield scored(generator, (0, 1, 0, 0), 3)
    yield scored(generator, (0, 2, 0, 0, 4), 5)
    yield scored(generator, (3, 0, 1, 0, 0, 0), 4)
    yield scored(generator, (2, 1), 3)  # none is right
    yield scored(generator, (0,), 7)
    yield scored(generator, (0, 0, 0), 1)
    yield scored_with_whole_numbers(generator)
    yield scored(generator, random_ranks(generator, 10, 10), 10)
    scores, labels = scored(generator, random_ranks(generator, 32, 10), 10, scale=1e6)
    yield scores.double(), labels
    scores, labels = scored(generator, random_ranks(generator, 20, 6), 6)
    yield not_contiguous(scores), labels.int()


def _get_num_correct(preds: Tensor, labels: Tensor) -> int:
    return num_correct(preds, labels)


def _until_the_first_hit(preds: Tensor, labels: Tensor) -> int | None:
    return 1 if num_correct(preds, labels) else None


def _above_one_half(preds: Tensor, labels: Tensor) -> int:
    own = preds.gather(1, labels.long().unsqueeze(1))
    return int((own > 0.5).sum())


GET_NUM_CORRECT = Exercise(
    number="4.1",
    name="get_num_correct",
    reference=_get_num_correct,
    cases=_predictions,
    mistakes=(
        Mistake(
            "dim=0",
            lambda preds, labels: preds.argmax(dim=0).eq(labels).sum().item(),
            "argmax(dim=0) picks a picture for every class. Along which axis do the scores of one "
            "picture lie?",
        ),
        *in_forms(
            "returns a tensor",
            "The count is right, but it is still a tensor. Which method takes the one number out?",
            lambda preds, labels: preds.argmax(dim=1).eq(labels).sum(),
            lambda preds, labels: preds.argmax(dim=1).eq(labels).float().sum(),
        ),
        *in_forms(
            "returns a fraction",
            "That is the share of correct predictions. What do you get before you divide?",
            lambda preds, labels: preds.argmax(dim=1).eq(labels).float().mean().item(),
            lambda preds, labels: preds.argmax(dim=1).eq(labels).float().mean(),
        ),
        Mistake(
            "returns percent",
            lambda preds, labels: 100 * num_correct(preds, labels) / len(labels),
            "That is a percentage. What do you get before you divide?",
        ),
        Mistake(
            "returns a float",
            lambda preds, labels: preds.argmax(dim=1).eq(labels).float().sum().item(),
            "The value is right, but a count should be an int. Does a True need to become a float "
            "to be summed?",
        ),
        Mistake(
            "compares floats",
            lambda preds, labels: preds.max(dim=1).values.eq(labels).sum().item(),
            "A score was compared with a label. Do you need the largest score, or the place where "
            "it stands?",
        ),
        Mistake(
            "no argmax",
            lambda preds, labels: preds.eq(labels).sum().item(),
            "Scores were compared with labels directly. How does a row of scores become one class?",
        ),
        Mistake(
            "no dim",
            lambda preds, labels: preds.argmax().eq(labels).sum().item(),
            "argmax() without an axis finds one place in the whole batch. How many guesses do you "
            "need?",
        ),
        Mistake(
            "every guess with every label",
            lambda preds, labels: preds.argmax(dim=1, keepdim=True).eq(labels).sum().item(),
            "Shapes [B, 1] and [B] broadcast to [B, B]. Which shape should the guesses have, so "
            "that each meets its own label?",
        ),
        Mistake(
            "not counted",
            lambda preds, labels: preds.argmax(dim=1).eq(labels),
            "That is one True or False for each picture. How do you make one number of them?",
        ),
        Mistake(
            "counts the wrong ones",
            lambda preds, labels: preds.argmax(dim=1).ne(labels).sum().item(),
            "These are the predictions that differ from their label. Which ones were asked for?",
        ),
        Mistake(
            "counts all rows",
            lambda preds, labels: len(labels),
            "That is how many pictures there are, right or wrong. How do you count only the True "
            "ones?",
        ),
        *in_forms(
            "one row left out",
            "One row of the batch was never looked at. Where does your loop begin, and where does "
            "it end?",
            lambda preds, labels: num_correct(preds[:-1], labels[:-1]),
            lambda preds, labels: num_correct(preds[1:], labels[1:]),
        ),
        *in_forms(
            "counting ends too soon",
            "The count was handed back before every row had been looked at. Does `return` stand "
            "inside the loop or behind it?",
            _until_the_first_hit,
            lambda preds, labels: num_correct(preds[:1], labels[:1]),
        ),
        Mistake(
            "scores above one half",
            _above_one_half,
            "You counted labels whose score is above 0.5. Can a smaller score be the largest of "
            "its row, and a larger one not?",
        ),
    ),
)


def check_get_num_correct(answer: object) -> CheckResult:
    """Check exercise 4.1: `get_num_correct(preds, labels)`, preds [B, K], labels [B], an int."""
    return GET_NUM_CORRECT.check(answer)
