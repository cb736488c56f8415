"""The pictures of convolution: windows, answers of filters, fields of view."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import nn

from course_utils.figures import CourseFigure, field_row, response_row, window_places

PICTURE = torch.arange(30.0).reshape(5, 6)  # not a square: rows and columns must not be mixed up
KERNEL = torch.tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, 0.5]])


def frame(axis: Axes) -> tuple[float, ...]:
    """Left, top, width, height of the frame on top, in pixels of the picture."""
    patch = [patch for patch in axis.patches if isinstance(patch, Rectangle)][-1]
    return (patch.get_x() + 0.5, patch.get_y() + 0.5, patch.get_width(), patch.get_height())


def pixels(axis: Axes) -> np.ndarray:
    return np.asarray(axis.images[0].get_array())


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2)])
def test_each_panel_shows_the_window_and_the_sum_of_its_place(stride: int, padding: int) -> None:
    layer = nn.Conv2d(1, 1, 3, stride, padding, bias=False)
    layer.weight.data[0, 0] = KERNEL
    expected = layer(PICTURE[None, None])[0, 0].detach()
    figure = window_places(PICTURE, KERNEL, stride, padding)
    assert len(figure.axes) == expected.numel()
    rows, columns = expected.shape
    for place, axis in enumerate(figure.axes):
        row, column = divmod(place, columns)
        assert float(axis.get_title()) == pytest.approx(expected[row, column].item(), rel=1e-5)
        assert frame(axis) == (column * stride, row * stride, 3, 3)
    assert f"{rows} x {columns} places, stride {stride}, padding {padding}" in str(figure)


def test_every_number_is_written_and_padding_looks_different() -> None:
    axis = window_places(PICTURE, KERNEL, stride=2, padding=1).axes[0]
    assert len(axis.texts) == 7 * 8
    around = [text for text in axis.texts if text.get_fontstyle() == "italic"]
    assert len(around) == 7 * 8 - 5 * 6
    assert {text.get_text() for text in around} == {"0"}
    assert len({text.get_color() for text in axis.texts}) == 2


def test_responses_share_one_scale_with_zero_in_the_middle() -> None:
    maps = {"one": torch.tensor([[0.0, 2.0]]), "two": torch.tensor([[-8.0, 1.0]])}
    figure = response_row(torch.rand(4, 3), maps)
    limits = [axis.images[0].get_clim() for axis in figure.axes[1:]]
    assert limits == [(-8.0, 8.0)] * 2
    assert [axis.get_title() for axis in figure.axes] == ["picture", "one", "two"]
    assert pixels(figure.axes[2]).tolist() == [[-8.0, 1.0]]
    assert str(figure) == "picture, and beside it the answers of one, two"


def test_a_field_keeps_its_pixels_and_the_rest_fades_to_grey() -> None:
    picture = torch.tensor([[0.0, 1.0, 0.5], [1.0, 0.0, 1.0]])
    field = torch.tensor([[False, True, True], [False, True, False]])
    axis = field_row(picture, [field], ["a"]).axes[0]
    shown = torch.from_numpy(pixels(axis))
    assert torch.equal(shown[field], picture[field])
    assert torch.all((shown[~field] - 0.5).abs() < (picture[~field] - 0.5).abs())
    assert frame(axis) == (1, 0, 2, 2)


def test_fields_are_described_by_their_sizes_and_bytes_look_like_floats() -> None:
    picture = (torch.rand(1, 6, 5) * 255).to(torch.uint8)
    seen = torch.zeros(6, 5, dtype=torch.bool)
    seen[1:5, 2:4] = True
    figure = field_row(picture, [seen, ~seen], ["first", "second"])
    assert str(figure) == "fields of view: first: 4 x 2 pixels; second: 6 x 5 pixels"
    floats = field_row(picture / 255, [seen, ~seen], ["first", "second"])
    assert figure._repr_png_() == floats._repr_png_()


@pytest.mark.parametrize(
    "figure",
    [
        window_places(PICTURE, torch.ones(1, 2)),
        response_row(torch.rand(3, 9, 4), {"a": torch.rand(7, 2), "b": torch.zeros(7, 2)}),
        field_row(torch.rand(4, 4), [torch.ones(4, 4, dtype=torch.bool)] * 5, list("abcde")),
    ],
)
def test_they_are_drawn_and_fit_the_page(figure: CourseFigure) -> None:
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert figure.get_size_inches()[0] * figure.dpi <= 700
