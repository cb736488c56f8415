"""The explorer of the batch size: measured numbers in, the chosen one marked."""

from __future__ import annotations

import pytest

from course_utils.figures import Explorer, explore_batch_size
from tests.course_utils.figures.calls import replaced

MIB = 1024**2
SIZES, SPEEDS, PEAKS = [1, 8, 64], [10.0, 70.0, 400.0], [MIB, 2 * MIB, 9 * MIB]
DRAW = "course_utils.figures.batch_size.batch_size_curves"


def explorer() -> Explorer:
    return explore_batch_size(SIZES, SPEEDS, PEAKS, (100, 1_000, 60_000), (2 * MIB, 4 * MIB))


def test_each_control_reaches_the_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = replaced(monkeypatch, DRAW)
    controls = explorer().controls
    assert [control.value for control in controls.values()] == [8, 4 * MIB, 1_000]  # the middles
    for name, value, expected in (
        ("batch_size", 64, (1_000, 4 * MIB, 64)),
        ("limit", 2 * MIB, (1_000, 2 * MIB, 64)),
        ("num_samples", 60_000, (60_000, 2 * MIB, 64)),
    ):
        controls[name].value = value
        (sizes, speeds, peaks, num_samples, limit), named = calls.last
        assert (sizes, speeds, peaks) == (SIZES, SPEEDS, PEAKS)
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
    assert [value for _, value in controls["batch_size"].options] == SIZES
    assert [label for label, _ in controls["num_samples"].options] == ["100", "1,000", "60,000"]


def test_without_a_kernel_it_is_three_panels_in_words_without_speeds() -> None:
    data = explorer()._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(data)
    assert "the steps fall from 1,000 to 16" in data["text/plain"]
    assert "400" not in data["text/plain"]  # a speed of this machine would be compared elsewhere
