"""make_loader: a stock DataLoader that fetches whole batches in an order of its own."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset, random_split

from course_utils.datasets import ImageDataset, collate_if_needed, make_loader
from course_utils.datasets.loaders import batches

sizes = st.integers(1, 60)
batch_sizes = st.integers(1, 70)
seeds = st.integers(0, 2**40)


def numbered(count: int) -> ImageDataset:
    """Images [1, 1, 2] that carry their own number, as label too."""
    numbers = torch.arange(count)
    images = torch.stack([numbers // 256, numbers % 256], dim=1).to(torch.uint8)
    return ImageDataset(images.view(count, 1, 1, 2), numbers, [str(i) for i in range(count)])


def order(loader: DataLoader[Any]) -> list[int]:
    """The labels of one epoch."""
    return [label for _, labels in loader for label in labels.tolist()]


@given(sizes, batch_sizes, st.booleans())
def test_batches_are_cut_as_the_arithmetic_says(count: int, batch_size: int, shuffle: bool) -> None:
    loader = make_loader(numbered(count), batch_size, shuffle=shuffle)
    whole, rest = divmod(count, batch_size)
    assert [len(images) for images, _ in loader] == [batch_size] * whole + [rest] * (rest > 0)
    assert len(loader) == math.ceil(count / batch_size)


def test_drop_last_drops_a_short_batch_but_not_the_only_one() -> None:
    assert order(make_loader(numbered(5), 2, drop_last=True)) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match=r"drop_last: expected at least the 6 .*, got 5: it"):
        make_loader(numbered(5), 6, drop_last=True)


@given(sizes, batch_sizes, seeds)
def test_every_sample_comes_once_in_each_epoch(count: int, batch_size: int, seed: int) -> None:
    loader = make_loader(numbered(count), batch_size, shuffle=True, seed=seed)
    for _ in range(2):
        assert sorted(order(loader)) == list(range(count))


@given(sizes, batch_sizes, batch_sizes, seeds)
def test_the_same_seed_gives_the_same_order(
    count: int, batch_size: int, another_size: int, seed: int
) -> None:
    one = make_loader(numbered(count), batch_size, shuffle=True, seed=seed)
    two = make_loader(numbered(count), another_size, shuffle=True, seed=seed)
    for _ in range(3):
        torch.rand(1)  # what the global generator does meanwhile has no say
        assert order(one) == order(two)


def test_epochs_and_seeds_differ() -> None:
    loader = make_loader(numbered(60), 7, shuffle=True, seed=0)
    epochs = [order(loader) for _ in range(3)]
    epochs.append(order(make_loader(numbered(60), 7, shuffle=True, seed=1)))
    assert len({tuple(epoch) for epoch in epochs}) == 4


def test_a_seeded_loader_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    order(make_loader(numbered(20), 3, shuffle=True, seed=0))
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_seed_the_global_one_decides() -> None:
    orders = []
    for _ in range(2):
        torch.manual_seed(3)
        orders.append(order(make_loader(numbered(20), 3, shuffle=True)))
    assert orders[0] == orders[1]


def test_it_is_a_stock_loader_to_which_the_options_go() -> None:
    dataset = numbered(5)
    loader = make_loader(dataset, 2, sampler=[3, 1, 2])
    assert type(loader) is DataLoader
    assert (loader.dataset, loader.batch_size) == (dataset, 2)
    assert order(loader) == [3, 1, 2]
    mine = make_loader(dataset, 2, collate_fn=lambda batch: [*batch, "mine"])
    assert next(iter(mine))[2] == "mine"


class Watched(ImageDataset):
    """Counts how often it is asked, and for how much."""

    singles = fetches = 0

    def __getitem__(self, index: Any) -> tuple[Tensor, int]:
        self.singles += 1
        return super().__getitem__(index)

    def __getitems__(self, indices: Any) -> tuple[Tensor, Tensor]:
        self.fetches += 1
        return super().__getitems__(indices)


def test_a_batch_is_fetched_in_one_go_from_subsets_too() -> None:
    whole = numbered(20)
    dataset = Watched(whole.images, whole.labels, whole.classes)
    parts = random_split(dataset, [14, 6], torch.Generator().manual_seed(0))
    nested = Subset(Subset(dataset, range(10, 20)), [9, 0, 5])
    loaders: list[Dataset[Any]] = [dataset, *parts, nested]
    orders = [order(make_loader(part, 4)) for part in loaders]
    assert (dataset.singles, dataset.fetches) == (0, 5 + 4 + 2 + 1)
    assert sorted(orders[1] + orders[2]) == list(range(20))
    assert orders[3] == [19, 10, 15]


def test_data_sets_without_batched_fetch_are_collated_as_usual() -> None:
    dataset = TensorDataset(torch.arange(6.0).view(3, 2), torch.arange(3))
    for part in (dataset, Subset(dataset, [0, 1, 2])):
        images, labels = next(iter(make_loader(part, 3)))
        assert images.tolist() == [[0, 1], [2, 3], [4, 5]]
        assert labels.tolist() == [0, 1, 2]


def test_two_samples_are_never_taken_for_images_and_labels() -> None:
    both: Dataset[Any] = ConcatDataset([numbered(2), numbered(2)])
    assert order(make_loader(both, 2)) == [0, 1, 0, 1]
    uncollated = DataLoader(both, batch_size=2, collate_fn=list)
    with pytest.raises(TypeError, match=r"loader: expected batches of .*, got a list"):
        list(batches(uncollated, torch.device("cpu")))


def test_a_plain_loader_needs_only_the_collate_function() -> None:
    loader = DataLoader(numbered(5), batch_size=2, collate_fn=collate_if_needed)
    assert order(loader) == list(range(5))


def test_workers_give_the_same_batches() -> None:
    # spawn is what Windows and macOS use: data set and collate function must be picklable.
    options: Any = {"num_workers": 1, "multiprocessing_context": "spawn"}
    here = make_loader(numbered(10), 4, shuffle=True, seed=0)
    there = make_loader(numbered(10), 4, shuffle=True, seed=0, **options)
    assert order(here) == order(there)
