"""Pictures of tensors: drawn, with words for who cannot see them, or an error."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from course_utils import figures
from tests.course_utils.robust.case import Arguments, Case
from tests.course_utils.robust.values import ANYTHING, NUMBERS, WHOLE_NUMBERS, tensors

TEXTS = st.text("ab $\\_^", max_size=3)
NAMES = st.lists(TEXTS | ANYTHING | st.just("\ud800"), max_size=4)
LISTS = st.lists(NUMBERS | ANYTHING, max_size=4)
"""Near misses: too long, too short, or with something else in them."""


def drawn(arguments: Arguments, answer: Any) -> bool:
    """Whether the picture has words and becomes a PNG no wider than a page."""
    words = arguments.get("description") or str(answer)
    answer.savefig(io.BytesIO(), format="png", dpi=20)
    return str(answer) == " ".join(words.split()) != "" and answer.get_size_inches()[0] <= 7


def pixels(*shape: int) -> st.SearchStrategy[Tensor]:
    """Pictures of one shape, in bytes and in floats, some of them nan or beyond 0 to 1."""
    return tensors(shape, (torch.uint8, torch.float32, torch.float64, torch.bfloat16), meta=False)


def finite(*shape: int) -> st.SearchStrategy[Tensor]:
    """Tables of one shape, in whole numbers and in floats."""
    kinds = (torch.float32, torch.float64, torch.float16, torch.int64, torch.uint8)
    return tensors(shape, kinds, meta=False).map(lambda table: table.nan_to_num(1, 2, -2))


def names(count: int) -> st.SearchStrategy[list[str]]:
    """As many texts."""
    return st.lists(TEXTS, min_size=count, max_size=count)


WORDS = st.sampled_from([None, "what it shows"])
COUNTS = st.integers(1, 4)


def of(
    name: str,
    fitting: st.SearchStrategy[Arguments],
    is_right: Callable[[Arguments, Any], bool] = drawn,
    **replaced: st.SearchStrategy[Any],
) -> Case:
    """The case of a function of `figures`; each may also be asked for words of a wrong kind."""
    return Case(f"figures.{name}", getattr(figures, name), fitting, is_right, replaced=replaced)


def arguments_of(**arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Arguments]:
    return st.fixed_dictionaries(arguments)


@st.composite
def _grids(draw: Any) -> Arguments:
    count = draw(COUNTS)
    images = draw(pixels(count, draw(st.sampled_from([1, 3])), 2, 3))
    titles = draw(st.none() | names(count))
    return {
        "images": images, "titles": titles, "columns": draw(COUNTS), "description": draw(WORDS),
    }  # fmt: skip


@st.composite
def _rows(draw: Any) -> Arguments:
    pictures = draw(
        st.lists(pixels(3, 2) | pixels(1, 2, 2) | pixels(3, 4, 1), min_size=1, max_size=3)
    )
    return {
        "pictures": pictures, "titles": draw(names(len(pictures))), "description": draw(WORDS),
    }  # fmt: skip


@st.composite
def _matrices(draw: Any) -> Arguments:
    size = draw(COUNTS)
    counts = draw(tensors((size, size), (torch.int64, torch.int32, torch.uint8), meta=False))
    return {
        "counts": counts.abs(), "classes": draw(names(size)), "description": draw(WORDS),
    }  # fmt: skip


@st.composite
def _weights(draw: Any) -> Arguments:
    count = draw(COUNTS)
    return {
        "weights": draw(finite(count, 2, 3)), "classes": draw(names(count)),
        "columns": draw(COUNTS), "description": draw(WORDS),
    }  # fmt: skip


@st.composite
def _fields(draw: Any) -> Arguments:
    count = draw(COUNTS)
    places = torch.arange(3 * 4).reshape(3, 4)
    fields = [places >= draw(st.integers(0, 11)) for _ in range(count)]
    return {
        "picture": draw(pixels(3, 4) | pixels(1, 3, 4)), "fields": fields,
        "titles": draw(names(count)), "description": draw(WORDS),
    }  # fmt: skip


KERNEL: dict[str, Any] = {
    "kernel": tensors() | finite(3, 3),
    "stride": WHOLE_NUMBERS,
    "padding": WHOLE_NUMBERS,
}
SLIDING: dict[str, Any] = {
    "picture": finite(4, 5), "kernel": finite(2, 2), "stride": COUNTS,
    "padding": st.integers(0, 2),
}  # fmt: skip

PICTURES = st.lists(tensors() | ANYTHING, max_size=3)

CASES = [
    of("picture_grid", _grids(), images=tensors(), titles=NAMES, columns=WHOLE_NUMBERS),
    of("picture_row", _rows(), pictures=PICTURES, titles=NAMES),
    of("confusion_figure", _matrices(), counts=tensors(), classes=NAMES),
    of("weight_pictures", _weights(), weights=tensors(), classes=NAMES, columns=WHOLE_NUMBERS),
    of("window_places", arguments_of(**SLIDING, description=WORDS), picture=tensors(), **KERNEL),
    of("convolution_step", arguments_of(**SLIDING, step=COUNTS), picture=tensors(), **KERNEL),
    of("convolution_steps", arguments_of(**SLIDING), picture=tensors(), **KERNEL),
    of(
        "response_row",
        arguments_of(
            picture=pixels(3, 4) | pixels(1, 3, 4) | pixels(3, 4, 3),
            responses=st.dictionaries(TEXTS, finite(2, 3), min_size=1, max_size=3),
            title=TEXTS,
            description=WORDS,
        ),
        picture=tensors(),
        responses=st.dictionaries(TEXTS | st.just(1), tensors() | ANYTHING, max_size=2),
    ),
    of("field_row", _fields(), picture=tensors(), fields=PICTURES),
    of(
        "CourseFigure",
        arguments_of(
            width=st.floats(0.5, 7),
            height=st.floats(0.5, 20),
            description=TEXTS,
            layout=st.sampled_from(["constrained", "none"]),
        ),
        lambda arguments, answer: str(answer) == " ".join(arguments["description"].split()),
        width=NUMBERS,
        height=NUMBERS,
    ),
]
