"""Exercise 5.2 of notebook 05: softmax and log-softmax for scores of any size."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.notebook_05.inputs import not_contiguous, scores
from course_checks.result import CheckResult

Pair = tuple[Tensor, Tensor]


def _large_logits(generator: Generator) -> Iterator[tuple[Tensor]]:
    first = scores(generator, 2, 3)
    yield (first + torch.tensor([[0.0], [150.0]]),)
    yield (torch.tensor([[300.0, 0.0]]) + scores(generator, 1, 2),)
    yield (torch.tensor([[-400.0]]) + scores(generator, 3, 4),)
    yield (scores(generator, 4, 3, scale=300.0),)
    yield (scores(generator, 3, 5),)
    yield (scores(generator, 5, 1, scale=200.0),)
    yield (scores(generator, 1, 6, scale=1e4),)
    yield (not_contiguous(scores(generator, 7, 10, scale=50.0)),)
    yield (scores(generator, 3, 4, scale=1e3).double(),)


def _stable_softmax(logits: Tensor) -> Pair:
    return torch.softmax(logits, dim=1), torch.log_softmax(logits, dim=1)


def _sums(exponentials: Tensor) -> Tensor:
    return exponentials.sum(dim=1, keepdim=True)


def _shifted_by(logits: Tensor, shift: Tensor) -> Pair:
    """Both results, with `shift` subtracted from the scores."""
    shifted = logits - shift
    exponentials = shifted.exp()
    return exponentials / _sums(exponentials), shifted - _sums(exponentials).log()


def _log_of_first(pair: Pair) -> Pair:
    return pair[0], pair[0].log()


def _naive(logits: Tensor) -> Pair:
    return _shifted_by(logits, torch.zeros((), dtype=logits.dtype))


def _maximum_forgotten(logits: Tensor) -> Pair:
    exponentials = (logits - logits.amax(dim=1, keepdim=True)).exp()
    return exponentials / _sums(exponentials), logits - _sums(exponentials).log()


STABLE_SOFTMAX = Exercise(
    number="5.2",
    name="stable_softmax",
    reference=_stable_softmax,
    cases=_large_logits,
    mistakes=(
        Mistake(
            "overflows",
            lambda logits: _log_of_first(_naive(logits)),
            "The exponential of a large score is inf, and inf / inf is nan. What may you subtract "
            "from a row without changing its probabilities?",
        ),
        Mistake(
            "overflows, log-sum-exp too",
            _naive,
            "The exponential of a large score is inf in both results. What may you subtract from "
            "a row before exp sees it?",
        ),
        Mistake(
            "global maximum",
            lambda logits: _shifted_by(logits, logits.max()),
            "The largest score of the whole batch was subtracted. What is left of a row whose own "
            "scores are far below it?",
        ),
        Mistake(
            "global maximum, then log",
            lambda logits: _log_of_first(_shifted_by(logits, logits.max())),
            "The largest score of the whole batch was subtracted, and rows far below it became 0. "
            "Whose maximum does a row need?",
        ),
        Mistake(
            "column maximum",
            lambda logits: _shifted_by(logits, logits.amax(dim=0, keepdim=True)),
            "Each class had another number subtracted. What must be the same for all scores of "
            "one row?",
        ),
        Mistake(
            "log of an underflowed softmax",
            lambda logits: _log_of_first(_stable_softmax(logits)),
            "The probabilities are right. But a very small one is stored as 0, and its log is "
            "-inf: can you get the log without computing the probability first?",
        ),
        Mistake(
            "log-softmax overflows",
            lambda logits: (torch.softmax(logits, dim=1), _naive(logits)[1]),
            "The probabilities are right, but the log-sum-exp met the large scores themselves. "
            "Where else is the shift needed?",
        ),
        Mistake(
            "maximum forgotten in the log",
            _maximum_forgotten,
            "The log-sum-exp is that of the shifted scores, and it was subtracted from others. "
            "From which scores must it be subtracted?",
        ),
        Mistake(
            "swapped",
            lambda logits: _stable_softmax(logits)[::-1],
            "Both results are right. Which of them comes first?",
        ),
        Mistake(
            "softmax alone",
            lambda logits: _stable_softmax(logits)[0],
            "That is one of the two results. What has to come back beside it?",
        ),
        Mistake(
            "log-softmax alone",
            lambda logits: _stable_softmax(logits)[1],
            "That is one of the two results. What has to come back before it?",
        ),
        Mistake(
            "dim 0",
            lambda logits: (torch.softmax(logits, dim=0), torch.log_softmax(logits, dim=0)),
            "The columns were turned into probabilities. Along which axis do the scores of one "
            "picture lie?",
        ),
    ),
)


def check_stable_softmax(answer: object) -> CheckResult:
    """Check exercise 5.2: `stable_softmax(logits)`, logits [B, K], returns two tensors [B, K].

    The first is softmax, the second log-softmax.
    """
    return STABLE_SOFTMAX.check(answer)
