"""Exercise 5.5 of notebook 05: one step of stochastic gradient descent, in place."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.notebook_05.inputs import not_contiguous
from course_checks.result import CheckResult

Case = tuple[list[Tensor], list[Tensor], float, int]
Step = Callable[[Tensor, float, int], object]


def _cases(generator: Generator) -> Iterator[Case]:
    def draw(*shapes: tuple[int, ...]) -> list[Tensor]:
        return [torch.randn(shape, generator=generator) for shape in shapes]

    yield draw((3,)), draw((3,)), 0.5, 2
    yield draw((4, 2), (2,)), draw((4, 2), (2,)), 0.1, 3
    yield draw(()), draw(()), 0.3, 4
    yield draw((5,)), draw((5,)), 0.2, 1
    yield [not_contiguous(draw((3, 4))[0])], draw((3, 4)), 2.0, 256
    yield [draw((6,))[0].double()], [draw((6,))[0].double()], 0.1, 7


def _watch(
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


def _for_each(step: Step) -> Callable[[list[Tensor], float, int], None]:
    """An answer that does `step` to one parameter after the other, without gradient tracking."""

    def answer(params: list[Tensor], lr: float, batch_size: int) -> None:
        with torch.no_grad():
            for param in params:
                step(param, lr, batch_size)

    return answer


def _moved(param: Tensor, distance: float, keep_gradient: bool = False) -> None:
    """`distance` gradients down the slope, then the gradient set to zero."""
    assert param.grad is not None  # noqa: S101 - for mypy
    param -= distance * param.grad
    if not keep_gradient:
        param.grad.zero_()


def _sgd_step(params: list[Tensor], lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for param in params:
            _moved(param, lr / batch_size)


def _without_no_grad(params: list[Tensor], lr: float, batch_size: int) -> None:
    with torch.enable_grad():
        for param in params:
            _moved(param, lr / batch_size)


@torch.no_grad()
def _rebinds(params: list[Tensor], lr: float, batch_size: int) -> None:
    for param in params:
        param = param - lr / batch_size * param.grad  # type: ignore[operator]


def _rebinds_then_resets(params: list[Tensor], lr: float, batch_size: int) -> None:
    for param in params:
        moved = param - lr / batch_size * param.grad  # type: ignore[operator]
        moved.grad.zero_()  # type: ignore[union-attr]


def _reset_too_early(param: Tensor, lr: float, batch_size: int) -> None:
    assert param.grad is not None  # noqa: S101 - for mypy
    param.grad.zero_()


def _only_first(params: list[Tensor], lr: float, batch_size: int) -> None:
    _sgd_step(params[:1], lr, batch_size)


def _grad_not_divided_nor_reset(param: Tensor, lr: float, batch_size: int) -> None:
    _moved(param, lr, keep_gradient=True)


SGD_STEP = Exercise(
    number="5.5",
    name="sgd_step",
    reference=_sgd_step,
    cases=_cases,
    observe=_watch,
    mistakes=(
        Mistake(
            "no no_grad",
            _without_no_grad,
            "A parameter was changed while PyTorch was taking notes on it. How do you tell "
            "PyTorch that this change is no part of the model?",
        ),
        Mistake(
            "gradient not reset",
            _for_each(lambda p, lr, size: _moved(p, lr / size, keep_gradient=True)),
            "The step is right, but the gradient is still there. What will the next backward() "
            "do with it?",
        ),
        Mistake(
            "adds instead of subtracts",
            _for_each(lambda p, lr, size: _moved(p, -lr / size)),
            "The step went the way in which the loss grows. In which direction does a gradient "
            "point?",
        ),
        Mistake(
            "rebinds instead of updating in place",
            _rebinds,
            "The parameters that came in are as they were: a new tensor got the name. Which "
            "assignment writes into the tensor itself?",
        ),
        Mistake(
            "rebinds, then resets",
            _rebinds_then_resets,
            "The name now stands for a new tensor, which has no gradient. Which assignment "
            "writes into the tensor itself?",
        ),
        Mistake(
            "not divided by the batch size",
            _for_each(lambda p, lr, size: _moved(p, lr)),
            "The step is too long. The gradient is that of a sum over the batch: what makes it "
            "that of a mean?",
        ),
        Mistake(
            "neither divided nor reset",
            _for_each(_grad_not_divided_nor_reset),
            "The step is too long, and the gradient is still there. Which argument has not been "
            "used, and what will the next backward() do?",
        ),
        Mistake(
            "multiplied by the batch size",
            _for_each(lambda p, lr, size: _moved(p, lr * size)),
            "The larger the batch, the longer the step. Should a sum over more pictures move the "
            "weights further than their mean?",
        ),
        Mistake(
            "no learning rate",
            _for_each(lambda p, lr, size: _moved(p, 1 / size)),
            "The whole gradient was subtracted. What is `lr` for?",
        ),
        Mistake(
            "gradient reset too early",
            _for_each(_reset_too_early),
            "The gradient was set to zero before it was used. In which order do the two lines "
            "belong?",
        ),
        Mistake(
            "first parameter only",
            _only_first,
            "The first parameter has moved and the others have not. Does something end the loop?",
        ),
    ),
)


def check_sgd_step(answer: object) -> CheckResult:
    """Check exercise 5.5: `sgd_step(params, lr, batch_size)` changes the parameters in place."""
    return SGD_STEP.check(answer)
