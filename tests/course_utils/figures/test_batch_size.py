"""The panels over the batch size and their explorer: numbers in, the chosen one marked."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from course_utils.figures import CourseFigure, Explorer, batch_size_curves, explore_batch_size
from tests.course_utils.figures.calls import replaced

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


MEASURED = ([1, 8, 64], [10.0, 70.0, 400.0], [MIB, 2 * MIB, 9 * MIB])


def explorer() -> Explorer:
    return explore_batch_size(*MEASURED, (100, 1_000, 60_000), (2 * MIB, 4 * MIB))


def test_each_control_reaches_the_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = replaced(monkeypatch, "course_utils.figures.batch_size.batch_size_curves")
    controls = explorer().controls
    assert [control.value for control in controls.values()] == [8, 4 * MIB, 1_000]  # the middles
    for name, value, expected in (
        ("batch_size", 64, (1_000, 4 * MIB, 64)),
        ("limit", 2 * MIB, (1_000, 2 * MIB, 64)),
        ("num_samples", 60_000, (60_000, 2 * MIB, 64)),
    ):
        controls[name].value = value
        (sizes, speeds, peaks, num_samples, limit), named = calls.last
        assert (sizes, speeds, peaks) == MEASURED
        assert (num_samples, limit, named["chosen"]) == expected


def test_the_words_name_the_three_numbers() -> None:
    shown = explorer()
    shown.controls["batch_size"].value = 64
    for words in ("400 images per second", "9.0 MiB", "beyond the limit of 4.0 MiB", "16 steps"):
        assert words in shown.words.value
    shown.controls["batch_size"].value = 1
    assert "within the limit" in shown.words.value and "1,000 steps" in shown.words.value


def test_only_sizes_that_were_measured_can_be_chosen() -> None:
    controls = explorer().controls
    assert [value for _, value in controls["batch_size"].options] == MEASURED[0]
    assert [label for label, _ in controls["num_samples"].options] == ["100", "1,000", "60,000"]


def test_without_a_kernel_the_words_hold_no_speed_of_this_machine() -> None:
    words = str(explorer().static())
    assert "the steps fall from 1,000 to 16" in words and "400" not in words
