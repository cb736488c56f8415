"""Training memory: estimated, measured, and the batch size that fits."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st
from torch import nn

from course_utils import memory
from tests.course_utils.robust.case import Arguments, Case
from tests.course_utils.robust.values import (
    FEATURES,
    HUGE,
    NUMBERS,
    ODD_MODELS,
    SIZES,
    WHOLE_NUMBERS,
    linear,
)


def _within(arguments: Arguments, answer: Any) -> bool:
    categories = ("parameters", "buffers", "gradients", "optimizer_state", "batch")
    parts = [getattr(answer, name) for name in (*categories, "activations", "temporaries")]
    return bool(answer.peak == sum(parts) and min(parts) >= 0 and answer.parameters > 0)


def _optimizers() -> st.SearchStrategy[Any]:
    return st.sampled_from([torch.optim.SGD, torch.optim.Adam])


def _memory(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[Arguments]:
    return st.fixed_dictionaries(
        {
            "model": st.builds(linear),
            "input_shape": st.just((FEATURES,)),
            "optimizer": _optimizers(),
            "precision": st.sampled_from([None, torch.bfloat16]),
            **more,
        }
    )


MEMORY_NAMES = ("model", "input_shape", "optimizer", "precision", "loss")
"""What an error may name: the loss, left at its default, is where odd logits are noticed."""

SHAPES = st.lists(WHOLE_NUMBERS, max_size=3)
MEMORY_REPLACED = {
    "input_shape": SHAPES,
    "batch_size": WHOLE_NUMBERS,
    "optimizer": st.sampled_from([torch.optim.LBFGS, nn.Linear, torch.optim.SGD, print]),
    "precision": st.sampled_from([torch.int64, torch.float64, "float32"]),
    "device": st.sampled_from(["cuda", "cpu", "meta", "tpu", "cuda:99", "", None]),
    "capacity_bytes": WHOLE_NUMBERS | st.integers(1, 2000),
    "budget_bytes": WHOLE_NUMBERS | st.integers(1, 2000),
    "model": ODD_MODELS,
}


def _fits(arguments: Arguments, answer: Any) -> bool:
    capacity = arguments["capacity_bytes"]
    options = {name: arguments[name] for name in ("optimizer", "precision")}

    def peak(size: int) -> int:
        model, shape = arguments["model"], arguments["input_shape"]
        return memory.estimate_training_memory(model, shape, size, **options).peak

    most = answer == 1_000_000
    return bool(peak(answer) <= capacity and (most or peak(answer + 1) > capacity))


def _operations(note: Any) -> list[str]:
    """With `note` beside a list of the names, so that the answer can be looked at."""
    names: list[str] = []

    def both(name: str, result: object) -> None:
        names.append(name)

    with memory.each_operation(both if note is _nothing else note):
        torch.ones(2)
    return names


def _nothing(name: str, result: object) -> None:
    pass


CASES = [
    Case(
        "memory.each_operation",
        _operations,
        st.just({"note": _nothing}),
        lambda arguments, answer: arguments["note"] is print or "aten.ones.default" in answer,
    ),
    Case(
        "memory.estimate_training_memory",
        memory.estimate_training_memory,
        _memory(batch_size=SIZES, device=st.sampled_from(["cuda", "cpu"])),
        _within,
        names=(*MEMORY_NAMES, "batch_size", "device"),
        replaced=MEMORY_REPLACED,
    ),
    Case(
        "memory.measure_training_memory",
        memory.measure_training_memory,
        _memory(batch_size=SIZES, device=st.just("cpu")),
        lambda arguments, answer: answer.peak > 0,
        names=(*MEMORY_NAMES, "batch_size", "device"),
        replaced=MEMORY_REPLACED,
    ),
    Case(
        "memory.largest_batch_size",
        memory.largest_batch_size,
        _memory(capacity_bytes=st.integers(500, 5000)),
        _fits,
        names=(*MEMORY_NAMES, "capacity_bytes"),
        replaced=MEMORY_REPLACED,
    ),
    Case(
        "memory.find_batch_size",
        memory.find_batch_size,
        _memory(
            budget_bytes=st.integers(500, 5000),
            start=SIZES,
            largest=st.integers(5, 16),
            device=st.just("cpu"),
        ),
        lambda arguments, answer: 1 <= answer <= arguments["largest"],
        names=(*MEMORY_NAMES, "budget_bytes", "start", "largest", "device"),
        replaced={**MEMORY_REPLACED, "start": WHOLE_NUMBERS, "largest": st.integers(-2, 20)},
    ),
    Case(
        "memory.in_units",
        memory.in_units,
        st.fixed_dictionaries({"nbytes": st.integers(-(10**15), 10**15)}),
        lambda arguments, answer: answer.split()[1] in ("B", "KiB", "MiB", "GiB"),
        replaced={"nbytes": NUMBERS | HUGE},
    ),
]
