"""Right but unusual answers to the exercises of notebook 03, and the wrong ones by exercise."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, Sampler

from tests.course_checks.wrong import count_batches, pad_collate, picture_dataset, shuffled_loader


def count_by_listing(samples: int, batch_size: int, drop_last: bool) -> tuple[int, int]:
    batches = list(range(samples))
    sizes = [len(batches[start : start + batch_size]) for start in range(0, samples, batch_size)]
    if drop_last:
        sizes = [size for size in sizes if size == batch_size]
    return len(sizes), sizes[-1] if sizes else 0


def count_by_asking_a_loader(samples: int, batch_size: int, drop_last: bool) -> tuple[int, int]:
    indices = list(BatchSampler(range(samples), batch_size, drop_last))
    return len(indices), len(indices[-1]) if indices else 0


def count_with_ceil(samples: int, batch_size: int, drop_last: bool) -> list[int]:
    number = math.floor(samples / batch_size) if drop_last else math.ceil(samples / batch_size)
    if number == 0:
        return [0, 0]
    return [number, batch_size if drop_last else samples - (number - 1) * batch_size]


class ByLoop(Dataset[Any]):
    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return self.labels.numel()

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.images[index].to(torch.float32).mul(1 / 255), self.labels.tolist()[index]

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        samples = [self[index] for index in indices]
        images = torch.stack([image for image, _ in samples])
        return images, torch.tensor([label for _, label in samples])


class ByNumpy:
    """No subclass of Dataset: the protocol asks for methods, not for a parent."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.pictures, self.numbers = images.numpy(), labels.numpy()

    def __len__(self) -> int:
        return int(self.pictures.shape[0])

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = self.pictures[index].astype(np.float32) / np.float32(255)
        return torch.from_numpy(image), int(self.numbers[index])

    def __getitems__(self, indices: list[int]) -> list[Tensor]:
        images = self.pictures[np.array(indices)].astype("float64") / 255
        return [torch.tensor(images).float(), torch.tensor(self.numbers[indices])]


class ByIndexSelect(Dataset[Any]):
    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.data = torch.utils.data.TensorDataset(images, labels)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image, label = self.data[index]
        return image.double().div(255).float(), int(label.item())

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        images, labels = self.data.tensors
        rows = torch.as_tensor(indices)
        return images.index_select(0, rows).float().div_(255), labels.take(rows)


Samples = list[tuple[Tensor, int]]


def pad_into_zeros(samples: Samples) -> tuple[Tensor, Tensor, Tensor]:
    height = max(picture.shape[-2] for picture, _ in samples)
    width = max(picture.shape[-1] for picture, _ in samples)
    images = torch.zeros(len(samples), samples[0][0].shape[0], height, width)
    sizes = torch.empty(len(samples), 2, dtype=torch.int64)
    labels = torch.empty(len(samples), dtype=torch.int64)
    for i, (picture, label) in enumerate(samples):
        _, h, w = picture.shape
        images[i, :, :h, :w] = picture
        sizes[i, 0], sizes[i, 1], labels[i] = h, w, label
    return images, sizes, labels


def pad_by_concatenating(samples: Samples) -> list[Tensor]:
    pictures, labels = zip(*samples, strict=True)
    sizes = torch.tensor([[p.size(1), p.size(2)] for p in pictures])
    height, width = (int(n) for n in sizes.max(dim=0).values)
    rows = []
    for p in pictures:
        taller = torch.cat([p, p.new_zeros(p.size(0), height - p.size(1), p.size(2))], dim=1)
        wider = torch.cat([taller, p.new_zeros(p.size(0), height, width - p.size(2))], dim=2)
        rows.append(wider)
    return [torch.stack(rows), sizes, torch.LongTensor(labels)]


def pad_with_numpy(samples: Samples) -> tuple[Tensor, Tensor, Tensor]:
    sizes = np.array([picture.shape[1:] for picture, _ in samples], dtype=np.int64)
    height, width = sizes.max(axis=0)
    padded = [
        np.pad(picture.numpy(), ((0, 0), (0, height - h), (0, width - w)))
        for (picture, _), (h, w) in zip(samples, sizes, strict=True)
    ]
    labels = np.array([label for _, label in samples], dtype=np.int64)
    return torch.from_numpy(np.stack(padded)), torch.from_numpy(sizes), torch.from_numpy(labels)


def loader_with_a_sampler(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    sampler = RandomSampler(dataset, generator=torch.Generator().manual_seed(seed))
    return DataLoader(dataset, batch_size, sampler=sampler)


def loader_with_batches(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    sampler = RandomSampler(dataset, generator=torch.Generator().manual_seed(seed))
    return DataLoader(dataset, batch_sampler=BatchSampler(sampler, batch_size, drop_last=False))


class PythonOrder(Sampler[int]):
    """Orders from Python's own generator: another order than torch's, and as good."""

    def __init__(self, length: int, seed: int) -> None:
        self.length, self.random = length, random.Random(seed)

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[int]:
        return iter(self.random.sample(range(self.length), self.length))


def loader_with_pythons_order(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    return DataLoader(dataset, batch_size, sampler=PythonOrder(len(dataset), seed))


RIGHT: dict[str, list[Any]] = {
    "3.1": [count_by_listing, count_by_asking_a_loader, count_with_ceil],
    "3.2": [ByLoop, ByNumpy, ByIndexSelect],
    "3.3": [pad_into_zeros, pad_by_concatenating, pad_with_numpy],
    "3.4": [loader_with_a_sampler, loader_with_batches, loader_with_pythons_order],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "3.1": count_batches.WRONG,
    "3.2": picture_dataset.WRONG,
    "3.3": pad_collate.WRONG,
    "3.4": shuffled_loader.WRONG,
}
