"""The confusion matrix and the weights as pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.colors import to_rgba

from course_utils.figures import confusion_figure, weight_pictures

NAMES = ["coat", "dress", "bag"]
COUNTS = torch.tensor([[1200, 0, 3], [7, 40, 0], [0, 0, 9]])


def test_every_count_but_zero_is_written_in_its_cell() -> None:
    axis = confusion_figure(COUNTS, NAMES).axes[0]
    written = {text.get_position(): text.get_text() for text in axis.texts}
    # matplotlib counts columns along x and rows along y.
    assert written == {(0, 0): "1,200", (2, 0): "3", (0, 1): "7", (1, 1): "40", (2, 2): "9"}


def test_the_axes_say_which_is_true_and_which_predicted() -> None:
    axis = confusion_figure(COUNTS, NAMES).axes[0]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("predicted class", "true class")
    assert [label.get_text() for label in axis.get_xticklabels()] == NAMES
    assert [label.get_text() for label in axis.get_yticklabels()] == NAMES


def test_the_counts_keep_their_contrast() -> None:
    """At least 4.5 : 1 between every count and its cell, the darkest cells too."""
    counts = torch.arange(1, 101).reshape(10, 10)
    axis = confusion_figure(counts, [str(i) for i in range(10)]).axes[0]
    picture = axis.images[0]
    for text in axis.texts:
        column, row = (int(place) for place in text.get_position())
        cell = _luminance(picture.to_rgba(counts[row : row + 1, column].numpy())[0])
        ink = _luminance(to_rgba(text.get_color()))
        contrast = (max(cell, ink) + 0.05) / (min(cell, ink) + 0.05)
        assert contrast >= 4.5, f"{text.get_text()}: {contrast:.1f}"


def _luminance(rgba: Sequence[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_all_weights_have_one_scale_with_0_in_the_middle() -> None:
    weights = torch.tensor([[[0.1, -0.1]], [[0.4, 0.0]], [[0.3, 0.1]]])
    figure = weight_pictures(weights, NAMES, columns=2)
    pictures = [axis.images[0] for axis in figure.axes if axis.images][:3]
    assert np.allclose([picture.get_clim() for picture in pictures], [(-0.4, 0.4)] * 3)
    assert [axis.get_title() for axis in figure.axes[:3]] == NAMES


def test_sign_does_not_hang_on_the_hue() -> None:
    """The scale grows lighter all the way, so that it reads in grey as well."""
    picture = weight_pictures(torch.tensor([[[-1.0, 1.0]]]), ["one"]).axes[0].images[0]
    lightness = [_luminance(picture.cmap(step)) for step in np.linspace(0, 1, 32)]
    assert all(np.diff(lightness) > 0)


def test_they_describe_themselves_and_are_drawn() -> None:
    matrix = confusion_figure(COUNTS, NAMES)
    pictures = weight_pictures(torch.zeros(3, 2, 2, requires_grad=True), NAMES)
    assert str(matrix) == "confusion matrix, true class by predicted class: coat, dress, bag"
    assert str(pictures) == "weights of each class as pictures: coat, dress, bag"
    for figure in (matrix, pictures):
        assert figure._repr_png_().startswith(b"\x89PNG")
        assert figure.get_size_inches()[0] <= 7
