"""Wrong answers to exercise 3.2 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.data import Dataset


class Kept(Dataset[Any]):
    """What most of the answers have in common."""

    def __init__(self, images: Any, labels: Any) -> None:
        self.images = images
        self.labels = labels

    def __len__(self) -> Any:
        return len(self.images)


class PictureDatasetA(Kept):
    """Converts all pictures in __init__."""

    def __init__(self, images: Any, labels: Any) -> None:
        self.images = images.float() / 255
        self.labels = labels

    def __getitem__(self, index: Any) -> Any:
        return self.images[index], int(self.labels[index])

    def __getitems__(self, indices: Any) -> Any:
        return self.images[indices], self.labels[indices]


class PictureDatasetB(Kept):
    """Label of a sample is a tensor, not an int."""

    def __getitem__(self, index: Any) -> Any:
        return self.images[index].float() / 255, self.labels[index]

    def __getitems__(self, indices: Any) -> Any:
        return self.images[indices].float() / 255, self.labels[indices]


class PictureDatasetC(Kept):
    """__getitems__ returns a list of pairs."""

    def __getitem__(self, index: Any) -> Any:
        return self.images[index].float() / 255, int(self.labels[index])

    def __getitems__(self, indices: Any) -> Any:
        return [self[i] for i in indices]


class PictureDatasetD(Kept):
    """Forgets to divide by 255."""

    def __len__(self) -> Any:
        return self.images.shape[0]

    def __getitem__(self, index: Any) -> Any:
        return self.images[index].float(), self.labels[index].item()

    def __getitems__(self, indices: Any) -> Any:
        return self.images[indices].float(), self.labels[indices]


class PictureDatasetE(Dataset[Any]):
    """Forgets self. in __init__; raises AttributeError."""

    def __init__(self, images: Any, labels: Any) -> None:
        images = images
        labels = labels

    def __len__(self) -> Any:
        return len(self.images)  # type: ignore[attr-defined]

    def __getitem__(self, index: Any) -> Any:
        return self.images[index].float() / 255, int(self.labels[index])  # type: ignore[attr-defined]

    def __getitems__(self, indices: Any) -> Any:
        return self.images[indices].float() / 255, self.labels[indices]  # type: ignore[attr-defined]


class PictureDatasetF(Kept):
    """__getitems__ hands out raw uint8."""

    def __getitem__(self, index: Any) -> Any:
        return self.images[index] / 255, int(self.labels[index])

    def __getitems__(self, indices: Any) -> Any:
        return self.images[indices], self.labels[indices]


class PictureDatasetG(Kept):
    """Converts the whole data set at every access and indexes then."""

    def __getitem__(self, index: Any) -> Any:
        x = self.images.float() / 255
        return x[index], int(self.labels[index])

    def __getitems__(self, indices: Any) -> Any:
        x = self.images.float() / 255
        return x[indices], self.labels[indices]


class PictureDatasetH(Kept):
    """No __getitems__ at all."""

    # without __getitems__, as data sets usually are
    def __getitem__(self, index: Any) -> Any:
        image = self.images[index].float() / 255
        label = self.labels[index].item()
        return image, label


class PictureDatasetI(Kept):
    """__getitems__ returns the labels as a list."""

    def __getitem__(self, index: Any) -> Any:
        return self.images[index].float() / 255, int(self.labels[index])

    def __getitems__(self, indices: Any) -> Any:
        images = []
        labels = []
        for i in indices:
            x, y = self[i]
            images.append(x)
            labels.append(y)
        return torch.stack(images), labels


class PictureDatasetJ(Kept):
    """__getitems__ slices from the first to the last index."""

    def __getitem__(self, index: Any) -> Any:
        return self.images[index].float() / 255, int(self.labels[index])

    def __getitems__(self, indices: Any) -> Any:
        a, b = indices[0], indices[-1]
        return self.images[a : b + 1].float() / 255, self.labels[a : b + 1]


class PictureDatasetK(Kept):
    """Extra batch axis in a sample, and a length one too short."""

    def __len__(self) -> Any:
        return len(self.images) - 1

    def __getitem__(self, index: Any) -> Any:
        image = self.images[index].float() / 255
        return image.unsqueeze(0), int(self.labels[index])

    def __getitems__(self, indices: Any) -> Any:
        batch = [self[i] for i in indices]
        x = torch.cat([b[0] for b in batch])
        y = torch.tensor([b[1] for b in batch])
        return x, y


class PictureDatasetL(Kept):
    """Takes torch.Tensor for the labels: float32."""

    def __getitem__(self, index: Any) -> Any:
        return self.images[index].float() / 255, int(self.labels[index])

    def __getitems__(self, indices: Any) -> Any:
        xs = torch.stack([self[i][0] for i in indices])
        ys = torch.Tensor([self[i][1] for i in indices])
        return xs, ys


class PictureDatasetM(Kept):
    """Over NumPy: float64 pictures."""

    def __getitem__(self, index: Any) -> Any:
        image = self.images[index].numpy() / 255
        return torch.tensor(image), int(self.labels[index])

    def __getitems__(self, indices: Any) -> Any:
        images = self.images[indices].numpy() / 255
        return torch.tensor(images), self.labels[indices]


class PictureDatasetN(Kept):
    """Forgets return everywhere."""

    def __len__(self) -> Any:
        len(self.images)

    def __getitem__(self, index: Any) -> Any:
        self.images[index].float() / 255, int(self.labels[index])

    def __getitems__(self, indices: Any) -> Any:
        self.images[indices].float() / 255, self.labels[indices]


def indexed(fetch: Any, kept: str = "images") -> Any:
    """A class that keeps the pictures under the name `kept` and fetches them from `images`."""

    class PictureDataset:
        def __init__(self, images: Any, labels: Any) -> None:
            setattr(self, kept, images)
            self.labels = labels

        def __len__(self) -> Any:
            return len(self.images)  # type: ignore[attr-defined]

        def __getitem__(self, index: Any) -> Any:
            return fetch(self.images, index), int(self.labels[index])  # type: ignore[attr-defined]

        def __getitems__(self, indices: Any) -> Any:
            return fetch(self.images, indices), self.labels[indices]  # type: ignore[attr-defined]

    return PictureDataset


WRONG: list[tuple[Any, str | None]] = [
    (PictureDatasetA, "converts the whole set at the start"),
    (PictureDatasetB, "label stays a tensor"),
    (PictureDatasetC, "list of tuples"),
    (PictureDatasetD, "stays in 0 to 255"),
    (PictureDatasetE, "attribute missing"),
    (PictureDatasetF, "batch not converted"),
    (PictureDatasetG, "converts the whole set at each fetch"),
    (PictureDatasetH, "no __getitems__"),
    (PictureDatasetI, "labels left in a list"),
    (PictureDatasetJ, "a slice instead of the indices"),
    (PictureDatasetK, None),
    (PictureDatasetL, "labels as float"),
    (PictureDatasetM, "float64"),
    (PictureDatasetN, "nothing returned"),
    (indexed(lambda images, at: images[at].float() / 255, kept="data"), "attribute missing"),
    (indexed(lambda images, at: images.float()[at] / 255), "converts the whole set at each fetch"),
    (indexed(lambda images, at: images[at].float() / 256), None),
    (indexed(lambda images, at: images[at] // 255), None),
]
