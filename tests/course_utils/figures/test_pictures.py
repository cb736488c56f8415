"""The pictures of the course: what every figure promises, and the grids and rows of pictures."""

from __future__ import annotations

import struct

import matplotlib
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.figures import CourseFigure, picture_grid, picture_row
from course_utils.figures.base import COLOURS, MAX_WIDTH_INCHES, course_style


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height from the header of a PNG file."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def shown_pixels(figure: CourseFigure, position: int = 0) -> np.ndarray:
    """The array that was drawn into one of the figure's axes."""
    return np.asarray(figure.axes[position].images[0].get_array())


@settings(max_examples=20, deadline=None)
@given(
    count=st.integers(1, 23),
    columns=st.integers(1, 12),
    channels=st.sampled_from([1, 3]),
    titled=st.booleans(),
)
def test_a_grid_is_at_most_700_pixels_wide(
    count: int, columns: int, channels: int, titled: bool
) -> None:
    titles = [f"n{i}" for i in range(count)] if titled else None
    figure = picture_grid(torch.rand(count, channels, 5, 4), titles, columns)
    assert len(figure.axes) == -(-count // min(columns, count)) * min(columns, count)
    assert figure.get_size_inches()[0] * figure.dpi <= 700 + 1e-6


def test_png_is_small_enough_and_always_the_same_bytes() -> None:
    images = torch.linspace(0, 1, 10 * 28 * 28).reshape(10, 1, 28, 28)
    figures = [picture_grid(images, columns=10)._repr_png_() for _ in range(2)]
    assert png_size(figures[0])[0] <= 700
    assert figures[0] == figures[1]
    assert b"Matplotlib" not in figures[0]


def test_pixels_are_drawn_as_they_are() -> None:
    bytes_ = torch.arange(2 * 3 * 2 * 2, dtype=torch.uint8).reshape(2, 3, 2, 2)
    figure = picture_grid(bytes_)
    assert shown_pixels(figure, 1)[0, 1].tolist() == bytes_[1, :, 0, 1].tolist()
    grey = torch.tensor([[[[0.0, 0.5], [1.0, 0.25]]]])
    assert shown_pixels(picture_grid(grey)).tolist() == grey[0, 0].tolist()


def test_values_outside_the_range_are_cut_off() -> None:
    colour = torch.full((1, 3, 2, 2), -0.5)
    colour[0, 0] = 7.0
    assert shown_pixels(picture_grid(colour))[0, 0].tolist() == [1.0, 0.0, 0.0]


def test_drawing_leaves_images_and_settings_alone() -> None:
    images = torch.rand(2, 1, 3, 3) * 3
    before, colours = images.clone(), matplotlib.rcParams["axes.prop_cycle"]
    picture_grid(images, ["a", "b"])
    picture_row([images[0], images[1]], ["a", "b"])
    assert torch.equal(images, before)
    assert matplotlib.rcParams["axes.prop_cycle"] == colours


def test_figures_describe_themselves() -> None:
    assert repr(picture_grid(torch.rand(2, 1, 3, 3), ["a", "b"])) == "[picture: 2 pictures: a, b]"
    assert str(picture_grid(torch.rand(1, 1, 3, 3))) == "1 picture"
    assert str(picture_grid(torch.rand(1, 1, 3, 3), description="a boot")) == "a boot"
    assert str(picture_row([torch.rand(3, 3)], ["one\nline"])) == "side by side: one line"


def test_row_takes_pictures_of_different_sizes() -> None:
    figure = picture_row([torch.rand(3, 8, 4), torch.rand(2, 9)], ["colour", "grey"])
    assert shown_pixels(figure, 0).shape == (8, 4, 3)
    assert shown_pixels(figure, 1).shape == (2, 9)


def test_no_figure_is_wider_than_the_page() -> None:
    with pytest.raises(ValueError, match=f"at most {MAX_WIDTH_INCHES} inches"):
        CourseFigure(8, 2, "too wide")


def test_colours_stay_apart_on_white() -> None:
    """Every line colour but the two light ones has a contrast of 3 : 1 against the background."""

    def luminance(colour: str) -> float:
        rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    contrasts = [1.05 / (luminance(colour) + 0.05) for colour in COLOURS]
    assert all(contrast >= 3 for contrast in contrasts[:3])
    with course_style():
        cycle = matplotlib.rcParams["axes.prop_cycle"].by_key()["color"]
    assert tuple(cycle) == COLOURS
