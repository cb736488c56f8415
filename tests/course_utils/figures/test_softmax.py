"""Softmax and its explorer: the naive formula breaks where float32 does, the other never."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.figures import Explorer, explore_softmax, softmax_figure
from course_utils.figures.softmax import _both

SCORES = st.lists(st.floats(-100, 100, width=32), min_size=3, max_size=3)


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return explore_softmax()


def test_every_control_drives_the_picture(explorer: Explorer) -> None:
    changes = {"score_0": 5.0, "score_1": 15.0, "score_2": 60.0, "temperature": 1.0}
    for name, value in changes.items():
        before = explorer.words.value
        explorer.controls[name].value = value
        assert explorer.words.value != before, name
    assert "temperature 1: probabilities 0.00, 0.00, 1.00" in explorer.words.value


@settings(max_examples=60, deadline=None)
@given(scores=SCORES, temperature=st.floats(0.1, 100))
def test_stable_is_right_and_naive_breaks_only_where_float32_does(
    scores: list[float], temperature: float
) -> None:
    both = _both(scores, temperature)
    expected = torch.softmax(torch.tensor(scores) / temperature, dim=0)
    # Both are float32: a few units in the last place of a number up to 1.
    assert torch.allclose(both.stable, expected, atol=1e-6)
    largest = max(both.exponents)
    if -80 < largest < 85:  # well inside float32
        assert torch.allclose(both.naive, expected, atol=1e-6)
        assert "agrees" in both.in_words()
    if largest > 90:
        assert both.naive.isnan().any() and "beyond float32" in both.in_words()
    if largest < -110:
        assert both.naive.isnan().all() and "underflows" in both.in_words()


def test_a_bar_without_a_value_says_nan() -> None:
    figure = softmax_figure(_both([100.0, 0.0, 0.0], 1.0))
    labels = [text.get_text() for text in figure.axes[1].texts]
    assert labels == ["nan", "0.00", "0.00", "1.00", "0.00", "0.00"]
    heights = [bar.get_height() for bar in figure.axes[1].patches]  # type: ignore[attr-defined]
    assert not any(math.isnan(height) for height in heights)


def test_without_a_kernel_the_naive_formula_is_seen_to_break(explorer: Explorer) -> None:
    figure = explorer.static()
    assert len(figure.axes) == 3
    assert "agrees" in str(figure) and "nan" in str(figure)
