"""What people hand to functions by mistake: wrong kinds, shapes, dtypes, devices, sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor, nn

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
OTHERS = (torch.bool, torch.complex64, torch.uint16, torch.uint32, torch.uint64)

SIZES = st.integers(1, 5)
HUGE = st.sampled_from([2**53, 2**62, 2**63 - 1, 2**63, 2**64, 2**70, 10**400])
"""Sizes beyond any address space. A system that promises more memory than it has grants less."""

WHOLE_NUMBERS = st.one_of(st.integers(-3, 6), HUGE, HUGE.map(int.__neg__))
NUMBERS = st.one_of(WHOLE_NUMBERS, st.floats(), st.sampled_from([0.1, float("nan"), float("inf")]))


@st.composite
def tensors(
    draw: Any,
    shape: Any = None,
    dtypes: tuple[torch.dtype, ...] = (*FLOATS, *WHOLE, *OTHERS),
    meta: bool = True,
) -> Tensor:
    """A tensor of up to four axes, perhaps with nan, inf or no numbers at all."""
    if shape is None:
        shape = draw(st.lists(st.integers(0, 4), max_size=4))
    dtype = draw(st.sampled_from(dtypes))
    seed = draw(st.integers(0, 10**6))
    numbers = torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 3
    tensor = numbers.abs().to(dtype) if dtype in OTHERS[2:] else numbers.to(dtype)
    special = draw(st.sampled_from([None, None, None, torch.nan, torch.inf, -torch.inf]))
    if special is not None and dtype in FLOATS and tensor.numel():
        tensor.view(-1)[draw(st.integers(0, tensor.numel() - 1))] = special
    return tensor.to("meta") if meta and draw(st.integers(0, 9)) == 0 else tensor


ARRAYS = st.builds(
    lambda shape, kind: np.zeros(shape, kind),
    st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from(["float32", "int64", "bool", "U3"]),
)

ANYTHING: st.SearchStrategy[Any] = st.one_of(
    tensors(),
    WHOLE_NUMBERS,
    NUMBERS,
    st.sampled_from(
        [None, True, False, "", "cuda", "meta", "test", b"ab", (), [], [1, 2], ["a"], {}, {"a": 1}]
    ),
    st.sampled_from([object(), int, nn.Linear, range(3), print, ..., 1j, {1, 2}]),
    ARRAYS,
)
"""A value of any kind. Nothing in it has a size between a hundred and what no memory holds."""


@st.composite
def scores_and_labels(draw: Any, dtypes: tuple[torch.dtype, ...] = FLOATS) -> tuple[Tensor, Tensor]:
    """Scores [B, K] and labels [B] that fit each other; B may be 0."""
    rows, classes = draw(st.integers(0, 5)), draw(SIZES)
    scores = draw(tensors((rows, classes), dtypes))
    dtype, generator = draw(st.sampled_from(WHOLE)), torch.Generator()
    generator.manual_seed(draw(st.integers(0, 10**6)))
    labels = torch.randint(classes, (rows,), dtype=dtype, generator=generator)
    return scores, labels.to(scores.device) if draw(st.booleans()) else labels


FEATURES, CLASSES = 4, 3
"""Of the small models that the cases train and estimate."""


def linear() -> nn.Module:
    """A model that takes images [B, FEATURES]; its parameters are the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Linear(FEATURES, CLASSES)


ODD_MODELS = st.sampled_from(
    [
        nn.Linear(FEATURES + 1, CLASSES),
        nn.Conv2d(1, 1, 3),
        nn.Flatten(0),
        nn.Linear(FEATURES, CLASSES).to("meta"),
        nn.Linear(FEATURES, CLASSES).requires_grad_(False),
        nn.Linear,
        lambda images: None,
        lambda images: images.sum(),
    ]
)
"""Models that do not take such images, or return something else, or are none."""

PATHS = st.sampled_from(["~nobody-of-this-name/a", "a\0b", Path("a"), b"a", "", 3, True, None])
