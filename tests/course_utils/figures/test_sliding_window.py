"""Single steps of a convolution and their explorer: what they write is what torch computes."""

from __future__ import annotations

import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import nn

from course_utils.figures import (
    Explorer,
    convolution_step,
    convolution_steps,
    explore_convolution,
)
from tests.course_utils.figures.calls import replaced

PICTURE = torch.arange(20.0).reshape(4, 5)  # not a square: rows and columns must not be mixed up
KERNEL = torch.tensor([[1.0, 0.0, -1.0], [2.0, 0.5, -2.0]])
KERNELS = {"flat": torch.ones(2, 3), "small": torch.ones(2, 2)}
DRAW = "course_utils.figures.sliding_window.convolution_step"


def frame(axis: Axes) -> tuple[float, ...]:
    """Top, left, height, width of the frame on top, in squares of the table."""
    patch = [patch for patch in axis.patches if isinstance(patch, Rectangle)][-1]
    return (patch.get_y() + 0.5, patch.get_x() + 0.5, patch.get_height(), patch.get_width())


def words(axis: Axes) -> list[str]:
    return [text.get_text().replace("−", "-") for text in axis.texts]


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2)])
def test_every_step_frames_its_window_multiplies_and_adds_up(stride: int, padding: int) -> None:
    layer = nn.Conv2d(1, 1, (2, 3), stride, padding, bias=False)
    layer.weight.data[0, 0] = KERNEL
    expected = layer(PICTURE[None, None])[0, 0].detach()
    for step in range(1, expected.numel() + 1):
        where, products, sums = convolution_step(PICTURE, KERNEL, stride, padding, step).axes
        row, column = divmod(step - 1, expected.shape[1])
        assert frame(where) == (row * stride, column * stride, 2, 3)
        assert frame(sums) == (row, column, 1, 1)
        # Whole and half numbers below 1,000 are written in full, so nothing is lost in words.
        done = [float(word) for word in words(sums)]
        assert done == expected.flatten()[:step].tolist()
        parts = [word.split("\n") for word in words(products)]
        assert [float(weight[1:]) for _, weight, _ in parts] == KERNEL.flatten().tolist()
        assert sum(float(product[1:]) for *_, product in parts) == done[-1]


def test_the_newest_sum_alone_is_bold() -> None:
    texts = convolution_step(PICTURE, KERNEL, step=4).axes[2].texts
    assert [text.get_fontweight() for text in texts] == ["normal"] * 3 + ["bold"]


def test_the_title_and_the_words_name_step_and_sum() -> None:
    figure = convolution_step(PICTURE, -KERNEL, step=2)
    title = figure.get_suptitle()
    assert title.startswith("step 2 of 9: the products add up to ")
    for part in ("stride 1, padding 0", "3 × 3 places", "row 1, column 2", "add up"):
        assert part in f"{figure} {title}"


@pytest.mark.parametrize(("stride", "steps"), [(1, "1, 2, 5, 9 of 9"), (2, "1, 2, 3, 4 of 4")])
def test_side_by_side_the_first_and_the_last_are_there(stride: int, steps: str) -> None:
    figure = convolution_steps(PICTURE, KERNEL, stride)
    assert f"steps {steps}" in str(figure)
    last = figure.axes[3]
    assert frame(last)[:2] == (2, 2)
    assert [len(axis.texts) for axis in figure.axes[4:]] == [
        int(step) for step in steps.split(" of ")[0].split(", ")
    ]


def test_one_place_is_one_panel() -> None:
    assert len(convolution_steps(PICTURE, torch.ones(4, 4), stride=3).axes) == 2


def test_they_are_drawn_and_every_number_is_large_enough() -> None:
    for figure in (convolution_step(PICTURE, KERNEL, 1, 2, 9), convolution_steps(PICTURE, KERNEL)):
        assert figure._repr_png_().startswith(b"\x89PNG")
        assert figure.get_size_inches()[0] <= 7
        sizes = [float(text.get_fontsize()) for axis in figure.axes for text in axis.texts]
        assert min(sizes) >= 10


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


def test_without_a_kernel_the_steps_at_the_start_stand_side_by_side() -> None:
    words = str(explore_convolution(PICTURE, KERNELS, stride=2, padding=1).static())
    assert "stride 2, padding 1" in words and "steps 1, 2, 5, 9" in words
