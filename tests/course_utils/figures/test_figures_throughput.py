"""The bars of images per second."""

from __future__ import annotations

import pytest
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


def test_the_description_is_the_same_for_every_measurement() -> None:
    one, two = throughput_bars(NAMES, [1, 2]), throughput_bars(NAMES, [3, 4])
    assert str(one) == str(two) == "bars of images per second: one by one, batched fetch"
    assert str(throughput_bars(NAMES, [1, 2], description="two ways")) == "two ways"


def test_it_is_drawn() -> None:
    assert throughput_bars(NAMES, [1_000, 25_000])._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("names", "speeds", "message"),
    [
        ([], [], "images_per_second: expected at least one, got none"),
        (NAMES, [1.0], "names: expected 1 text, got 2"),
        (NAMES, [1.0, 0.0], r"images_per_second\[1\]: .* above 0, .* got 0.0"),
        (NAMES, [float("nan"), 1.0], r"images_per_second\[0\]: .* finite .* got nan"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    names: list[str], speeds: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        throughput_bars(names, speeds)
