"""Wrong answers to exercise 5.5 as students write them."""

from __future__ import annotations

from typing import Any

import torch


def _step_tracked(params: Any, lr: float, batch_size: int) -> None:
    for p in params:
        p -= lr * p.grad / batch_size
        p.grad.zero_()


def _step_keeps_gradient(params: Any, lr: float, batch_size: int) -> None:
    for p in params:
        p.data = p.data - lr * p.grad / batch_size


def _step_uphill(params: Any, lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            p += lr * p.grad / batch_size
            p.grad.zero_()


def _step_on_a_name(params: Any, lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            p = p - lr * p.grad / batch_size


def _step_on_a_name_then_zero(params: Any, lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            p = p - lr * p.grad / batch_size
            p.grad.zero_()


def _step_into_the_list(params: Any, lr: float, batch_size: int) -> None:
    for i in range(len(params)):
        params[i] = params[i] - lr * params[i].grad / batch_size


def _step_batch_size_unused(params: Any, lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad
            p.grad.zero_()


def _step_returns_in_the_loop(params: Any, lr: float, batch_size: int) -> Any:
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()
            return params


def _step_loses_the_gradient_flag(params: Any, lr: float, batch_size: int) -> None:
    for p in params:
        p.requires_grad_(False)
        p -= lr * p.grad / batch_size
        p.grad.zero_()


WRONG: list[tuple[Any, str | None]] = [
    (_step_tracked, "no no_grad"),
    (_step_keeps_gradient, "gradient not reset"),
    (_step_uphill, "adds instead of subtracts"),
    (_step_on_a_name, "rebinds instead of updating in place"),
    (_step_on_a_name_then_zero, "rebinds, then resets"),
    (_step_into_the_list, "rebinds instead of updating in place"),
    (_step_batch_size_unused, "not divided by the batch size"),
    (_step_returns_in_the_loop, "first parameter only"),
    (_step_loses_the_gradient_flag, None),
]
