"""A data set of images that lives in memory as one uint8 tensor."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset

from course_utils.shapes import check_indices, check_range


class ImageDataset(Dataset[tuple[Tensor, int]]):
    """Images and labels in memory, converted to float when they are taken out.

    images: uint8 `[N, C, H, W]`; labels: integers `[N]`, each in 0 … K-1, kept as int64; classes:
    the K class names. `dataset[i]` is (float32 `[C, H, W]` in [0, 1], int). Negative indices count
    from the end, as in a list; IndexError beyond either end.

    Raises TypeError for other dtypes, ValueError for shapes and labels that do not fit.

    Built in notebook 03.
    """

    def __init__(self, images: Tensor, labels: Tensor, classes: Sequence[str]) -> None:
        if images.dtype != torch.uint8:
            raise TypeError(f"images: expected dtype torch.uint8, got {images.dtype}")
        if images.dim() != 4:
            hint = ": add the channel axis with .unsqueeze(1)" if images.dim() == 3 else ""
            raise ValueError(f"images: expected shape [N, C, H, W], got {list(images.shape)}{hint}")
        check_indices(labels, count=len(images))
        check_range(labels, len(classes))
        self.images = images
        self.labels = labels.long()
        self.classes = tuple(classes)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int | slice) -> tuple[Tensor, int]:
        if isinstance(index, slice):
            raise TypeError("index: expected an int, got a slice: take it of dataset.images")
        return self.images[index].float() / 255, int(self.labels[index])

    def __getitems__(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """A whole batch in one go: (images float32 `[B, C, H, W]` in [0, 1], labels int64 `[B]`).

        A `DataLoader` calls this where it exists, with the list of the batch's indices. The batch
        comes back collated, so that the loader has to leave it as it is: `collate_if_needed`.

        Built in notebook 03.
        """
        rows = torch.as_tensor(indices, dtype=torch.int64, device=self.images.device)
        try:
            images = self.images.index_select(0, rows)  # many times as fast as images[rows]
        except IndexError:
            images = self.images[rows]  # which knows negative indices too
        # In place, because the float copy is ours: one copy less to make.
        return images.float().div_(255), self.labels[rows]

    def __repr__(self) -> str:
        return (
            f"ImageDataset({len(self):,} images {list(self.images.shape[1:])}, "
            f"{len(self.classes)} classes)"
        )
