"""The explorer of notebook 08: what brings a training step below the limit of a card."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

import ipywidgets
import torch
from torch import nn

from course_utils.arguments import check_module, check_whole, shown
from course_utils.figures.arguments import bytes_of, entries
from course_utils.figures.base import CourseFigure
from course_utils.figures.explorer import Explorer
from course_utils.figures.memory import check_estimates, memory_bars
from course_utils.memory import MemoryEstimate, estimate_training_memory, in_units
from course_utils.memory.refusals import Refusal

_OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD": functools.partial(torch.optim.SGD, lr=0.01),
    "SGD with momentum": functools.partial(torch.optim.SGD, lr=0.01, momentum=0.9),
    "Adam": torch.optim.Adam,
}
_PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_BATCH_SIZES = [2**power for power in range(13)]


def explore_memory(
    models: Mapping[str, nn.Module],
    input_shape: Sequence[int],
    limit_bytes: int,
    examples: Mapping[str, MemoryEstimate],
    batch_size: int = 1024,
) -> Explorer:
    """Change model, optimizer, precision and batch size, and see the bar of a step's memory change.

    A second bar stays at the start, which is the first model in float32 with Adam and batch_size.
    models: from the name in the menu to the module, which is neither run nor changed; up to 12.
    input_shape: one sample without the batch axis, for all models. limit_bytes: of the card at the
    start, 8 or more; its slider goes from an eighth of it to eight times as much. examples: name ->
    estimate, the bars of the static picture. batch_size: at the start, a power of two up to 4,096.

    Raises ValueError for no model, a batch size that is not on the slider, TypeError for other
    kinds, and what the estimate of the start and `memory_bars` raise; the choices of a reader are
    refused in words.
    """
    for name, model in entries("models", models, "models", 12).items():
        check_module(f"models[{name!r}]", model)
    check_whole("batch_size", batch_size)
    if batch_size not in _BATCH_SIZES:
        raise ValueError(
            f"batch_size: expected a power of two up to 4,096, got {shown(batch_size)}"
        )
    limit_bytes = bytes_of("limit_bytes", limit_bytes)
    if not 8 <= limit_bytes <= 2**60:
        raise ValueError(f"limit_bytes: expected 8 to 2**60, got {limit_bytes:,}")
    check_estimates("examples", examples)

    @functools.cache
    def estimate(model: str, optimizer: str, precision: str, size: int) -> MemoryEstimate:
        return estimate_training_memory(
            models[model], input_shape, size, _OPTIMIZERS[optimizer],
            precision=_PRECISIONS[precision],
        )  # fmt: skip

    first = next(iter(models))
    start = estimate(first, "Adam", "float32", batch_size)

    def draw(
        model: str, optimizer: str, precision: str, batch_size: int, limit: int
    ) -> CourseFigure:
        try:
            choice = estimate(model, optimizer, precision, batch_size)
        except Refusal as refusal:  # of a model that cannot be estimated rightly
            raise ValueError(f"{model}: {refusal}") from refusal
        is_below = choice.peak <= limit
        words = (
            f"{model}, {optimizer}, {precision}, batch size {batch_size:,}: {in_units(choice.peak)}"
            f", {choice.peak / start.peak:.0%} of the start, "
            f"{'within' if is_below else 'beyond'} the limit of {in_units(limit)}; its peak: "
            f"{choice.peak_operation}"
        )
        return memory_bars({"start": start, "your choice": choice}, limit, words)

    def static() -> CourseFigure:
        return memory_bars(examples, limit_bytes)

    limits = [limit_bytes * 2**power // 8 for power in range(7)]
    return Explorer(
        "Which change brings the step below the limit of the card?",
        {
            "model": ipywidgets.SelectionSlider(
                options=list(models), value=first, description="model"
            ),
            "optimizer": ipywidgets.SelectionSlider(
                options=list(_OPTIMIZERS), value="Adam", description="optimizer"
            ),
            "precision": ipywidgets.SelectionSlider(
                options=list(_PRECISIONS), value="float32", description="precision"
            ),
            "batch_size": ipywidgets.SelectionSlider(
                options=[(f"{size:,}", size) for size in _BATCH_SIZES],
                value=batch_size,
                description="batch size",
            ),
            "limit": ipywidgets.SelectionSlider(
                options=[(in_units(limit), limit) for limit in limits],
                value=limit_bytes,
                description="limit",
            ),
        },
        draw,
        static,
    )
