"""The two panels of a training run."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.figures import training_curves
from course_utils.training import Epoch, History

COLUMNS = {
    "train_loss": [2.0, 1.0, 0.5],
    "test_loss": [1.9, 1.2, 1.3],
    "train_accuracy": [0.25, 0.5, 0.75],
    "test_accuracy": [0.2, 0.45, 0.4],
}


def history() -> History:
    names = list(COLUMNS)
    rows = zip(*COLUMNS.values(), strict=True)
    return History(
        [
            Epoch(number, seconds=1.0, **dict(zip(names, row, strict=True)))
            for number, row in enumerate(rows, start=1)
        ]
    )


def test_each_panel_shows_its_columns_over_the_epochs_from_1() -> None:
    accuracy, loss = training_curves(history()).axes
    for axis, panel in ((accuracy, "accuracy"), (loss, "loss")):
        lines = {str(line.get_label()): line for line in axis.lines}
        assert list(lines) == ["training", "test"]
        assert np.asarray(lines["training"].get_xdata()).tolist() == [1, 2, 3]
        assert np.asarray(lines["training"].get_ydata()).tolist() == COLUMNS[f"train_{panel}"]
        assert np.asarray(lines["test"].get_ydata()).tolist() == COLUMNS[f"test_{panel}"]


def test_columns_by_hand_give_the_same_picture_as_a_history() -> None:
    by_hand = {**COLUMNS, "seconds": [1.0, 1.0, 1.0]}
    assert training_curves(by_hand)._repr_png_() == training_curves(history())._repr_png_()


def test_training_and_test_differ_by_more_than_colour() -> None:
    for axis in training_curves(COLUMNS).axes:
        one, other = axis.lines
        assert one.get_linestyle() != other.get_linestyle()
        assert one.get_marker() != other.get_marker()
        legend = axis.get_legend()
        assert legend is not None
        assert [text.get_text() for text in legend.get_texts()] == ["training", "test"]


def test_axes_are_named_and_losses_start_at_zero() -> None:
    accuracy, loss = training_curves(COLUMNS).axes
    assert accuracy.get_xlabel() == loss.get_xlabel() == "epoch"
    assert accuracy.get_ylabel() == "accuracy"
    assert loss.get_ylabel() == "loss (mean per picture)"
    # A loss axis that starts elsewhere makes a small fall look like a large one.
    assert loss.get_ylim()[0] == 0


def test_the_epochs_are_whole_numbers() -> None:
    one_epoch = {name: values[:1] for name, values in COLUMNS.items()}
    for columns in (COLUMNS, one_epoch):
        figure = training_curves(columns)
        assert all(float(tick).is_integer() for tick in figure.axes[0].get_xticks())


def test_the_description_is_the_same_for_every_run_of_that_length() -> None:
    other = {name: [value / 2 for value in values] for name, values in COLUMNS.items()}
    words = "accuracy and loss over 3 epochs, each for training and test"
    assert str(training_curves(COLUMNS)) == str(training_curves(other)) == words


def test_what_cannot_be_drawn_is_refused() -> None:
    without = {name: values for name, values in COLUMNS.items() if name != "test_loss"}
    with pytest.raises(ValueError, match="history: expected a column test_loss, got train_loss"):
        training_curves(without)
    with pytest.raises(ValueError, match=r"history: expected columns of one length.*test_loss 2"):
        training_curves({**COLUMNS, "test_loss": [1.0, 2.0]})
    with pytest.raises(ValueError, match=r"at least 1.*train_accuracy 0"):
        training_curves(History())
