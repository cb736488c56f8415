"""The exercises of notebook 05: softmax, its loss and gradient, an SGD step, running sums."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from course_checks.declared import Edit, exchanged, instead, replaced, without
from course_checks.engine import Exercise, Mistake


def _scores(generator: Generator, batch: int, classes: int, scale: float = 1.0) -> Tensor:
    """Random scores [B, K], float32."""
    return torch.randn(batch, classes, generator=generator) * scale


def _labels(generator: Generator, batch: int, classes: int) -> Tensor:
    """Random labels [B], int64."""
    return torch.randint(classes, (batch,), generator=generator)


_AS_IT_IS = Edit(lambda text: text)
"""No change: one of two forms of a mistake."""


def _different_labels(generator: Generator, batch: int, classes: int) -> Tensor:
    """Labels [B] that are all different (B at most K)."""
    return torch.randperm(classes, generator=generator)[:batch]


def _not_contiguous(tensor: Tensor) -> Tensor:
    """The same numbers, stored column by column."""
    return tensor.t().contiguous().t()


# 5.1


def _logits(generator: Generator) -> Iterator[tuple[Tensor]]:
    """No score beyond about 20, so that the plain formula is right too."""
    yield (_scores(generator, 2, 3),)
    yield (_scores(generator, 3, 3),)
    yield (_scores(generator, 1, 4),)
    yield (_scores(generator, 4, 1),)
    yield (_not_contiguous(_scores(generator, 5, 10, scale=3.0)),)
    yield (_scores(generator, 3, 4).double(),)
    yield (_scores(generator, 256, 10, scale=4.0),)


SOFTMAX = Exercise(
    number="5.1",
    name="softmax",
    solution='''\
def softmax(logits):
    """[B, K] scores -> [B, K] probabilities."""
    exponentials = torch.exp(logits)
    return exponentials / exponentials.sum(dim=1, keepdim=True)
''',
    cases=_logits,
    mistakes=(
        Mistake(
            "dim 0",
            replaced("dim=1", "dim=0"),
            "The columns sum to one. The scores of one picture lie in a row: along which axis do "
            "you walk to add them up?",
        ),
        Mistake(
            "no keepdim",
            replaced(", keepdim=True", ""),
            "The sum of a row met a column of classes, not its own row. Which shape must the sums "
            "keep to stand beside their rows?",
        ),
        Mistake(
            "global sum",
            replaced("dim=1, keepdim=True", ""),
            "All numbers of the batch together sum to one. How many numbers share one whole?",
        ),
        Mistake(
            "no exp",
            replaced("torch.exp(logits)", "logits"),
            "The scores themselves were divided by their sum. What makes every one of them "
            "positive first?",
        ),
        Mistake(
            "not divided",
            replaced(" / exponentials.sum(dim=1, keepdim=True)", ""),
            "The numbers are positive, but a row does not sum to one. By what do you divide it?",
        ),
        Mistake(
            "absolute values",
            replaced("torch.exp(logits)", "logits.abs()"),
            "Without their signs, a bad score and a good one look alike. Which function is "
            "positive and keeps the order?",
        ),
        Mistake(
            "log-softmax",
            instead("return torch.log_softmax(logits, dim=1)"),
            "These are the logarithms of the probabilities. What do you get without the log?",
        ),
        Mistake(
            "sigmoid",
            instead("return torch.sigmoid(logits)"),
            "Each score became a number between 0 and 1 on its own, as a sigmoid does it. What "
            "makes the numbers of one row depend on each other?",
        ),
        Mistake(
            "another base",
            tuple(replaced("torch.exp(logits)", f"{base}**logits") for base in (2, 10, 2.718)),
            "These are powers of another number than e. Which function takes e itself?",
        ),
        Mistake(
            "rounded",
            tuple(
                instead(f"return logits.softmax(dim=1).round(decimals={digits})")
                for digits in (2, 3, 4)
            ),
            "The probabilities are rounded. Are the digits of the printed example all there are?",
        ),
        Mistake(
            "divided by the length",
            replaced("exponentials.sum(dim=1, keepdim=True)", "exponentials.norm(dim=1)[:, None]"),
            "The squares of a row sum to one, the numbers themselves do not. What should be one?",
        ),
        Mistake(
            "something added to the sum",
            tuple(
                replaced("keepdim=True)", f"keepdim=True).add({extra})")
                for extra in (1, 1e-2, 1e-3)
            ),
            "Each row sums to a little less than one: the number it was divided by is too large. "
            "What else than the row's own numbers is in it?",
        ),
    ),
)

# 5.2


def _large_logits(generator: Generator) -> Iterator[tuple[Tensor]]:
    first = _scores(generator, 2, 3)
    yield (first + torch.tensor([[0.0], [150.0]]),)
    yield (torch.tensor([[300.0, 0.0]]) + _scores(generator, 1, 2),)
    yield (torch.tensor([[-400.0]]) + _scores(generator, 3, 4),)
    yield (_scores(generator, 4, 3, scale=300.0),)
    yield (_scores(generator, 3, 5),)
    yield (_scores(generator, 5, 1, scale=200.0),)
    yield (_scores(generator, 1, 6, scale=1e4),)
    yield (_not_contiguous(_scores(generator, 7, 10, scale=50.0)),)
    yield (_scores(generator, 3, 4, scale=1e3).double(),)


def _shifted_by(shift: str) -> Edit:
    """Something else is subtracted from the scores."""
    return replaced("logits.amax(dim=1, keepdim=True)", shift)


def _log_softmax(second: str) -> Edit:
    """The second result is computed in another way."""
    return replaced("shifted - sums.log()", second)


# What is added to a probability "so that the log does not fail", or the least that is let through.
_SMALL = ("1e-12", "1e-10", "1e-9", "1e-8", "1e-7", "1e-6", "1e-5", "1e-4", "1e-3")
# Where scores or logarithms are cut off "so that nothing overflows".
_LIMITS = (10, 20, 30, 50, 80, 88)
_CUT_OFF = (
    *(f"logits.clamp(-{limit}, {limit})" for limit in _LIMITS),
    *(f"logits.clamp(max={limit})" for limit in _LIMITS),
)

_LOG_OF_FIRST = _log_softmax("(shifted.exp() / sums).log()")
_IN_FLOAT64 = replaced("logits - logits.amax(dim=1, keepdim=True)", "logits.double()") + replaced(
    "shifted.exp() / sums", "(shifted.exp() / sums).to(logits.dtype)"
)


def _either_log(*shifts: str) -> tuple[Edit, ...]:
    """Other shifts, each with the solution's second result and with the log of the first."""
    return tuple(edit for one in map(_shifted_by, shifts) for edit in (one, one + _LOG_OF_FIRST))


STABLE_SOFTMAX = Exercise(
    number="5.2",
    name="stable_softmax",
    solution='''\
def stable_softmax(logits):
    """[B, K] scores -> softmax [B, K], log-softmax [B, K]."""
    shifted = logits - logits.amax(dim=1, keepdim=True)
    sums = shifted.exp().sum(dim=1, keepdim=True)
    return shifted.exp() / sums, shifted - sums.log()
''',
    cases=_large_logits,
    mistakes=(
        Mistake(
            "overflows",
            _shifted_by("0") + _LOG_OF_FIRST,
            "The exponential of a large score is inf, and inf / inf is nan. What may you subtract "
            "from a row without changing its probabilities?",
        ),
        Mistake(
            "overflows, log-sum-exp too",
            _shifted_by("0"),
            "The exponential of a large score is inf in both results. What may you subtract from "
            "a row before exp sees it?",
        ),
        Mistake(
            "global maximum",
            _shifted_by("logits.max()"),
            "The largest score of the whole batch was subtracted. What is left of a row whose own "
            "scores are far below it?",
        ),
        Mistake(
            "global maximum, then log",
            _shifted_by("logits.max()") + _LOG_OF_FIRST,
            "The largest score of the whole batch was subtracted, and rows far below it became 0. "
            "Whose maximum does a row need?",
        ),
        Mistake(
            "column maximum",
            replaced("amax(dim=1", "amax(dim=0"),
            "Each class had another number subtracted. What must be the same for all scores of "
            "one row?",
        ),
        Mistake(
            "log of an underflowed softmax",
            _LOG_OF_FIRST,
            "The probabilities are right. But a very small one is stored as 0, and its log is "
            "-inf: can you get the log without computing the probability first?",
        ),
        Mistake(
            "log-softmax overflows",
            _log_softmax("logits - logits.exp().sum(dim=1, keepdim=True).log()"),
            "The probabilities are right, but the log-sum-exp met the large scores themselves. "
            "Where else is the shift needed?",
        ),
        Mistake(
            "maximum forgotten in the log",
            _log_softmax("logits - sums.log()"),
            "The log-sum-exp is that of the shifted scores, and it was subtracted from others. "
            "From which scores must it be subtracted?",
        ),
        Mistake(
            "something else than the maximum",
            _either_log(
                "logits.mean(dim=1, keepdim=True)",
                "logits.median(dim=1, keepdim=True).values",
                "logits.amin(dim=1, keepdim=True)",
                "logits[:, :1]",
                "logits.mean()",
            ),
            "After your shift a row still holds a score far above 0, and its exponential is inf. "
            "Which number may you subtract so that none is left above 0?",
        ),
        Mistake(
            "very negative rows",
            _either_log(
                "logits.abs().amax(dim=1, keepdim=True)",
                "logits.amax(dim=1, keepdim=True).clamp(min=0)",
                "(logits.amax(dim=1, keepdim=True) if logits.max() > 80 else 0)",
                "logits.amax(dim=1, keepdim=True) * (logits.amax(dim=1, keepdim=True) > 80)",
            ),
            "Every exponential of a row with very negative scores is 0, and 0 / 0 is nan. What "
            "must the largest score of such a row become?",
        ),
        Mistake(
            "wider dtype",
            (
                _IN_FLOAT64 + _log_softmax("(shifted - sums.log()).to(logits.dtype)"),
                _IN_FLOAT64 + _log_softmax("(shifted.exp() / sums).log().to(logits.dtype)"),
            ),
            "Scores of some hundreds come out right, and scores of thousands do not: the end is "
            "further away, but still there. What takes it away, however large the scores are?",
        ),
        Mistake(
            "scores cut off",
            tuple(
                replaced("logits - logits.amax(dim=1, keepdim=True)", cut) + edit
                for cut in _CUT_OFF
                for edit in (_AS_IT_IS, _LOG_OF_FIRST)
            ),
            "Scores beyond a limit were cut off there, and large scores that differ became equal. "
            "What may be done to a row that leaves the differences in it alone?",
        ),
        Mistake(
            "nan painted over",
            tuple(
                _shifted_by("0")
                + replaced("shifted.exp() / sums", f"(shifted.exp() / sums).nan_to_num({number})")
                + second
                for number in (0.0, 1.0)
                for second in (
                    _log_softmax("logits.log_softmax(dim=1)"),
                    _log_softmax(f"(shifted.exp() / sums).nan_to_num({number}).log()"),
                )
            ),
            "A row of large scores holds the same number everywhere and does not sum to one. Did "
            "that number take the place of nan? Where does a nan come from?",
        ),
        Mistake(
            "floor under the logarithms",
            (
                *(_log_softmax(f"(shifted.exp() / sums + {one}).log()") for one in _SMALL),
                *(_log_softmax(f"(shifted.exp() / sums).clamp(min={one}).log()") for one in _SMALL),
                *(
                    _log_softmax(f"shifted.clamp(min=-{limit}) - sums.log()")
                    for limit in (*_LIMITS, 100)
                ),
            ),
            "The probabilities are right, but no logarithm gets below a floor: something was added "
            "to small numbers, or they were cut off. Can you get the log without that?",
        ),
        Mistake(
            "logarithm to another base",
            (
                _log_softmax("shifted - sums.log2()"),
                _log_softmax("shifted - sums.log10()"),
                _log_softmax("(shifted.exp() / sums).log2()"),
                _log_softmax("(shifted.exp() / sums).log10()"),
            ),
            "The second result holds a logarithm to another base than e. Which logarithm undoes "
            "exp?",
        ),
        Mistake(
            "swapped",
            exchanged("shifted.exp() / sums", "shifted - sums.log()"),
            "Both results are right. Which of them comes first?",
        ),
        Mistake(
            "softmax alone",
            replaced(", shifted - sums.log()", ""),
            "That is one of the two results. What has to come back beside it?",
        ),
        Mistake(
            "log-softmax alone",
            replaced("shifted.exp() / sums, ", ""),
            "That is one of the two results. What has to come back before it?",
        ),
        Mistake(
            "dim 0",
            instead("return logits.softmax(dim=0), logits.log_softmax(dim=0)"),
            "The columns were turned into probabilities. Along which axis do the scores of one "
            "picture lie?",
        ),
    ),
)

# 5.3


def _loss_batches(generator: Generator) -> Iterator[tuple[Tensor, Tensor]]:
    yield _scores(generator, 2, 3), _different_labels(generator, 2, 3)
    yield _scores(generator, 3, 3), _different_labels(generator, 3, 3)
    yield _scores(generator, 4, 2), _labels(generator, 4, 2)
    yield _scores(generator, 1, 5), _labels(generator, 1, 5)
    yield _scores(generator, 3, 1), _labels(generator, 3, 1)
    yield 0.5 + _scores(generator, 2, 4).abs(), _labels(generator, 2, 4)  # every score has a log
    yield torch.tensor([[0.0, 300.0], [-200.0, 200.0]]), torch.tensor([0, 1])
    yield _scores(generator, 5, 4, scale=300.0), _labels(generator, 5, 4)
    yield _not_contiguous(_scores(generator, 6, 10)), _labels(generator, 6, 10)
    yield _scores(generator, 64, 10).double(), _labels(generator, 64, 10)


def _taking(logarithms: str) -> Edit:
    """Something else is taken for the logarithms of the probabilities."""
    return replaced("torch.log_softmax(logits, dim=1)", logarithms)


CROSS_ENTROPY = Exercise(
    number="5.3",
    name="cross_entropy",
    solution='''\
def cross_entropy(logits, labels):
    """[B, K] scores, [B] labels -> mean loss, a tensor []."""
    log_probabilities = torch.log_softmax(logits, dim=1)
    picked = log_probabilities[range(len(labels)), labels]
    return -picked.mean()
''',
    cases=_loss_batches,
    mistakes=(
        Mistake(
            "sum for mean",
            replaced("mean()", "sum()"),
            "That is the loss of the whole batch together. What makes it the loss of one picture?",
        ),
        Mistake(
            "wrong index pairs",
            replaced("[range(len(labels)), labels]", "[:, labels]"),
            "The class of every label was taken from every row, [B, B] numbers. How many numbers "
            "do you want from each row?",
        ),
        Mistake(
            "applied to probabilities",
            _taking("torch.log_softmax(logits.softmax(dim=1), dim=1)"),
            "Softmax was applied twice. Are the numbers that go into log-softmax still scores?",
        ),
        Mistake(
            "sign",
            replaced("-picked", "picked"),
            "The loss is negative. A probability is at most one: what is the sign of its "
            "logarithm?",
        ),
        Mistake(
            "no softmax",
            _taking("logits.log()"),
            "The log of the scores was taken, and a negative score has none. What must the scores "
            "become first?",
        ),
        Mistake(
            "no log",
            _taking("logits.softmax(dim=1)"),
            "That is the mean probability of the right class, with a minus. Which function turns "
            "a small probability into a large loss?",
        ),
        Mistake(
            "raw scores",
            _taking("logits"),
            "That is the mean score of the right class, with a minus. How do the other scores of "
            "the row come in?",
        ),
        Mistake(
            "overflows",
            _taking("(logits.exp() / logits.exp().sum(dim=1, keepdim=True)).log()"),
            "A score of 300 has no finite exponential. What did exercise 5.2 do to a row first?",
        ),
        Mistake(
            "log of an underflowed softmax",
            _taking("logits.softmax(dim=1).log()"),
            "A very small probability is stored as 0, and its log is -inf. Which function gives "
            "the log without that detour?",
        ),
        Mistake(
            "not reduced",
            replaced(".mean()", ""),
            "That is one loss for each picture. How does one number come of them?",
        ),
        Mistake(
            "number instead of tensor",
            replaced("mean()", "mean().item()"),
            "The value is right, but it is a plain number. What must a loss still be able to do "
            "in training?",
        ),
        Mistake(
            "divided by B and K",
            replaced("mean()", "sum() / logits.numel()"),
            "The loss is K times too small, as if every class of every picture had been counted. "
            "Over how many numbers does the mean go?",
        ),
        Mistake(
            "divided by K",
            replaced("mean()", "sum() / logits.shape[1]"),
            "The sum of the losses was divided by the number of classes. Over what is the loss a "
            "mean?",
        ),
        Mistake(
            "first picture only",
            (
                replaced("picked.mean()", "picked[0]"),
                replaced("picked.mean()", "picked[0] / len(labels)"),
            ),
            "Only the first picture's loss is in your number. Does something end a loop early?",
        ),
        Mistake(
            "class with the largest score",
            replaced("[range(len(labels)), labels]", ".amax(dim=1)"),
            "That is the loss of the class that the model prefers in each row. Which class does "
            "the label ask for?",
        ),
        Mistake(
            "mean of the classes' means",
            replaced(
                "picked.mean()",
                "torch.stack([picked[labels == k].mean() for k in labels.unique()]).mean()",
            ),
            "Every class that occurs counts alike, however many pictures it has. What should count "
            "alike?",
        ),
        Mistake(
            "labels smoothed",
            tuple(
                instead(f"return F.cross_entropy(logits, labels, label_smoothing={part})")
                for part in (0.05, 0.1, 0.2)
            ),
            "A part of the loss is that of the other classes, as with smoothed labels. How much "
            "of it belongs to the class that the label names?",
        ),
        Mistake(
            "scores cut off",
            (
                *(_taking(f"torch.log_softmax({cut}, dim=1)") for cut in _CUT_OFF),
                *(_taking(f"{cut}.softmax(dim=1).log()") for cut in _CUT_OFF),
            ),
            "Scores beyond a limit were cut off there. What may be done to a row of large scores "
            "that leaves the differences in it alone?",
        ),
        Mistake(
            "floor under the logarithms",
            (
                *(_taking(f"(logits.softmax(dim=1) + {one}).log()") for one in _SMALL),
                *(_taking(f"logits.softmax(dim=1).clamp(min={one}).log()") for one in _SMALL),
                *(
                    _taking(f"torch.log_softmax(logits, dim=1).clamp(min=-{limit})")
                    for limit in (*_LIMITS, 100)
                ),
            ),
            "No picture's loss gets above a limit: something was added to small numbers, or they "
            "were cut off. What should a probability near 0 cost?",
        ),
        Mistake(
            "labels ignored",
            replaced("-picked", "-log_probabilities"),
            "Every class was counted. Which one number of each row does its label ask for?",
        ),
        Mistake(
            "dim 0",
            replaced("dim=1", "dim=0"),
            "The columns were turned into probabilities. Along which axis do the scores of one "
            "picture lie?",
        ),
    ),
)

# 5.4


def _gradient_batches(generator: Generator) -> Iterator[tuple[Tensor, Tensor]]:
    yield _scores(generator, 2, 3), _different_labels(generator, 2, 3)
    yield _scores(generator, 3, 3), _different_labels(generator, 3, 3)
    yield _scores(generator, 4, 2), _labels(generator, 4, 2)
    yield _scores(generator, 1, 5), _labels(generator, 1, 4)  # the last class does not occur
    yield _scores(generator, 3, 1), _labels(generator, 3, 1)
    yield _scores(generator, 5, 4, scale=100.0), _labels(generator, 5, 4)
    yield _not_contiguous(_scores(generator, 6, 10)), _labels(generator, 6, 10)
    yield _scores(generator, 16, 10).double(), _labels(generator, 16, 10)


_NOT_DIVIDED = replaced(" / len(labels)", "")

CROSS_ENTROPY_GRADIENT = Exercise(
    number="5.4",
    name="cross_entropy_gradient",
    solution='''\
def cross_entropy_gradient(logits, labels):
    """[B, K] scores, [B] labels -> gradient of the mean loss, [B, K]."""
    gradient = torch.softmax(logits, dim=1)
    gradient[range(len(labels)), labels] -= 1
    return gradient / len(labels)
''',
    cases=_gradient_batches,
    forbids=(("backward", "That is autograd's gradient. What does the formula say, without it?"),),
    mistakes=(
        Mistake(
            "not divided by B",
            _NOT_DIVIDED,
            "That is the gradient of the summed loss. The loss is a mean over the batch: what "
            "does that do to each picture's share?",
        ),
        Mistake(
            "sign",
            replaced("return ", "return -"),
            "Every sign is turned round. If the score of the right class grows, does the loss "
            "grow or fall?",
        ),
        Mistake(
            "one-hot missing",
            without("-= 1"),
            "These are the probabilities over B; the labels have no say in them. What is "
            "different for the right class?",
        ),
        Mistake(
            "only the one-hot divided",
            _NOT_DIVIDED + replaced("-= 1", "-= 1 / len(labels)"),
            "Only the one-hot was divided by B. Which part of the difference belongs to the mean?",
        ),
        Mistake(
            "only the softmax divided",
            _NOT_DIVIDED + replaced("dim=1)", "dim=1) / len(labels)"),
            "The 1 was taken away after the division by B. Which of the two comes first?",
        ),
        Mistake(
            "divided by K",
            replaced("/ len(labels)", "/ logits.shape[1]"),
            "It was divided by the number of classes. Over what is the loss a mean?",
        ),
        Mistake(
            "divided by B and K",
            replaced("/ len(labels)", "/ logits.numel()"),
            "It was divided by all the numbers in the batch. Over what is the loss a mean?",
        ),
        Mistake(
            "wrong index pairs",
            replaced("[range(len(labels)), labels]", "[:, labels]"),
            "1 was taken from whole columns. How do you name one place in each row?",
        ),
        Mistake(
            "class with the largest score",
            replaced("labels] -= 1", "gradient.argmax(dim=1)] -= 1"),
            "1 was taken from the class that the model prefers in each row. From which class does "
            "the loss's formula take it?",
        ),
        Mistake(
            "one-hot too narrow",
            (
                instead("return (logits.softmax(dim=1) - F.one_hot(labels)) / len(labels)"),
                instead("return logits.softmax(dim=1) - F.one_hot(labels)"),
            ),
            "Your table of labels is as wide as the largest label asks for. How wide must it be "
            "when the last class does not occur?",
        ),
        Mistake(
            "no softmax",
            replaced("torch.softmax(logits, dim=1)", "logits.clone()"),
            "The 1 was taken from the scores themselves. What do the scores become first?",
        ),
        Mistake(
            "only the right class",
            replaced("gradient /", "gradient * F.one_hot(labels, logits.shape[1]) /"),
            "The other classes have gradient 0. Does the loss change when one of their scores "
            "grows?",
        ),
        Mistake(
            "dim 0",
            replaced("dim=1", "dim=0"),
            "The columns were turned into probabilities. Along which axis do the scores of one "
            "picture lie?",
        ),
        Mistake(
            "loss instead of gradient",
            instead("return F.cross_entropy(logits, labels)"),
            "That is the loss, one number. How many slopes does it have, if every score may move?",
        ),
    ),
)

# 5.5

Case = tuple[list[Tensor], list[Tensor], float, int]


def _parameters(generator: Generator) -> Iterator[Case]:
    def draw(*shapes: tuple[int, ...]) -> list[Tensor]:
        return [torch.randn(shape, generator=generator) for shape in shapes]

    yield draw((3,)), draw((3,)), 0.5, 2
    yield draw((4, 2), (2,)), draw((4, 2), (2,)), 0.1, 3
    yield draw(()), draw(()), 0.3, 4
    yield draw((5,)), draw((5,)), 0.2, 1
    yield [_not_contiguous(draw((3, 4))[0])], draw((3, 4)), 2.0, 256
    yield [draw((6,))[0].double()], [draw((6,))[0].double()], 0.1, 7
    yield draw((4,)), [100 * draw((4,))[0]], 0.1, 2  # not clipped
    yield draw((3,)), draw((3,)), 5.0, 2  # more than one whole step


def _watch_step(
    answer: Any, values: list[Tensor], gradients: list[Tensor], lr: float, batch_size: int
) -> dict[str, Any]:
    """Let the answer take one step, and say what became of the parameters that it was given."""
    params = [value.clone().requires_grad_() for value in values]
    for param, gradient in zip(params, gradients, strict=True):
        param.grad = gradient.clone()
    with warnings.catch_warnings():
        # Reading .grad of a rebound parameter warns; the verdict says what went wrong.
        warnings.simplefilter("ignore")
        answer(list(params), lr, batch_size)
    # A gradient that was set to None counts as one of zeros: the next backward starts afresh.
    left = [torch.zeros_like(one) if one.grad is None else one.grad for one in params]
    return {
        "parameters": [param.detach().clone() for param in params],
        "gradients afterwards": [gradient.detach().clone() for gradient in left],
        "still to be trained": [param.requires_grad and param.is_leaf for param in params],
    }


_NOT_RESET = without("zero_()")
_REBOUND = replaced("param -= lr", "param = param - lr")

SGD_STEP = Exercise(
    number="5.5",
    name="sgd_step",
    solution='''\
def sgd_step(params, lr, batch_size):
    """Move each parameter against its summed gradient, in place, and clear the gradient."""
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()
''',
    cases=_parameters,
    observe=_watch_step,
    mistakes=(
        Mistake(
            "no no_grad",
            replaced("no_grad", "enable_grad"),
            "A parameter was changed while PyTorch was taking notes on it. How do you tell "
            "PyTorch that this change is no part of the model?",
        ),
        Mistake(
            "gradient not reset",
            _NOT_RESET,
            "The step is right, but the gradient is still there. What will the next backward() do "
            "with it?",
        ),
        Mistake(
            "adds instead of subtracts",
            replaced("-=", "+="),
            "The step went the way in which the loss grows. In which direction does a gradient "
            "point?",
        ),
        Mistake(
            "nothing moved, nothing reset",
            _REBOUND + _NOT_RESET,
            "The parameters that came in and their gradients are as they were. If you computed "
            "new tensors: which assignment writes into the parameter itself?",
        ),
        Mistake(
            "gradient of a tensor that has none",
            _REBOUND,
            "The gradient that should be set to zero is None, as it is for every tensor that was "
            "just computed. Which tensor does the name stand for in that line?",
        ),
        Mistake(
            "not divided by the batch size",
            replaced(" / batch_size", ""),
            "The step is too long. The gradient is that of a sum over the batch: what makes it "
            "that of a mean?",
        ),
        Mistake(
            "neither divided nor reset",
            replaced(" / batch_size", "") + _NOT_RESET,
            "The step is too long, and the gradient is still there. Which argument has had no "
            "say, and what will the next backward() do?",
        ),
        Mistake(
            "multiplied by the batch size",
            replaced("/ batch_size", "* batch_size"),
            "The larger the batch, the longer the step. Should a sum over more pictures move the "
            "weights further than their mean?",
        ),
        Mistake(
            "no learning rate",
            tuple(
                replaced("lr * ", "") + division + reset
                for division in (_AS_IT_IS, replaced(" / batch_size", ""))
                for reset in (_AS_IT_IS, _NOT_RESET)
            ),
            "The step has the same length whatever `lr` is. What is `lr` for?",
        ),
        Mistake(
            "whole steps only",
            (
                replaced("lr * param.grad / batch_size", "lr // batch_size * param.grad"),
                replaced("lr * param.grad / batch_size", "lr * param.grad // batch_size"),
            ),
            "Something was rounded down to a whole number, and most steps are much smaller than "
            "1. Which division keeps the fraction?",
        ),
        Mistake(
            "nothing moved",
            exchanged("param -= lr * param.grad / batch_size", "param.grad.zero_()"),
            "No gradient is left, but the parameters that came in have not moved. Was the gradient "
            "still there when the step was taken, and did the step reach the parameter itself?",
        ),
        Mistake(
            "last gradient only",
            replaced("            param.grad.zero_()", "        param.grad.zero_()"),
            "The steps are right, but only the last parameter's gradient is gone. Does that line "
            "run for each of them?",
        ),
        Mistake(
            "no longer trained",
            (
                replaced("zero_()", "zero_()\n            param.requires_grad_(False)"),
                replaced("zero_()", "zero_()\n            param.requires_grad_(False)")
                + without("zero_()"),
            ),
            "The step is right, but the next backward() would leave this parameter without a "
            "gradient. What has become of its `requires_grad`?",
        ),
        Mistake(
            "divided by the number of parameters",
            replaced("/ batch_size", "/ batch_size / len(params)"),
            "The more parameters there are in the list, the shorter the step. Is it a mean over "
            "pictures or over parameters?",
        ),
        Mistake(
            "mean of the gradient",
            replaced("param.grad /", "param.grad.mean() /"),
            "All numbers of one parameter moved by the same amount. How many slopes does a "
            "gradient hold?",
        ),
        Mistake(
            "large gradients made smaller",
            (
                *(replaced("param.grad /", f"param.grad.clamp(-{n}, {n}) /") for n in (1, 5, 10)),
                *(
                    replaced("    with", f"    nn.utils.clip_grad_norm_(params, {n})\n    with")
                    for n in (1, 5, 10)
                ),
            ),
            "A large gradient was made smaller before the step. Does the task ask for that?",
        ),
        Mistake(
            "first parameter only",
            replaced("zero_()", "zero_()\n            break"),
            "The first parameter has moved and the others have not. Does something end the loop?",
        ),
    ),
)

# 5.6


def _scripts(generator: Generator) -> Iterator[tuple[int, list[list[Any]]]]:
    """How many sums, and the values of each call of `add`."""

    def draw(n: int) -> list[float]:
        # Not whole, not 0, and never the same twice in one call.
        return [
            round(float(value), 2) + 0.5
            for value in 1 + torch.randperm(20, generator=generator)[:n]
        ]

    yield 2, [draw(2), draw(2)]
    yield 3, [draw(3) for _ in range(4)]
    yield 5, [draw(5)]
    yield 2, [[torch.tensor(value) for value in draw(2)], draw(2)]
    yield 4, [[True, 2, -1.5, 1e6], draw(4)]
    yield 1, [[2.0**24], [1.0], [-(2.0**24)]]  # 1 is left, but not of float32 sums


def _watch_sums(answer: Any, n: int, calls: list[list[Any]]) -> dict[str, Any]:
    """Let two objects of the class work beside each other, and read all their sums."""

    def sums(metric: Any) -> list[Any]:
        return [metric[index] for index in range(n)]

    metric, other = answer(n), answer(n)
    seen = {"at the start": sums(metric)}
    _add_all(metric, calls[:1])
    seen["after the first add"] = sums(metric)
    _add_all(metric, calls[1:])
    seen["after every add"] = sums(metric)
    seen["in a second Accumulator"] = sums(other)
    metric.reset()
    seen["after reset"] = sums(metric)
    _add_all(metric, calls[-1:])
    seen["after reset and one add"] = sums(metric)
    metric.reset()
    return seen


def _add_all(metric: Any, calls: Sequence[Sequence[Any]]) -> None:
    for values in calls:
        metric.add(*values)


def _adding(sums: str) -> Edit:
    """`add` makes something else of the sums."""
    return replaced(
        "[total + float(value) for total, value in zip(self.data, values, strict=True)]", sums
    )


ACCUMULATOR = Exercise(
    number="5.6",
    name="accumulator",
    solution='''\
class Accumulator:
    """n running sums."""

    def __init__(self, n):
        self.data = [0.0] * n

    def add(self, *values):
        self.data = [total + float(value) for total, value in zip(self.data, values, strict=True)]

    def reset(self):
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index):
        return self.data[index]
''',
    cases=_scripts,
    observe=_watch_sums,
    mistakes=(
        Mistake(
            "overwrites",
            _adding("[float(value) for value in values]"),
            "After two calls of add, only the second is left. Where should the old sums come in?",
        ),
        Mistake(
            "keeps tensors",
            (
                replaced("float(value)", "value"),
                # In place, so that a tensor that was read before grows too.
                replaced(
                    "self.data = [total + float(value) for total, value in "
                    "zip(self.data, values, strict=True)]",
                    "for index, value in enumerate(values):\n            self.data[index] += value",
                ),
            ),
            "A sum of tensors is a tensor, and with losses it would keep the notes of the whole "
            "training. What makes a Python number of a value?",
        ),
        Mistake(
            "add takes one value",
            (
                replaced("*values", "values"),
                replaced("*values", "values") + replaced("data, values", "data, [values]"),
                replaced("*values", "values")
                + replaced("data, values", "data[: len(values)], values"),
            ),
            "add is called with several values, one beside the other, and it takes one. Which sign "
            "before the parameter's name collects them?",
        ),
        Mistake(
            "too few sums",
            replaced("[0.0] * len(self.data)", "[]"),
            "A sum was read or added to that is not in the list. How many are in it at the start, "
            "and how many after reset?",
        ),
        Mistake(
            "not reset",
            replaced("[0.0] * len(self.data)", "list(self.data)"),
            "After reset the sums are what they were. What should each of them become?",
        ),
        Mistake(
            "resets the first sum only",
            replaced("self.data = [0.0] * len(self.data)", "self.data[0] = 0.0"),
            "After reset only the first sum is 0. What about the others?",
        ),
        Mistake(
            "sums stay 0",
            _adding("self.data + [float(value) for value in values]"),
            "All sums are 0 after every add. Did the new sums get another name, or another place, "
            "than the one that `metric[i]` reads?",
        ),
        Mistake(
            "adds everything to every sum",
            _adding("[total + sum(float(value) for value in values) for total in self.data]"),
            "Every sum got all the values. Which value belongs to which sum?",
        ),
        Mistake(
            "first sum only",
            _adding("[self.data[0] + float(values[0]), *self.data[1:]]"),
            "Only the first sum grows. How do you walk through sums and values together?",
        ),
        Mistake(
            "counts from one",
            replaced("self.data[index]", "self.data[index - 1]"),
            "metric[0] gave the last sum. Which index has the first entry of a list?",
        ),
        Mistake(
            "whole numbers",
            replaced("float(value)", "int(value)"),
            "The sums lost what stands after the decimal point. A loss is rarely a whole number: "
            "which type keeps it?",
        ),
        Mistake(
            "all sums returned",
            replaced("self.data[index]", "self.data"),
            "metric[0] gave all the sums. Which one does the number in the brackets ask for?",
        ),
        Mistake(
            "mean instead of sum",
            replaced("self.data = [0.0] * n", "self.data, self.calls = [0.0] * n, 0")
            + replaced("(self, *values):\n", "(self, *values):\n        self.calls += 1\n")
            + replaced("self.data = [0.0] * len", "self.calls, self.data = 0, [0.0] * len")
            + replaced("self.data[index]", "self.data[index] / max(self.calls, 1)"),
            "The sums were divided by the number of calls. What does `metric[i]` stand for in the "
            "task?",
        ),
        Mistake(
            "tensors left out",
            replaced("float(value)", "(value if isinstance(value, int | float) else 0.0)"),
            "Numbers were added, tensors were not. What makes a Python number of both?",
        ),
        Mistake(
            "numbers have no item()",
            replaced("float(value)", "value.item()"),
            "A plain Python number came, and it has no `item`. What makes a Python number of it "
            "and of a tensor?",
        ),
        Mistake(
            "float32",
            replaced("total + float(value)", "torch.tensor(total + float(value)).item()"),
            "1 was added to 16,777,216, and the sum stayed what it was, as float32 rounds it. "
            "Which numbers have more digits?",
        ),
        Mistake(
            "shared",
            # One list for all: what `data` in the class body, and not in `__init__`, amounts to.
            replaced("self.data = [0.0] * n", "Accumulator.data = [0.0] * n")
            + replaced("self.data = [total", "self.data[:] = [total")
            + replaced("self.data = [0.0] * len", "self.data[:] = [0.0] * len"),
            "What one object adds, another one shows. Does every object make its own list?",
        ),
    ),
)
