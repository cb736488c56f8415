"""Charts, explorers' pictures, and the records that they are drawn from."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from course_utils import figures, memory, training
from tests.course_utils.robust.case import Arguments
from tests.course_utils.robust.figure_cases import (
    COUNTS,
    LISTS,
    NAMES,
    TEXTS,
    WORDS,
    arguments_of,
    drawn,
    finite,
    names,
    of,
)
from tests.course_utils.robust.values import (
    ANYTHING,
    FEATURES,
    NUMBERS,
    WHOLE_NUMBERS,
    linear,
    tensors,
)

BYTES = torch.arange(5 * 9, dtype=torch.uint8).reshape(5, 1, 3, 3)
EPOCHS = [
    figures.Epoch([[0, 1], [2, 3]], [4]),
    figures.Epoch([(4, 3, 2, 1, 0)]),
    figures.Epoch([range(3), [3, 4]]),
]
ODD_EPOCHS = [figures.Epoch([]), figures.Epoch([[0]]), figures.Epoch([[0, 1, 2, 3, 9]])]


def _softmax(scores: Tensor, temperature: float) -> figures.Softmax:
    exponents = (scores / temperature).exp()
    return figures.Softmax(
        scores, temperature, exponents / exponents.sum(), (scores / temperature).softmax(0)
    )


START = torch.arange(12).reshape(3, 4)
SOFTMAXES = [_softmax(torch.tensor([20.0, 10, 0]), t) for t in (10.0, 0.1)]
READINGS = [
    figures.Reading("t()", START, START.t(), BYTES[0, 0].t()),
    figures.Reading("flatten()", START, START.flatten().clone(), BYTES[0].flatten()),
    figures.Reading("[::2]", START, START[::2], BYTES[0, 0][::2]),
]


@st.composite
def _curves(draw: Any) -> Arguments:
    history = training.History()
    for number in range(1, draw(COUNTS) + 1):
        one, two, three, four = (draw(st.floats()) for _ in range(4))
        history.add(training.Epoch(number, one, two, three, four, seconds=1.0))
    columns = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
    given = {name: history.column(name) for name in columns}
    return {"history": draw(st.sampled_from([history, given])), "description": draw(WORDS)}


@st.composite
def _sizes(draw: Any) -> Arguments:
    sizes = sorted(draw(st.sets(st.integers(1, 5000), min_size=1, max_size=4)))
    speeds = st.lists(st.floats(1e-3, 1e9), min_size=len(sizes), max_size=len(sizes))
    peaks = st.lists(st.integers(1, 2**50), min_size=len(sizes), max_size=len(sizes))
    return {
        "batch_sizes": sizes, "images_per_second": draw(speeds), "peak_bytes": draw(peaks),
        "num_samples": draw(st.integers(1, 10**6)), "limit_bytes": draw(st.none() | COUNTS),
        "chosen": draw(st.none() | st.sampled_from(sizes)),
    }  # fmt: skip


def _counted(arguments: Arguments, epoch: figures.Epoch) -> bool:
    """Whether each sample is counted once, in numbers and in words."""
    indices = [index for part in (*epoch.batches, epoch.dropped) for index in part]
    count = len(epoch.batches) or "no"
    return epoch.samples == len(indices) and epoch.in_words().startswith(f"{count} batch")


ESTIMATE = st.sampled_from([1, 100]).map(
    lambda size: memory.estimate_training_memory(linear(), (FEATURES,), size, torch.optim.SGD)
)
ESTIMATES = st.dictionaries(TEXTS, ESTIMATE, min_size=1, max_size=3)
INDICES = st.lists(st.lists(WHOLE_NUMBERS | ANYTHING, max_size=2) | ANYTHING, max_size=3)


CASES = [
    of("training_curves", _curves(), history=st.dictionaries(TEXTS, LISTS)),
    of(
        "throughput_bars",
        arguments_of(
            names=names(2),
            images_per_second=st.lists(st.floats(1e-3, 1e9), min_size=2, max_size=2),
            description=WORDS,
        ),
        names=NAMES,
        images_per_second=LISTS,
    ),
    of(
        "batch_size_curves",
        _sizes(),
        batch_sizes=LISTS,
        images_per_second=LISTS,
        peak_bytes=LISTS,
        num_samples=WHOLE_NUMBERS,
        limit_bytes=NUMBERS,
        chosen=WHOLE_NUMBERS,
    ),
    of(
        "memory_bars",
        arguments_of(
            estimates=ESTIMATES, limit_bytes=st.none() | st.integers(1, 9999), description=WORDS
        ),
        estimates=st.dictionaries(TEXTS | st.just("a" * 99), ESTIMATE | ANYTHING),
        limit_bytes=NUMBERS,
    ),
    of("memory_timeline", arguments_of(estimate=ESTIMATE, description=WORDS)),
    of(
        "Epoch",
        arguments_of(
            batches=st.just([[0, 1], [2, 3]]), dropped=st.sampled_from([(), [4], range(3)])
        ),
        _counted,
        batches=INDICES,
        dropped=st.lists(WHOLE_NUMBERS | ANYTHING, max_size=2),
    ),
    of(
        "batch_figure",
        arguments_of(images=st.just(BYTES), epoch=st.sampled_from(EPOCHS), number=st.just(1)),
        images=tensors() | tensors((5, 1, 2, 2)),
        epoch=st.sampled_from(ODD_EPOCHS),
        number=WHOLE_NUMBERS,
    ),
    of(
        "epochs_figure",
        arguments_of(
            images=st.just(BYTES),
            epochs=st.lists(st.tuples(TEXTS, st.sampled_from(EPOCHS)), min_size=1, max_size=3),
        ),
        images=tensors() | tensors((5, 1, 2, 2)),
        epochs=st.lists(st.tuples(TEXTS, st.sampled_from(ODD_EPOCHS) | ANYTHING), max_size=2),
    ),
    of(
        "Softmax",
        st.builds(
            lambda scores, temperature: vars(_softmax(scores, temperature)).copy(),
            finite(3).map(Tensor.float),
            st.floats(0.1, 10),
        ),
        lambda _, answer: bool(answer.in_words()) and drawn({}, figures.softmax_figure(answer)),
        scores=tensors(),
        temperature=NUMBERS,
        naive=tensors(),
        stable=tensors(),
    ),
    of("softmax_figure", arguments_of(softmax=st.sampled_from(SOFTMAXES))),
    of(
        "softmax_row",
        arguments_of(softmaxes=st.lists(st.sampled_from(SOFTMAXES), min_size=1, max_size=3)),
        softmaxes=st.lists(st.sampled_from(SOFTMAXES) | ANYTHING, max_size=2),
    ),
    of(
        "Reading",
        st.sampled_from(READINGS).map(lambda reading: vars(reading).copy()),
        lambda _, answer: drawn({}, figures.strides_figure(answer)),
        start=tensors()
        | st.sampled_from([START.clone(), START.float(), torch.arange(24).reshape(6, 4)[:3]]),
        table=tensors() | st.just(START[1:]),
        picture=tensors(),
    ),
    of("strides_figure", arguments_of(reading=st.sampled_from(READINGS))),
    of(
        "readings_figure",
        arguments_of(readings=st.lists(st.sampled_from(READINGS), min_size=1, max_size=3)),
        readings=st.lists(st.sampled_from(READINGS) | ANYTHING, max_size=2),
    ),
]
