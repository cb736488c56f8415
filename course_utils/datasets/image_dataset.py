"""A data set of images that lives in memory as one uint8 tensor."""

import operator
from collections.abc import Sequence
from typing import SupportsIndex

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from course_utils.arguments import shown


class ImageDataset(Dataset[tuple[Tensor, int]]):
    """Images and labels in memory, converted to float when they are taken out.

    images: uint8 `[N, C, H, W]`; labels: int64 `[N]`, each in 0 … K-1; classes: the K class names.
    `dataset[i]` is (float32 `[C, H, W]` in [0, 1], int). Negative indices count from the end, as in
    a list; IndexError beyond either end.

    Raises TypeError and ValueError that name the argument where a type, shape, dtype or label does
    not fit.

    Built in notebook 03.
    """

    def __init__(self, images: Tensor, labels: Tensor, classes: Sequence[str]) -> None:
        _check_tensor("images", images, torch.uint8)
        _check_tensor("labels", labels, torch.int64)
        if images.ndim != 4:
            raise ValueError(
                f"images: expected shape [N, C, H, W], got {list(images.shape)}"
                + (": add the channel axis with .unsqueeze(1)" if images.ndim == 3 else "")
            )
        if labels.shape != images.shape[:1]:
            raise ValueError(
                f"labels: expected shape [{len(images)}], one for each image, "
                f"got {list(labels.shape)}"
            )
        names = classes if isinstance(classes, Sequence) else (None,)
        if isinstance(classes, str) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"classes: expected a sequence of names, got {shown(classes)}")
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < len(classes):
            raise ValueError(
                f"labels: expected values from 0 to {len(classes) - 1}, one for each of the "
                f"{len(classes)} classes, got {int(labels.min())} to {int(labels.max())}"
            )
        self.images = images
        self.labels = labels
        self.classes = tuple(classes)

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return (
            f"ImageDataset({len(self):,} images {list(self.images.shape[1:])}, "
            f"{len(self.classes)} classes)"
        )

    def __getitem__(self, index: SupportsIndex | slice) -> tuple[Tensor, int]:
        if isinstance(index, slice):
            raise TypeError(
                "index: expected an int, got a slice: take one of the tensors, "
                "dataset.images[:10], or torch.utils.data.Subset(dataset, range(10))"
            )
        try:
            i = operator.index(index)
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(
                f"index: expected an int, got {type(index).__name__}: for several images at once "
                "take one of the tensors, dataset.images[indices]"
            ) from None
        if not -len(self) <= i < len(self):
            raise IndexError(
                f"index: expected -{len(self)} to {len(self) - 1} for {len(self)} images, "
                f"got {shown(i)}"
            )
        return _to_float(self.images[i]), int(self.labels[i])

    def __getitems__(self, indices: Sequence[int] | Tensor) -> tuple[Tensor, Tensor]:
        """A whole batch in one go: (images float32 `[B, C, H, W]` in [0, 1], labels int64 `[B]`).

        A `DataLoader` calls this where it exists, with the list of the batch's indices. The batch
        comes back collated, so that the loader has to leave it as it is: `collate_if_needed`.

        Raises TypeError or ValueError for what are no indices `[B]` on the CPU, IndexError for one
        beyond either end.

        Built in notebook 03.
        """
        chosen = _as_indices(indices)
        try:
            # index_select copies rows several times faster than images[chosen] does.
            images = self.images.index_select(0, chosen)
        except IndexError:
            # index_select knows no negative index. Looking for one first would cost every batch.
            chosen = self._from_the_front(chosen)
            images = self.images.index_select(0, chosen)
        return _to_float(images), self.labels.index_select(0, chosen)

    def _from_the_front(self, indices: Tensor) -> Tensor:
        """Negative indices counted from the front; IndexError for those beyond either end."""
        size = len(self)
        beyond = indices[(indices < -size) | (indices >= size)]
        if len(beyond):
            raise IndexError(
                f"indices: expected -{size} to {size - 1} for {size} images, got {int(beyond[0])}"
            )
        return torch.where(indices < 0, indices + size, indices)


def _to_float(images: Tensor) -> Tensor:
    # In place, because the float copy is ours: one copy less to make.
    return images.to(torch.float32).div_(255)


def _as_indices(indices: Sequence[int] | Tensor) -> Tensor:
    """Indices as int64 `[B]`."""
    try:
        # A loader hands over a list of ints. numpy reads one five times faster than torch does.
        chosen = torch.as_tensor(np.array(indices) if isinstance(indices, list) else indices)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise TypeError(f"indices: expected integers, got {shown(indices)}") from None
    if chosen.dtype != torch.int64:
        chosen = _to_int64(chosen)
    if chosen.dim() != 1:
        raise ValueError(f"indices: expected shape [B], got {list(chosen.shape)}")
    if chosen.device.type != "cpu":
        # On the meta device there are no numbers, and index_select would make some up.
        raise ValueError(f"indices: expected them on the cpu, got a tensor on {chosen.device}")
    return chosen


def _to_int64(indices: Tensor) -> Tensor:
    """Indices of another integer type, or none at all (an empty list has dtype float32)."""
    whole = not indices.is_floating_point() and not indices.is_complex()
    if indices.numel() and (not whole or indices.dtype == torch.bool):
        raise TypeError(f"indices: expected integers, got {indices.dtype}")
    return indices.to(torch.int64)


def _check_tensor(name: str, value: object, dtype: torch.dtype) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(f"{name}: expected a tensor, got {type(value).__name__}")
    if value.dtype != dtype:
        raise TypeError(f"{name}: expected dtype {dtype}, got {value.dtype}")
    if value.device.type != "cpu":
        raise ValueError(
            f"{name}: expected a tensor on the cpu, got one on {value.device}: "
            "keep the data set in main memory and move each batch"
        )
