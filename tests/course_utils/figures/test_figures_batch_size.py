"""The panels over the batch size: the numbers that were given, and the chosen one marked."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from course_utils.figures import CourseFigure, batch_size_curves

MIB = 1024**2
SIZES, SPEEDS, PEAKS = [1, 2, 4], [1000.0, 1900.0, 3000.0], [MIB, 2 * MIB, 4 * MIB]


def curves(limit_bytes: int | None = None, chosen: int | None = None) -> CourseFigure:
    return batch_size_curves(SIZES, SPEEDS, PEAKS, 10, limit_bytes, chosen)


def heights(axis: Axes, line: int) -> list[float]:
    return [float(height) for height in np.asarray(axis.lines[line].get_ydata())]


def test_the_panels_show_what_they_were_given() -> None:
    speed, memory, steps = curves(limit_bytes=3 * MIB).axes
    assert heights(speed, 0) == [1, 1.9, 3]  # thousands
    assert heights(memory, 0) == [1, 2, 4]
    assert heights(memory, 1) == [3, 3]
    assert heights(steps, 0) == [10, 5, 3]  # the last of 3 is short
    assert len({line.get_marker() for axis in (speed, memory, steps) for line in axis.lines}) == 4


def test_the_chosen_size_is_marked_and_its_numbers_stand_above() -> None:
    axes = curves(limit_bytes=3 * MIB, chosen=4).axes
    marks = [np.asarray(axis.lines[-1].get_xydata())[0].tolist() for axis in axes]
    assert marks == [[4, 3], [4, 4], [4, 3]]
    titles = [axis.get_title() for axis in axes]
    assert titles == ["3,000 images/s", "4.0 MiB: too much", "3 steps"]
    assert curves(limit_bytes=4 * MIB, chosen=4).axes[1].get_title() == "4.0 MiB"


def test_one_step_is_one_step() -> None:
    figure = batch_size_curves([16], [1.0], [MIB], 10, chosen=16)
    assert figure.axes[2].get_title() == "1 step"


def test_the_words_name_speeds_only_of_the_chosen_size() -> None:
    assert str(curves()) == (
        "images per second, peak memory and steps per epoch of 10 pictures against the batch size, "
        "from 1 to 4; memory grows to 4.0 MiB, the steps fall from 10 to 3"
    )
    assert str(curves(chosen=2, limit_bytes=2 * MIB)) == (
        "batch size 2: 1,900 images per second; 2.0 MiB at the peak, within the limit of 2.0 MiB; "
        "5 steps in an epoch of 10 pictures"
    )


def test_the_limit_is_in_view() -> None:
    assert curves(limit_bytes=16 * MIB).axes[1].get_ylim()[1] > 16


def test_it_is_drawn_and_fits_the_page() -> None:
    figure = curves(limit_bytes=3 * MIB, chosen=1)
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert figure.get_size_inches()[0] <= 7
