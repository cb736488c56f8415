"""Looking at a model without changing it: evaluation mode for a while, and the old modes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from course_utils.arguments import check_callable


@contextmanager
def predicting(model: Callable[..., Any]) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards every module is in its old mode again.

    Module by module, because a model in training mode may hold parts that were frozen in
    evaluation mode. A model that is a plain function has no mode: only gradients are off.
    """
    modules = list(model.modules()) if isinstance(model, nn.Module) else []
    modes = [module.training for module in modules]
    if isinstance(model, nn.Module):
        model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode


def device_of(model: Callable[..., Any]) -> torch.device:
    """Where the model's first parameter lives; the CPU for a model without parameters.

    Raises TypeError for what is neither a module nor a function.
    """
    check_callable("model", model, "a module or a function of images")
    first = next(model.parameters(), None) if isinstance(model, nn.Module) else None
    return torch.device("cpu") if first is None else first.device
