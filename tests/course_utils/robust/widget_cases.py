"""Explorers: one that shows a picture for its first settings, or an error."""

from __future__ import annotations

from typing import Any

import ipywidgets
import torch
from hypothesis import strategies as st

from course_utils import figures, widgets
from tests.course_utils.robust.case import Arguments, Case
from tests.course_utils.robust.chart_cases import ESTIMATE
from tests.course_utils.robust.figure_cases import (
    COUNTS,
    LISTS,
    TEXTS,
    arguments_of,
    finite,
    pixels,
)
from tests.course_utils.robust.values import (
    ANYTHING,
    FEATURES,
    NUMBERS,
    ODD_MODELS,
    WHOLE_NUMBERS,
    linear,
    tensors,
)


def _explores(arguments: Arguments, answer: Any) -> bool:
    """Whether it shows a picture now, has one for readers without a kernel, and words for both."""
    (shown,) = answer.output.outputs
    there = "image/png" in shown["data"] and answer.words.value
    return bool(there) and answer.static()._repr_png_() != b"" and "[picture: " in repr(answer)


def _picture(**values: Any) -> figures.CourseFigure:
    return figures.picture_grid(torch.zeros(1, 1, 2, 2))


def _slider(description: str = "how many") -> ipywidgets.IntSlider:
    return ipywidgets.IntSlider(1, 0, 3, description=description)


ODD_CONTROLS = st.builds(_slider, st.just("")) | st.builds(
    lambda: ipywidgets.Dropdown(options=["a"], description="a")
)
SIZES = st.just([1, 2, 64])

CASES = [
    Case(
        "widgets.Explorer",
        widgets.Explorer,
        arguments_of(
            question=st.just("Where?"),
            controls=st.builds(lambda slider: {"count": slider}, st.builds(_slider)),
            draw=st.just(_picture),
            static=st.just(_picture),
        ),
        _explores,
        replaced={
            "question": TEXTS,
            # What can be called is called when the page is saved, not here.
            "static": st.sampled_from([None, 1, "a", figures.CourseFigure]),
            "controls": st.dictionaries(TEXTS, ODD_CONTROLS | ANYTHING, max_size=2),
        },
        starred=("static",),
    ),
    Case(
        "widgets.explore_strides",
        widgets.explore_strides,
        arguments_of(picture=pixels(2, 3) | pixels(4, 4)),
        _explores,
        replaced={"picture": tensors()},
    ),
    Case(
        "widgets.explore_batches",
        widgets.explore_batches,
        arguments_of(images=tensors((4, 1, 2, 3), (torch.uint8,), meta=False)),
        _explores,
        replaced={"images": tensors() | tensors((1, 1, 2, 2)) | tensors((101, 1, 1, 1))},
    ),
    Case(
        "widgets.explore_convolution",
        widgets.explore_convolution,
        arguments_of(
            picture=finite(4, 5),
            kernels=st.dictionaries(TEXTS, finite(2, 2), min_size=1, max_size=3),
            stride=st.integers(1, 3),
            padding=st.integers(0, 2),
        ),
        _explores,
        names=("picture", "kernels", "kernel", "stride", "padding"),
        replaced={
            "picture": tensors(),
            "kernels": st.dictionaries(TEXTS, tensors() | ANYTHING, max_size=2),
            "stride": WHOLE_NUMBERS,
            "padding": WHOLE_NUMBERS,
        },
    ),
    Case(
        "widgets.explore_memory",
        widgets.explore_memory,
        arguments_of(
            models=st.builds(lambda: {"linear": linear()}),
            input_shape=st.just((FEATURES,)),
            limit_bytes=st.integers(8, 9999),
            examples=st.dictionaries(TEXTS, ESTIMATE, min_size=1, max_size=2),
            batch_size=st.sampled_from([1, 64, 4096]),
        ),
        _explores,
        # The estimate says `model` of the first of them, and `loss` where odd scores are noticed.
        names=("models", "model", "input_shape", "limit_bytes", "examples", "batch_size", "loss"),
        replaced={
            "models": st.dictionaries(TEXTS, ODD_MODELS | ANYTHING, max_size=2),
            "input_shape": st.lists(WHOLE_NUMBERS, max_size=3),
            "limit_bytes": WHOLE_NUMBERS,
            "examples": st.dictionaries(TEXTS, ESTIMATE | ANYTHING, max_size=2),
            "batch_size": WHOLE_NUMBERS,
        },
    ),
    Case(
        "widgets.explore_batch_size",
        widgets.explore_batch_size,
        arguments_of(
            batch_sizes=SIZES,
            images_per_second=st.lists(st.floats(1e-3, 1e9), min_size=3, max_size=3),
            peak_bytes=st.lists(st.integers(1, 2**50), min_size=3, max_size=3),
            num_samples=st.lists(COUNTS, min_size=1, max_size=3, unique=True),
            limits_bytes=st.lists(COUNTS, min_size=1, max_size=3, unique=True),
        ),
        _explores,
        replaced=dict.fromkeys(
            ("batch_sizes", "images_per_second", "peak_bytes", "num_samples", "limits_bytes"),
            LISTS | st.lists(NUMBERS, max_size=3),
        ),
    ),
]
