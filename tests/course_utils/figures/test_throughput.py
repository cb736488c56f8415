"""The bars of images per second."""

from __future__ import annotations

from matplotlib.patches import Rectangle

from course_utils.figures import throughput_bars

NAMES = ["one by one", "batched fetch"]


def test_each_bar_is_as_long_as_its_number_and_the_first_is_on_top() -> None:
    axis = throughput_bars(NAMES, [1_000, 25_000.0]).axes[0]
    assert [bar.get_width() for bar in axis.patches if isinstance(bar, Rectangle)] == [
        1_000,
        25_000,
    ]
    assert [label.get_text() for label in axis.get_yticklabels()] == NAMES
    assert axis.yaxis_inverted()
    assert {"1,000", "25,000"} <= {text.get_text() for text in axis.texts}


def test_the_axis_names_its_unit_and_starts_at_zero() -> None:
    # Bars that do not start at zero make a small difference look large.
    axis = throughput_bars(NAMES, [1_000, 25_000]).axes[0]
    assert axis.get_xlabel() == "images per second"
    assert axis.get_xlim()[0] == 0
