"""Exercise 8.2: what a training run takes whatever the batch size is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Generator, nn

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult

Count = Callable[[nn.Module, str], int]

_COPIES = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}


def _half_frozen(inputs: int, hidden: int) -> nn.Module:
    model = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, 2))
    for parameter in model[0].parameters():
        parameter.requires_grad = False
    return model


def _runs(generator: Generator) -> Iterator[tuple[nn.Module, str]]:
    # Making a layer draws its weights from the global generator, which is put back.
    with torch.random.fork_rng(devices=[]):
        runs = list(_made(generator))
    yield from runs


def _made(generator: Generator) -> Iterator[tuple[nn.Module, str]]:
    for optimizer in _COPIES:
        yield nn.Linear(3, 2), optimizer
    yield _half_frozen(3, 4), "sgd"
    yield _half_frozen(3, 4), "adam"
    yield nn.Linear(3, 2).to(torch.bfloat16), "momentum"
    yield nn.Sequential(nn.Linear(4, 3, dtype=torch.float64), nn.Linear(3, 5)), "sgd"
    yield nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)), "adam"
    for _ in range(3):
        inputs, hidden = (
            int(torch.randint(low, high, (1,), generator=generator))
            for low, high in ((5, 20), (21, 40))
        )
        yield _half_frozen(inputs, hidden), "adamw"
        yield nn.Linear(inputs, hidden), "momentum"
    frozen = nn.Linear(3, 2)
    frozen.requires_grad_(False)
    yield frozen, "adam"


def _parts(model: nn.Module) -> tuple[int, int]:
    """Bytes of all parameters, and of those that are trained."""
    sizes = [(one.numel() * one.element_size(), one.requires_grad) for one in model.parameters()]
    return sum(size for size, _ in sizes), sum(size for size, trained in sizes if trained)


def _fixed_bytes(model: nn.Module, optimizer: str) -> int:
    everything, trained = _parts(model)
    return everything + (1 + _COPIES[optimizer]) * trained


def _with_copies(copies: dict[str, int]) -> Count:
    def count(model: nn.Module, optimizer: str) -> int:
        everything, trained = _parts(model)
        return everything + (1 + copies[optimizer]) * trained

    return count


def _no_gradients(model: nn.Module, optimizer: str) -> int:
    everything, trained = _parts(model)
    return everything + _COPIES[optimizer] * trained


def _as_if_all_trained(model: nn.Module, optimizer: str) -> int:
    return (2 + _COPIES[optimizer]) * _parts(model)[0]


def _no_gradients_all_trained(model: nn.Module, optimizer: str) -> int:
    return (1 + _COPIES[optimizer]) * _parts(model)[0]


def _state_only_for_all(model: nn.Module, optimizer: str) -> int:
    everything, trained = _parts(model)
    return everything + trained + _COPIES[optimizer] * everything


def _gradients_for_all(model: nn.Module, optimizer: str) -> int:
    everything, trained = _parts(model)
    return 2 * everything + _COPIES[optimizer] * trained


def _trained_only(model: nn.Module, optimizer: str) -> int:
    return (2 + _COPIES[optimizer]) * _parts(model)[1]


def _four_bytes_each(model: nn.Module, optimizer: str) -> int:
    sizes = [(one.numel(), one.requires_grad) for one in model.parameters()]
    trained = sum(size for size, is_trained in sizes if is_trained)
    return 4 * (sum(size for size, _ in sizes) + (1 + _COPIES[optimizer]) * trained)


def _four_bytes_all_trained(model: nn.Module, optimizer: str) -> int:
    numbers = sum(one.numel() for one in model.parameters())
    return 4 * (2 + _COPIES[optimizer]) * numbers


def _numbers(model: nn.Module, optimizer: str) -> int:
    return (2 + _COPIES[optimizer]) * sum(one.numel() for one in model.parameters())


def _with_buffers(model: nn.Module, optimizer: str) -> int:
    buffers = sum(one.numel() * one.element_size() for one in model.buffers())
    return _fixed_bytes(model, optimizer) + buffers


_FROZEN = (
    "A frozen parameter was given more than its own numbers. What does backward() leave at a "
    "parameter with requires_grad=False, and what can the optimizer then keep for it?"
)
_NO_GRADIENTS = "Something as large as the weights is missing. What does backward() leave behind?"
_DTYPE = (
    "Every number was counted as 4 bytes. How large is one of a bfloat16 model, or of a float64 "
    "layer?"
)

FIXED_BYTES = Exercise(
    number="8.2",
    name="fixed_bytes",
    reference=_fixed_bytes,
    cases=_runs,
    mistakes=(
        Mistake("gradients forgotten", _no_gradients, _NO_GRADIENTS),
        Mistake("gradients forgotten", _no_gradients_all_trained, _NO_GRADIENTS),
        Mistake(
            "Adam counted once",
            _with_copies({"sgd": 0, "momentum": 1, "adam": 1, "adamw": 1}),
            "Adam was given one number for each weight. Which two averages does it keep?",
        ),
        Mistake(
            "AdamW counted as SGD",
            _with_copies({"sgd": 0, "momentum": 1, "adam": 2, "adamw": 0}),
            "Adam is right, AdamW is not. Does it keep fewer averages than Adam?",
        ),
        Mistake(
            "momentum forgotten",
            _with_copies({"sgd": 0, "momentum": 0, "adam": 2, "adamw": 2}),
            "SGD with momentum was counted like SGD without. Where does it keep its velocity?",
        ),
        Mistake(
            "plain SGD with a state",
            _with_copies({"sgd": 1, "momentum": 1, "adam": 2, "adamw": 2}),
            "Plain SGD was given a state. What would it have to remember from step to step?",
        ),
        Mistake(
            "state forgotten",
            _with_copies(dict.fromkeys(_COPIES, 0)),
            "Parameters and gradients are there. What does the optimizer keep from step to step?",
        ),
        Mistake("frozen parameters counted", _as_if_all_trained, _FROZEN),
        Mistake("frozen parameters counted", _state_only_for_all, _FROZEN),
        Mistake("frozen parameters counted", _gradients_for_all, _FROZEN),
        Mistake(
            "frozen parameters left out",
            _trained_only,
            "Frozen parameters are missing altogether. Can the forward pass do without them?",
        ),
        Mistake("forgets the dtype", _four_bytes_each, _DTYPE),
        Mistake("forgets the dtype", _four_bytes_all_trained, _DTYPE),
        Mistake(
            "numbers instead of bytes",
            _numbers,
            "You counted numbers. How many bytes does each of them take?",
        ),
        Mistake(
            "buffers counted",
            _with_buffers,
            "BatchNorm's running statistics were counted, too. Are they parameters?",
        ),
        Mistake(
            "parameters only",
            lambda model, optimizer: _parts(model)[0],
            "These are the weights alone. What comes with the first backward(), and what with the "
            "first step()?",
        ),
    ),
)


def check_fixed_bytes(answer: object) -> CheckResult:
    """Check exercise 8.2: `fixed_bytes(model, optimizer)`, a module and a name, returns an int."""
    return FIXED_BYTES.check(answer)
