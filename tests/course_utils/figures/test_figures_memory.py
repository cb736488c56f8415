"""The pictures of memory: what is drawn adds up, and the words say it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from course_utils.figures import memory_bars, memory_timeline
from course_utils.memory import MemoryEstimate, estimate_training_memory
from course_utils.memory.tracker import CATEGORIES
from course_utils.models import MLP

MIB = 1024**2


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
