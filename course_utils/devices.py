"""The machine below the course: devices, seeds, and a model's mode while it predicts."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn


def pick_device() -> torch.device:
    """The device to train on: `COURSE_DEVICE` if set, else CUDA, else Apple's MPS, else the CPU.

    Raises ValueError where `COURSE_DEVICE` names no kind of device, RuntimeError where it names
    one that this machine lacks.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    wanted = os.environ.get("COURSE_DEVICE")
    if not wanted:
        return torch.device(next(kind for kind, there in available.items() if there))
    kind = wanted.partition(":")[0]
    if kind not in available:
        raise ValueError(f"COURSE_DEVICE: expected cuda, mps or cpu, got {wanted!r}")
    if not available[kind]:
        raise RuntimeError(f"COURSE_DEVICE: {wanted} was asked for, but this machine has none")
    return torch.device(wanted)


def set_seed(seed: int = 0) -> None:
    """Seed the random numbers of Python, NumPy and torch (all devices), so that runs repeat.

    seed: from 0 to 2**32 - 1, the largest that NumPy takes.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


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
    """Where the model's first parameter lives; the CPU for a model without parameters."""
    first = next(model.parameters(), None) if isinstance(model, nn.Module) else None
    return torch.device("cpu") if first is None else first.device
