"""Epochs in batches and their explorer: the batches are those of a DataLoader."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, TensorDataset

from course_utils.figures import Epoch, Explorer, batch_figure, explore_batches
from course_utils.figures.batches import _ORDERS, _epoch

IMAGES = torch.arange(10 * 4 * 4, dtype=torch.uint8).reshape(10, 1, 4, 4)


@pytest.fixture
def explorer() -> Explorer:
    return explore_batches(IMAGES)


def test_every_control_drives_the_picture(explorer: Explorer) -> None:
    assert "1 batch of 10. Batch 1 holds 10 pictures" in explorer.words.value
    explorer.controls["batch_size"].value = 4
    assert "3 batches: 2 of 4 and a last one of 2. Batch 1" in explorer.words.value
    explorer.controls["batch"].value = 3
    assert "Batch 3 holds 2 pictures, numbers 8, 9" in explorer.words.value
    explorer.controls["drop_last"].value = True
    assert "2 batches of 4; 2 samples are left out. Batch 2" in explorer.words.value
    before = explorer.words.value
    explorer.controls["order"].value = "shuffled, seed 0"
    assert explorer.words.value != before


def test_the_batch_to_look_at_is_always_one_that_exists(explorer: Explorer) -> None:
    number = explorer.controls["batch"]
    explorer.controls["batch_size"].value = 1
    number.value = 1000
    assert number.value == 10
    explorer.controls["batch_size"].value = 3
    assert number.max == 4 and number.value == 4
    explorer.controls["drop_last"].value = True
    assert number.max == 3 and number.value == 3
    explorer.controls["batch_size"].value = 1000
    assert explorer.controls["batch_size"].value == 10 and number.value == 1


@settings(max_examples=40, deadline=None)
@given(
    samples=st.integers(2, 100), batch_size=st.integers(1, 100), drop_last=st.booleans(),
    seed=st.sampled_from([None, 0, 7]),
)  # fmt: skip
def test_an_epoch_is_what_a_loader_hands_out(
    samples: int, batch_size: int, drop_last: bool, seed: int | None
) -> None:
    epoch = _epoch(samples, batch_size, drop_last, seed)
    numbers = torch.arange(samples)
    loader = DataLoader(TensorDataset(numbers), batch_size, drop_last=drop_last)
    assert len(epoch.batches) == len(loader)
    if seed is None:
        assert list(epoch.batches) == [batch.tolist() for (batch,) in loader]
    everything = [*itertools.chain(*epoch.batches), *epoch.dropped]
    assert sorted(everything) == list(range(samples))
    assert epoch.dropped == [] or drop_last


def test_one_seed_one_order() -> None:
    shuffled = [_epoch(50, 8, False, seed).batches for seed in (0, 0, 1)]
    assert shuffled[0] == shuffled[1] != shuffled[2]
    assert shuffled[0] != _epoch(50, 8, False, None).batches
    assert len(_ORDERS) == 3


def test_the_pictures_are_those_of_the_batch() -> None:
    figure = batch_figure(IMAGES, Epoch([[0, 1, 2], [7, 4]], [3, 5, 6, 8, 9]), 2)
    mosaic = figure.axes[2].images[0].get_array()
    assert mosaic is not None
    assert mosaic[1:5, 1:5].tolist() == IMAGES[7, 0].tolist()
    assert mosaic[1:5, 7:11].tolist() == IMAGES[4, 0].tolist()
    assert (mosaic[:, 12:] == 255).all()
    assert "5 samples are left out" in str(figure)


def test_without_a_kernel_three_epochs_stand_below_each_other(explorer: Explorer) -> None:
    figure = explorer.static()
    assert len(figure.axes) == 6
    assert "drop_last=True" in str(figure) and "shuffle=True" in str(figure)


@pytest.mark.parametrize(
    ("epoch", "words"),
    [
        (Epoch([[0], [1, 2], [3]]), "3 batches of 1 to 2"),
        (Epoch([[0, 1], [2, 3], [4]]), "3 batches: 2 of 2 and a last one of 1"),
        (Epoch([], [0]), "no batch; 1 sample is left out"),
        (Epoch([[0, 1]], [2, 3]), "1 batch of 2; 2 samples are left out"),
    ],
)
def test_batches_in_words(epoch: Epoch, words: str) -> None:
    assert epoch.in_words() == words
