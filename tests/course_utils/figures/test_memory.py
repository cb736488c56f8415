"""Memory: what is drawn adds up, and what is chosen is estimated once beside the start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from torch import Tensor, nn

from course_utils.figures import Explorer, explore_memory, memory_bars, memory_timeline
from course_utils.memory import MemoryEstimate, estimate_training_memory
from course_utils.memory.tracker import CATEGORIES
from course_utils.models import MLP
from tests.course_utils.figures.calls import replaced

MIB = 1024**2
ESTIMATE = "course_utils.figures.memory.estimate_training_memory"
BARS = "course_utils.figures.memory.memory_bars"


@pytest.fixture(scope="module")
def estimates() -> dict[str, MemoryEstimate]:
    makers = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam}
    return {
        name: estimate_training_memory(MLP(), (1, 28, 28), 64, make)
        for name, make in makers.items()
    }


def test_the_parts_of_a_bar_end_at_its_peak(estimates: dict[str, MemoryEstimate]) -> None:
    figure = memory_bars(estimates, limit_bytes=2 * MIB)
    parts = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    for position, estimate in enumerate(estimates.values()):
        bar = [part for part in parts if abs(part.get_y() + 0.3 - position) < 0.1]
        assert max(part.get_x() + part.get_width() for part in bar) == pytest.approx(
            estimate.peak / MIB
        )
    assert "beyond it: Adam" in str(figure)
    assert figure.get_size_inches()[0] <= 7
    (limit,) = figure.axes[0].lines
    assert np.asarray(limit.get_xdata()).tolist() == [2, 2]


def test_no_two_categories_look_alike(estimates: dict[str, MemoryEstimate]) -> None:
    legend = memory_bars(estimates).legends[0]
    looks = [(to_hex(patch.get_facecolor()), patch.get_hatch()) for patch in legend.get_patches()]
    assert len(looks) == len(CATEGORIES) - 1  # the MLP has no buffers
    assert len({colour for colour, _ in looks}) == len({hatch for _, hatch in looks}) == len(looks)


def test_the_timeline_s_mark_stands_at_the_peak(estimates: dict[str, MemoryEstimate]) -> None:
    figure = memory_timeline(estimates["Adam"])
    axis = figure.axes[0]
    mark = next(line for line in axis.lines if line.get_marker() == "^")
    assert float(np.asarray(mark.get_ydata())[0]) == pytest.approx(2_239_180 / MIB)
    words = [text.get_text() for text in axis.texts]
    assert words[:2] == ["forward", "backward"]
    assert "optimizer" in words
    assert "_foreach_sqrt" in str(figure)


class Curious(nn.Module):
    """Reads a number out of a tensor, which an estimate cannot follow."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 10)

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.linear(images)
        return scores * scores.sum().item()


@pytest.fixture(scope="module")
def example() -> MemoryEstimate:
    return estimate_training_memory(MLP(4, 8), (4,), 2)


def explorer(example: MemoryEstimate) -> Explorer:
    models = {"MLP": MLP(4, 8), "wide": MLP(4, 80), "curious": Curious()}
    return explore_memory(models, (4,), MIB, {"example": example}, batch_size=64)


def test_each_control_reaches_estimate_and_bars(
    example: MemoryEstimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    def noting(model: MLP, shape: Any, size: int, optimizer: Any, **named: Any) -> MemoryEstimate:
        asked.append((model.hidden.out_features, shape, size, optimizer, named["precision"]))
        return estimate_training_memory(model, shape, size, optimizer, **named)

    monkeypatch.setattr(ESTIMATE, noting)
    calls = replaced(monkeypatch, BARS)
    controls = explorer(example).controls
    assert asked == [(8, (4,), 64, torch.optim.Adam, torch.float32)]
    for name, value in (
        ("model", "wide"), ("batch_size", 128), ("precision", "bfloat16"), ("optimizer", "SGD")
    ):  # fmt: skip
        controls[name].value = value
    assert [one[:3] for one in asked[1:]] == [(80, (4,), 64)] + [(80, (4,), 128)] * 3
    assert [one[4] for one in asked[1:]] == [torch.float32] * 2 + [torch.bfloat16] * 2
    assert asked[3][3] is torch.optim.Adam and asked[4][3].func is torch.optim.SGD
    controls["limit"].value = 2 * MIB
    (bars, limit, words), _ = calls.last
    assert list(bars) == ["start", "your choice"] and limit == 2 * MIB
    assert bars["start"].optimizer == "Adam" and bars["your choice"].optimizer == "SGD"
    assert "wide, SGD, bfloat16, batch size 128" in words


def test_a_choice_is_estimated_once(
    example: MemoryEstimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    controls = explorer(example).controls
    controls["optimizer"].value = "SGD"
    monkeypatch.setattr(ESTIMATE, None)  # whoever estimates now, fails
    controls["optimizer"].value = "Adam"
    controls["optimizer"].value = "SGD"


def test_momentum_keeps_a_velocity_and_half_the_bits_are_half_the_bytes(
    example: MemoryEstimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replaced(monkeypatch, BARS)
    controls = explorer(example).controls
    controls["optimizer"].value = "SGD with momentum"
    whole = calls.last[0][0]["your choice"]
    assert whole.optimizer_state == whole.parameters > 0
    controls["precision"].value = "bfloat16"
    assert calls.last[0][0]["your choice"].parameters * 2 == whole.parameters


def test_the_words_say_whether_it_fits(example: MemoryEstimate) -> None:
    shown = explorer(example)
    assert "100% of the start, within the limit of 1.0 MiB" in shown.words.value
    shown.controls["limit"].value = MIB // 8
    shown.controls["batch_size"].value = 4096
    assert "beyond the limit of 128.0 KiB" in shown.words.value


def test_a_model_that_cannot_be_estimated_is_refused_in_words(
    example: MemoryEstimate, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = explorer(example)
    shown.controls["model"].value = "curious"
    # Where no kernel runs, what is displayed is printed.
    said = capsys.readouterr().out
    assert "curious: " in said and "reads a number out of a tensor" in said
    assert shown.words.value == ""


def test_without_a_kernel_the_examples_are_shown(example: MemoryEstimate) -> None:
    words = str(explorer(example).static())
    assert "example" in words and "limit 1.0 MiB, all below it" in words
