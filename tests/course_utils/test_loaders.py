"""make_loader: a stock DataLoader that fetches whole batches in an order of its own."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset, random_split

from course_utils.datasets import (
    ImageDataset,
    collate_if_needed,
    load_fashion_mnist,
    make_loader,
)

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


@given(sizes, batch_sizes, st.booleans(), st.booleans())
def test_batches_are_cut_as_the_arithmetic_says(
    count: int, batch_size: int, drop_last: bool, shuffle: bool
) -> None:
    whole, rest = divmod(count, batch_size)
    if drop_last and not whole:
        with pytest.raises(ValueError, match=f"^drop_last: .* {batch_size} .*, got {count}: it"):
            make_loader(numbered(count), batch_size, shuffle=shuffle, drop_last=drop_last)
        return
    loader = make_loader(numbered(count), batch_size, shuffle=shuffle, drop_last=drop_last)
    batches = list(loader)
    assert len(loader) == len(batches)
    assert len(loader) == (whole if drop_last else math.ceil(count / batch_size))
    expected = [batch_size] * whole + ([rest] if rest and not drop_last else [])
    assert [len(images) for images, _ in batches] == expected


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
    # Two of the 60! orders agree by chance in no run of this world.
    loader = make_loader(numbered(60), 7, shuffle=True, seed=0)
    epochs = [order(loader) for _ in range(3)]
    epochs.append(order(make_loader(numbered(60), 7, shuffle=True, seed=1)))
    epochs.append(list(range(60)))
    assert len({tuple(epoch) for epoch in epochs}) == 5


def test_without_shuffle_the_order_stays() -> None:
    assert order(make_loader(numbered(10), 3, seed=5)) == list(range(10))


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_seeded_loader_leaves_the_global_generator_alone(shuffle: bool) -> None:
    before = torch.get_rng_state()
    order(make_loader(numbered(20), 3, shuffle=shuffle, seed=0))
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_seed_the_global_one_decides() -> None:
    orders = []
    for _ in range(2):
        torch.manual_seed(3)
        orders.append(order(make_loader(numbered(20), 3, shuffle=True)))
    assert orders[0] == orders[1]


@given(sizes, batch_sizes, seeds)
def test_a_batch_equals_its_items_stacked(count: int, batch_size: int, seed: int) -> None:
    dataset = numbered(count)
    for images, labels in make_loader(dataset, batch_size, shuffle=True, seed=seed):
        assert images.dtype == torch.float32
        assert labels.dtype == torch.int64
        stacked = torch.stack([dataset[i][0] for i in labels.tolist()])
        assert torch.equal(images, stacked)


def test_it_is_a_stock_loader_with_its_settings_readable() -> None:
    dataset = load_fashion_mnist()
    loader = make_loader(dataset, 32, shuffle=True, drop_last=True, seed=0)
    assert type(loader) is DataLoader
    assert (loader.dataset, loader.batch_size, loader.drop_last) == (dataset, 32, True)
    images, labels = next(iter(loader))
    assert images.shape == (32, 1, 28, 28)
    assert labels.shape == (32,)
    assert make_loader(dataset).batch_size == DataLoader(dataset).batch_size == 1


class Watched(ImageDataset):
    """Counts how often it is asked, and for how much."""

    def __init__(self, dataset: ImageDataset) -> None:
        super().__init__(dataset.images, dataset.labels, dataset.classes)
        self.singles = 0
        self.batches = 0

    def __getitem__(self, index: Any) -> tuple[Tensor, int]:
        self.singles += 1
        return super().__getitem__(index)

    def __getitems__(self, indices: Any) -> tuple[Tensor, Tensor]:
        self.batches += 1
        return super().__getitems__(indices)


def test_a_batch_is_fetched_in_one_go_from_subsets_too() -> None:
    dataset = Watched(numbered(20))
    parts = random_split(dataset, [14, 6], torch.Generator().manual_seed(0))
    nested = Subset(Subset(dataset, range(10, 20)), [9, 0, 5])
    loaders: list[Dataset[Any]] = [dataset, *parts, nested]
    orders = [order(make_loader(part, 4)) for part in loaders]
    assert (dataset.singles, dataset.batches) == (0, 5 + 4 + 2 + 1)
    assert sorted(orders[1] + orders[2]) == list(range(20))
    assert orders[3] == [19, 10, 15]


def test_data_sets_without_batched_fetch_are_collated_as_usual() -> None:
    dataset = TensorDataset(torch.arange(6.0).view(3, 2), torch.arange(3))
    for part in (dataset, Subset(dataset, [0, 1, 2])):
        images, labels = next(iter(make_loader(part, 3)))
        assert images.tolist() == [[0, 1], [2, 3], [4, 5]]
        assert labels.tolist() == [0, 1, 2]


def test_a_plain_loader_needs_only_the_collate_function() -> None:
    loader = DataLoader(numbered(5), batch_size=2, collate_fn=collate_if_needed)
    assert order(loader) == list(range(5))


def test_options_reach_the_loader() -> None:
    sampler = [3, 1, 2]
    assert order(make_loader(numbered(5), 2, sampler=sampler)) == sampler
    often = make_loader(numbered(2), 4, sampler=[0, 1] * 3, drop_last=True)
    assert order(often) == [0, 1, 0, 1]
    loader = make_loader(numbered(5), 2, collate_fn=lambda batch: [*batch, "mine"])
    assert next(iter(loader))[2] == "mine"


def test_workers_give_the_same_batches() -> None:
    # spawn is what Windows and macOS use: data set and collate function must be picklable.
    dataset = numbered(10)
    options = {"num_workers": 1, "multiprocessing_context": "spawn"}
    here = make_loader(dataset, 4, shuffle=True, seed=0)
    there = make_loader(dataset, 4, shuffle=True, seed=0, **options)  # type: ignore[arg-type]
    for mine, theirs in zip(here, there, strict=True):
        assert torch.equal(mine[0], theirs[0])
        assert torch.equal(mine[1], theirs[1])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size: expected at least 1, got 0"),
        ({"batch_size": -3}, ValueError, "batch_size: expected at least 1, got -3"),
        (
            {"dataset": torch.tensor(5)},
            TypeError,
            r"dataset: expected one with a length, got a tensor \[\]: ",
        ),
        ({"batch_size": 2.0}, TypeError, "batch_size: expected a whole number, got 2.0"),
        ({"batch_size": True}, TypeError, "batch_size: expected a whole number, got True"),
        ({"batch_size": None}, TypeError, "batch_size: expected a whole number, got None"),
        ({"num_workers": -1}, ValueError, "num_workers: expected at least 0, got -1"),
        ({"num_workers": "2"}, TypeError, "num_workers: expected a whole number, got '2'"),
        ({"seed": -1}, ValueError, "seed: expected at least 0, got -1"),
        ({"seed": 0.5}, TypeError, "seed: expected a whole number, got 0.5"),
        (
            {"seed": 0, "generator": torch.Generator()},
            ValueError,
            "seed: expected None beside a generator, got both",
        ),
    ],
)
def test_bad_arguments_are_named(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}"):
        make_loader(**{"dataset": numbered(3), **arguments})


def test_a_number_beyond_every_type_is_named_as_one_of_the_batch() -> None:
    with pytest.raises(ValueError, match=r"^batch: default_collate cannot stack .*: int too large"):
        collate_if_needed([0.5, 10**400])
