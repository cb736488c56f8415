"""Stock `DataLoader`s that fetch a whole batch in one go."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, default_collate

from course_utils.arguments import check_bool, check_whole, named, shown


def collate_if_needed(batch: Any) -> Any:
    """A list of samples becomes a batch; a batch that comes collated is passed on as it is.

    batch: what the data set handed to the loader, either a list of samples (`[dataset[i], ...]`),
    which goes through `torch.utils.data.default_collate`, or a finished batch, such as the tuple
    (images `[B, C, H, W]`, labels `[B]`) of `ImageDataset.__getitems__`. Deciding by what came, not
    by the type of the data set, makes it right for a `Subset` of either kind too.

    Raises what `default_collate` raises for samples that do not stack, with `batch: …` in front.

    Built in notebook 03.
    """
    if not isinstance(batch, list):
        return batch
    with named("batch: default_collate cannot stack these samples"):
        return default_collate(batch)


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

    Raises TypeError and ValueError for a `dataset` that is none or has nothing to shuffle, a
    `batch_size` that is no whole number from 1, a `num_workers` that is none from 0, a `seed` that
    is neither None nor one from 0 to 2**64 - 1, a `shuffle` or `drop_last` that is no bool, a
    `drop_last` that would leave no batch, and what `DataLoader` raises for the `options`.

    Built in notebook 03.
    """
    check_whole("batch_size", batch_size, least=1)
    check_whole("num_workers", num_workers, least=0)
    check_bool("shuffle", shuffle)
    check_bool("drop_last", drop_last)
    length = _length(dataset)
    if shuffle and length == 0:
        raise ValueError("dataset: expected at least one sample to shuffle, got none")
    if drop_last and length is not None and length < batch_size and "sampler" not in options:
        raise ValueError(
            f"drop_last: expected at least the {shown(batch_size)} samples of one whole batch, "
            f"got {length}: it would leave no batch"
        )
    if seed is not None:
        check_whole("seed", seed, least=0, most=2**64 - 1)
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


def _length(dataset: object) -> int | None:
    """How many samples it has, None where it gives them as a stream."""
    if isinstance(dataset, IterableDataset):
        return None
    with_length = hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")
    if not with_length or isinstance(dataset, str | bytes | dict | type):
        raise TypeError(
            f"dataset: expected one with a length and samples by index, got {shown(dataset)}"
        )
    with named("dataset: expected one with a length, got ", shown(dataset)):
        return len(dataset)  # type: ignore[arg-type]


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
