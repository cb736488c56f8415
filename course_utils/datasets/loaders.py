"""Stock `DataLoader`s that fetch a whole batch in one go, and the walk over their batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import Any

import torch
from torch import Tensor
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

    Raises ValueError for a `drop_last` that would leave no batch, and what `DataLoader` raises.

    Built in notebook 03.
    """
    if seed is not None:
        options["generator"] = torch.Generator().manual_seed(seed)
    options.setdefault("collate_fn", collate_if_needed)
    loader = DataLoader(
        dataset,
        batch_size=batch_size,
        shuffle=shuffle,
        drop_last=drop_last,
        num_workers=num_workers,
        **options,
    )
    if drop_last and isinstance(dataset, Sized) and len(loader) == 0:
        raise ValueError(
            f"drop_last: expected at least the {batch_size} samples of one whole batch, "
            f"got {len(dataset)}: it would leave no batch"
        )
    return loader


def batches(loader: Iterable[Any], device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """Each batch of `loader` on `device`: (images [B, ...], labels [B]).

    Raises TypeError for a batch that is no pair of tensors, ValueError for a loader without any.
    """
    empty = True
    for batch in loader:
        match batch:
            case [Tensor() as images, Tensor() as labels]:
                yield images.to(device), labels.to(device)
            case _:
                kind = type(batch).__name__
                raise TypeError(f"loader: expected batches of (images, labels), got a {kind}")
        empty = False
    if empty:
        raise ValueError("loader: expected at least one batch, got none")
