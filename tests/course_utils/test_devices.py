"""Which device is taken, and what a seed fixes."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch

from course_utils.devices import pick_device, set_seed


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Say which devices there are, and which one is asked for."""

    def there_is(cuda: bool = False, mps: bool = False, wanted: str = "") -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setenv("COURSE_DEVICE", wanted)

    return there_is


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(False, False, "cpu"), (True, False, "cuda"), (False, True, "mps"), (True, True, "cuda")],
)
def test_without_a_wish_the_fastest_device_is_taken(
    cuda: bool, mps: bool, expected: str, devices: Callable[..., None]
) -> None:
    devices(cuda, mps)
    assert pick_device() == torch.device(expected)


@pytest.mark.parametrize("wanted", ["cpu", "cuda", "cuda:1", "mps"])
def test_a_wish_is_followed(wanted: str, devices: Callable[..., None]) -> None:
    devices(cuda=True, mps=True, wanted=wanted)
    assert pick_device() == torch.device(wanted)


@pytest.mark.parametrize("wanted", ["gpu", "CUDA", "0"])
def test_a_word_that_names_no_device_is_refused(wanted: str, devices: Callable[..., None]) -> None:
    devices(cuda=True, wanted=wanted)
    with pytest.raises(ValueError, match=f"COURSE_DEVICE: expected .*, got '{wanted}'"):
        pick_device()


@pytest.mark.parametrize("wanted", ["cuda", "cuda:0", "mps"])
def test_a_device_that_is_not_there_is_refused(wanted: str, devices: Callable[..., None]) -> None:
    devices(wanted=wanted)
    with pytest.raises(RuntimeError, match=f"COURSE_DEVICE: {wanted} was asked for"):
        pick_device()


def drawn() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), torch.rand(()).item()


def test_a_seed_repeats_the_numbers_of_all_three_libraries() -> None:
    set_seed(1)
    first = drawn()
    set_seed(0)
    other = drawn()
    set_seed(1)
    assert drawn() == first
    assert all(a != b for a, b in zip(first, other, strict=True))
