"""Stock `DataLoader`s that fetch a whole batch in one go."""

from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, default_collate


def collate_if_needed(batch: Any) -> Any:
    """A list of samples becomes a batch; a batch that comes collated is passed on as it is.

    batch: what the data set handed to the loader, either a list of samples (`[dataset[i], ...]`),
    which goes through `torch.utils.data.default_collate`, or a finished batch, such as the tuple
    (images `[B, C, H, W]`, labels `[B]`) of `ImageDataset.__getitems__`. Deciding by what came, not
    by the type of the data set, makes it right for a `Subset` of either kind too.

    Built in notebook 03.
    """
    return default_collate(batch) if isinstance(batch, list) else batch


def make_loader(
    dataset: Dataset[Any],
    batch_size: int = 1,
    shuffle: bool = False,
    drop_last: bool = False,
    seed: int | None = None,
    num_workers: int = 0,
    **options: Any,
) -> DataLoader[Any]:
    """A `torch.utils.data.DataLoader` with batched fetch and, with `seed`, an order of its own.

    Over an `ImageDataset` or a subset of one, each batch is (images float32 `[B, C, H, W]`, labels
    int64 `[B]`). Two loaders with the same `seed` give the same order, epoch for epoch, and leave
    the global random state alone; an order differs from epoch to epoch. `options` go to
    `DataLoader` as they are (`sampler`, `pin_memory`, `multiprocessing_context`, …).

    Raises TypeError and ValueError for a `batch_size` that is no positive int, a `num_workers` that
    is no int of 0 or more, a `seed` that is neither None nor an int of 0 or more.

    Built in notebook 03.
    """
    _check_int("batch_size", batch_size, at_least=1)
    _check_int("num_workers", num_workers, at_least=0)
    if seed is not None:
        _check_int("seed", seed, at_least=0)
        if "generator" in options:
            raise ValueError("seed: expected None beside a generator, got both: give one of them")
        options["generator"] = torch.Generator().manual_seed(seed)
    options.setdefault("collate_fn", collate_if_needed)
    return DataLoader(
        dataset,
        batch_size=batch_size,
        shuffle=shuffle,
        drop_last=drop_last,
        num_workers=num_workers,
        **options,
    )


def _check_int(name: str, value: object, at_least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}: expected an int, got {type(value).__name__} {value!r}")
    if value < at_least:
        raise ValueError(f"{name}: expected {at_least} or more, got {value}")
