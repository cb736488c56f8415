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
            "The row sums had shape [B], which meets the classes, not the rows. Which shape must "
            "they keep to stand beside their rows?",
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


_LOG_OF_FIRST = _log_softmax("(shifted.exp() / sums).log()")

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
            "[:, labels] takes every label from every row, [B, B] numbers. How many numbers do "
            "you want from each row?",
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
            "The log of the scores was taken, and half of them are negative. What must the scores "
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
            "The mean was taken over all classes, the zeros too. Over how many pictures should it "
            "go?",
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
            "one_hot without K",
            (
                instead("return (logits.softmax(dim=1) - F.one_hot(labels)) / len(labels)"),
                instead("return logits.softmax(dim=1) - F.one_hot(labels)"),
            ),
            "one_hot was not told how many classes there are, and guessed from the largest label. "
            "How wide is its result when the last class does not occur?",
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
            "rebinds instead of updating in place",
            _REBOUND + _NOT_RESET,
            "The parameters that came in are as they were: a new tensor got the name. Which "
            "assignment writes into the tensor itself?",
        ),
        Mistake(
            "rebinds, then resets",
            _REBOUND,
            "The name now stands for a new tensor, which has no gradient. Which assignment writes "
            "into the tensor itself?",
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
            "The step is too long, and the gradient is still there. Which argument has not been "
            "used, and what will the next backward() do?",
        ),
        Mistake(
            "multiplied by the batch size",
            replaced("/ batch_size", "* batch_size"),
            "The larger the batch, the longer the step. Should a sum over more pictures move the "
            "weights further than their mean?",
        ),
        Mistake(
            "no learning rate",
            replaced("lr * ", ""),
            "The whole gradient was subtracted. What is `lr` for?",
        ),
        Mistake(
            "gradient reset too early",
            exchanged("param -= lr * param.grad / batch_size", "param.grad.zero_()"),
            "The gradient was set to zero before it was used. In which order do the two lines "
            "belong?",
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
            replaced("float(value)", "value"),
            "The sums of tensors are tensors, and they keep all the notes of the training. What "
            "makes a Python number of a value?",
        ),
        Mistake(
            "takes one list",
            replaced("*values", "values"),
            "add is called with several values, one beside the other. Which sign before the "
            "parameter's name collects them?",
        ),
        Mistake(
            "empty after reset",
            replaced("[0.0] * len(self.data)", "[]"),
            "After reset there are no sums left to read. How many should there be, and of what "
            "value?",
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
            "appends",
            _adding("self.data + [float(value) for value in values]"),
            "The values were put behind the sums and not added to them. What does + do between "
            "two lists?",
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
            "shared",
            # One list for all: what `data` in the class body, and not in `__init__`, amounts to.
            replaced('sums."""\n', 'sums."""\n\n    data = []\n')
            + replaced("self.data = [0.0] * n", "Accumulator.data = self.data or [0.0] * n")
            + replaced("self.data = [total", "self.data[:] = [total")
            + replaced("self.data = [0.0] * len", "self.data[:] = [0.0] * len"),
            "What one object adds, another one shows. Does every object make its own list?",
        ),
    ),
)
