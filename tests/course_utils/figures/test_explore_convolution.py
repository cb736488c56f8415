"""The explorer of a convolution: its sliders move the window that they say."""

from __future__ import annotations

import pytest
import torch

from course_utils.figures import Explorer, explore_convolution
from tests.course_utils.figures.calls import replaced

PICTURE = torch.arange(20.0).reshape(4, 5)
KERNELS = {"flat": torch.ones(2, 3), "small": torch.ones(2, 2)}
DRAW = "course_utils.figures.sliding_window.convolution_step"


def explorer() -> Explorer:
    return explore_convolution(PICTURE, KERNELS)


def test_each_control_reaches_the_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = replaced(monkeypatch, DRAW)
    controls = explorer().controls
    for name, value, expected in (
        ("kernel", "small", (KERNELS["small"], 1, 0, 1)),
        ("stride", 2, (KERNELS["small"], 2, 0, 1)),
        ("padding", 1, (KERNELS["small"], 2, 1, 1)),
        ("step", 4, (KERNELS["small"], 2, 1, 4)),
    ):
        controls[name].value = value
        (picture, kernel, *numbers), named = calls.last
        assert picture is PICTURE and kernel is expected[0]
        assert tuple(numbers) == expected[1:] and not named


def test_the_steps_end_where_the_places_do() -> None:
    controls = explorer().controls
    assert controls["step"].max == 3 * 3
    controls["step"].value = 9
    controls["stride"].value = 3  # rows 0 and 3 would need a row more: one row, one column
    assert (controls["step"].max, controls["step"].value) == (1, 1)
    controls["padding"].value = 2
    assert controls["step"].max == 3 * 3
    controls["step"].value = 1000
    assert controls["step"].value == 9


def test_no_picture_is_drawn_for_a_step_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = replaced(monkeypatch, DRAW)
    controls = explorer().controls
    controls["step"].value = 9
    controls["stride"].value = 3
    assert all(arguments[4] <= (9 if arguments[2] == 1 else 1) for arguments, _ in calls.arguments)


def test_a_window_that_fits_nowhere_is_refused_in_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tall = explore_convolution(PICTURE[:2], {"fits": torch.ones(1, 1), "tall": torch.ones(3, 1)})
    tall.controls["kernel"].value = "tall"
    # Where no kernel runs, what is displayed is printed.
    assert "kernel: expected at most the size [2, 5]" in capsys.readouterr().out
    assert tall.words.value == "" and tall.controls["step"].max == 1
    tall.controls["padding"].value = 1
    assert "2 × 7 places" in tall.words.value


def test_without_a_kernel_it_is_steps_side_by_side_and_words() -> None:
    data = explore_convolution(PICTURE, KERNELS, stride=2, padding=1)._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(data)
    assert data["text/plain"].startswith("Where does the window stand")
    assert "stride 2, padding 1" in data["text/plain"] and "steps 1, 2, 5, 9" in data["text/plain"]
