"""Which device is taken, and what a seed fixes."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_launcher.check import check_environment
from course_utils.devices import pick_device, set_seed

# pick_device


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Say which devices there are."""

    def there_is(cuda: bool = False, mps: bool = False) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 2 if cuda else 0)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return there_is


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(False, False, "cpu"), (True, False, "cuda"), (False, True, "mps"), (True, True, "cuda")],
)
@pytest.mark.parametrize("wish", [None, ""])
def test_without_a_wish_the_fastest_device_is_taken(
    cuda: bool,
    mps: bool,
    expected: str,
    wish: str | None,
    devices: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    devices(cuda, mps)
    if wish is None:
        monkeypatch.delenv("COURSE_DEVICE")
    else:
        monkeypatch.setenv("COURSE_DEVICE", wish)
    assert pick_device() == torch.device(expected)


@pytest.mark.parametrize("wish", ["cpu", "cuda", "cuda:1", "mps"])
def test_a_wish_is_followed(
    wish: str, devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    devices(cuda=True, mps=True)
    monkeypatch.setenv("COURSE_DEVICE", wish)
    assert pick_device() == torch.device(wish)


@pytest.mark.parametrize("wish", ["gpu", "CUDA", "0", "cpu cuda"])
def test_a_word_that_names_no_device_is_refused(
    wish: str, devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    devices(cuda=True, mps=True)
    monkeypatch.setenv("COURSE_DEVICE", wish)
    with pytest.raises(ValueError, match=f"COURSE_DEVICE: expected cuda, mps or cpu, got '{wish}'"):
        pick_device()


@pytest.mark.parametrize("wish", ["cuda", "cuda:0", "mps"])
def test_a_device_that_is_not_there_is_refused(
    wish: str, devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    devices()
    monkeypatch.setenv("COURSE_DEVICE", wish)
    with pytest.raises(RuntimeError, match=f"COURSE_DEVICE: {wish} was asked for"):
        pick_device()


# torch keeps the number in eight bits: to it, cuda:256 is cuda:0.
@pytest.mark.parametrize("wish", ["cuda:2", "cuda:128", "cuda:255", "cuda:256", "mps:1", "cpu:1"])
def test_a_number_beyond_the_last_device_is_refused(
    wish: str, devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    devices(cuda=True, mps=True)
    monkeypatch.setenv("COURSE_DEVICE", wish)
    last = "cuda:1" if wish.startswith("cuda") else wish.replace("1", "0")
    with pytest.raises(
        RuntimeError, match=f"COURSE_DEVICE: {wish} was asked for, but the last one here is {last}"
    ):
        pick_device()


# set_seed


def drawn() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), torch.rand(()).item()


@given(st.integers(0, 2**32 - 1))
def test_a_seed_repeats_the_numbers_of_all_three_libraries(seed: int) -> None:
    set_seed(seed)
    first = drawn()
    set_seed(seed)
    assert drawn() == first


def test_another_seed_gives_other_numbers_in_each_library() -> None:
    set_seed(0)
    one = drawn()
    set_seed(1)
    assert all(a != b for a, b in zip(one, drawn(), strict=True))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused_and_seeds_nothing(seed: int) -> None:
    set_seed(0)
    first = drawn()
    set_seed(0)
    with pytest.raises(ValueError, match=f"seed: expected 0 to {2**32 - 1}, got {seed}"):
        set_seed(seed)
    assert drawn() == first


def test_a_device_that_is_not_there_is_red(
    devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    devices()
    monkeypatch.setenv("COURSE_DEVICE", "cuda")
    row = next(row for row in check_environment() if row.name == "device")
    assert not row.ok and "COURSE_DEVICE: cuda was asked for" in row.found
