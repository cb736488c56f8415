"""Answers to exercises of notebook 03: unusual right ones, and wrong ones by students."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    RandomSampler,
    Sampler,
    Subset,
    TensorDataset,
)

from course_checks.declared import Edit, everywhere, instead, replaced

# mypy: disable-error-code="no-untyped-call, no-untyped-def"

# 3.1


def _count_by_listing(samples, batch_size, drop_last):
    batches = list(range(samples))
    sizes = [len(batches[start : start + batch_size]) for start in range(0, samples, batch_size)]
    if drop_last:
        sizes = [size for size in sizes if size == batch_size]
    return len(sizes), sizes[-1] if sizes else 0


def _count_by_asking_a_sampler(samples, batch_size, drop_last):
    indices = list(BatchSampler(range(samples), batch_size, drop_last))
    return len(indices), len(indices[-1]) if indices else 0


def _count_with_ceil(samples, batch_size, drop_last):
    number = math.floor(samples / batch_size) if drop_last else math.ceil(samples / batch_size)
    if number == 0:
        return [0, 0]
    return [number, batch_size if drop_last else samples - (number - 1) * batch_size]


def _remainder_when_it_divides(samples, batch_size, drop_last):
    if drop_last:
        return samples // batch_size, batch_size
    return math.ceil(samples / batch_size), samples % batch_size


def _always_adds_one(samples, batch_size, drop_last):
    n = samples // batch_size
    if not drop_last:
        n = n + 1
    last = samples - (n - 1) * batch_size
    if drop_last:
        last = batch_size if n > 0 else 0
    return n, last


def _never_drops(samples, batch_size, drop_last):
    number = math.ceil(samples / batch_size)
    return number, samples - (number - 1) * batch_size


def _count_in_numpy(samples, batch_size, drop_last):
    n = samples / batch_size
    if drop_last:
        n = np.floor(n)
        last = batch_size if n > 0 else 0
    else:
        n = np.ceil(n)
        last = samples - (n - 1) * batch_size if n > 0 else 0
    return n, last


def _takes_one_batch_away(samples, batch_size, drop_last):
    n = math.ceil(samples / batch_size)
    if drop_last:
        n = n - 1
        last = batch_size if n > 0 else 0
    else:
        last = samples - (n - 1) * batch_size if n > 0 else 0
    return n, last


def _count_with_a_loader(samples, batch_size, drop_last):
    loader: Any = DataLoader(range(samples), batch_size, drop_last)  # type: ignore[arg-type]
    sizes = [len(batch) for batch in loader]
    return len(loader), sizes[-1]  # drop_last landed at shuffle, and an empty epoch has no last


# 3.2


class _ByLoop(Dataset[Any]):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return self.labels.numel()

    def __getitem__(self, index):
        return self.images[index].to(torch.float32).mul(1 / 255), self.labels.tolist()[index]

    def __getitems__(self, indices):
        samples = [self[index] for index in indices]
        images = torch.stack([image for image, _ in samples])
        return images, torch.tensor([label for _, label in samples])


class _ByNumpy:
    """No subclass of Dataset: the protocol asks for methods, not for a parent."""

    def __init__(self, images, labels):
        self.pictures, self.numbers = images.numpy(), labels.numpy()

    def __len__(self):
        return int(self.pictures.shape[0])

    def __getitem__(self, index):
        image = self.pictures[index].astype(np.float32) / np.float32(255)
        return torch.from_numpy(image), int(self.numbers[index])

    def __getitems__(self, indices):
        images = self.pictures[np.array(indices)].astype("float64") / 255
        return [torch.tensor(images).float(), torch.tensor(self.numbers[indices])]


class _ByIndexSelect(Dataset[Any]):
    def __init__(self, images, labels):
        self.data = TensorDataset(images, labels)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        image, label = self.data[index]
        return image.double().div(255).float(), int(label.item())

    def __getitems__(self, indices):
        images, labels = self.data.tensors
        rows = torch.as_tensor(indices)
        return images.index_select(0, rows).float().div_(255), labels.take(rows)


def _fetched(one: str, several: str) -> Edit:
    """Both methods fetch their pictures in another way."""
    return replaced("self.images[index].float() / 255", one) + replaced(
        "self.images[indices].float() / 255", several
    )


_PICTURES_OF_SAMPLES = replaced(
    "self.images[indices].float() / 255", "torch.stack([self[i][0] for i in indices])"
)


# 3.3


def _pad_into_zeros(samples):
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


def _pad_by_concatenating(samples):
    pictures, labels = zip(*samples, strict=True)
    sizes = torch.tensor([[p.size(1), p.size(2)] for p in pictures])
    height, width = (int(n) for n in sizes.max(dim=0).values)
    rows = []
    for p in pictures:
        taller = torch.cat([p, p.new_zeros(p.size(0), height - p.size(1), p.size(2))], dim=1)
        wider = torch.cat([taller, p.new_zeros(p.size(0), height, width - p.size(2))], dim=2)
        rows.append(wider)
    return [torch.stack(rows), sizes, torch.LongTensor(labels)]


def _pad_with_numpy(samples):
    sizes = np.array([picture.shape[1:] for picture, _ in samples], dtype=np.int64)
    height, width = sizes.max(axis=0)
    padded = [
        np.pad(picture.numpy(), ((0, 0), (0, height - h), (0, width - w)))
        for (picture, _), (h, w) in zip(samples, sizes, strict=True)
    ]
    labels = np.array([label for _, label in samples], dtype=np.int64)
    return torch.from_numpy(np.stack(padded)), torch.from_numpy(sizes), torch.from_numpy(labels)


def _pad_into_zeros_without_dtype(samples):
    images, whole_sizes, whole_labels = _pad_into_zeros(samples)
    sizes, labels = torch.zeros(len(samples), 2), torch.zeros(len(samples))
    for i in range(len(samples)):
        sizes[i] = whole_sizes[i]
        labels[i] = whole_labels[i]
    return images, sizes, labels


def _pad_into_a_square(samples):
    side = 0
    for x, _ in samples:
        side = max(side, x.shape[1], x.shape[2])
    images = torch.zeros(len(samples), samples[0][0].shape[0], side, side)
    sizes, labels = [], []
    for i, (x, y) in enumerate(samples):
        images[i, :, : x.shape[1], : x.shape[2]] = x
        sizes.append([x.shape[1], x.shape[2]])
        labels.append(y)
    return images, torch.tensor(sizes), torch.tensor(labels)


# 3.4


def _loader_with_a_sampler(dataset, batch_size, seed):
    sampler = RandomSampler(dataset, generator=torch.Generator().manual_seed(seed))
    return DataLoader(dataset, batch_size, sampler=sampler)


def _loader_with_batches(dataset, batch_size, seed):
    sampler = RandomSampler(dataset, generator=torch.Generator().manual_seed(seed))
    return DataLoader(dataset, batch_sampler=BatchSampler(sampler, batch_size, drop_last=False))


class _PythonsOrder(Sampler[int]):
    """Orders from Python's own generator: another order than torch's, and as good."""

    def __init__(self, length, seed):
        self.length, self.random = length, random.Random(seed)

    def __len__(self):
        return self.length

    def __iter__(self):
        return iter(self.random.sample(range(self.length), self.length))


def _loader_with_pythons_order(dataset, batch_size, seed):
    return DataLoader(dataset, batch_size, sampler=_PythonsOrder(len(dataset), seed))


def _subset_in_one_order(dataset, batch_size, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    return DataLoader(Subset(dataset, order), batch_size=batch_size)


def _sampled_once(dataset, batch_size, seed):
    order: Any = random.Random(seed).sample(dataset, len(dataset))
    return DataLoader(order, batch_size=batch_size)


def _seeds_what_no_loader_uses(dataset, batch_size, seed):
    random.seed(seed)
    np.random.seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)


RIGHT: dict[str, list[Any]] = {
    "3.1": [_count_by_listing, _count_by_asking_a_sampler, _count_with_ceil],
    "3.2": [_ByLoop, _ByNumpy, _ByIndexSelect],
    "3.3": [_pad_into_zeros, _pad_by_concatenating, _pad_with_numpy],
    "3.4": [_loader_with_a_sampler, _loader_with_batches, _loader_with_pythons_order],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "3.1": [
        (_remainder_when_it_divides, "last batch 0"),
        (replaced(" if full > 0 else 0", ""), "a last batch where there is none"),
        (_always_adds_one, "one too many"),
        (_never_drops, "ignores drop_last"),
        (_count_in_numpy, "floats"),
        (replaced("full + 1", "round(samples / batch_size)"), "rounded to the nearest"),
        (replaced("not drop_last", "drop_last"), "drop_last the wrong way round"),
        (_takes_one_batch_away, "a full batch dropped"),
        (_count_with_a_loader, None),
        (lambda samples, size, drop: (samples % size or size, math.ceil(samples / size)), None),
    ],
    "3.2": [
        (replaced("self.images, self.labels =", "self.data, self.labels ="), "attribute missing"),
        (
            _PICTURES_OF_SAMPLES
            + replaced("self.labels[indices]", "[self[i][1] for i in indices]"),
            "labels left in a list",
        ),
        (
            _PICTURES_OF_SAMPLES
            + replaced("self.labels[indices]", "torch.Tensor([self[i][1] for i in indices])"),
            "labels as float",
        ),
        (
            _fetched(
                "torch.tensor(self.images[index].numpy() / 255)",
                "torch.tensor(self.images[indices].numpy() / 255)",
            ),
            "float64",
        ),
        (
            _fetched("self.images.float()[index] / 255", "self.images.float()[indices] / 255"),
            "converts the whole set at each fetch",
        ),
        (
            replaced("len(self.images)", "len(self.images) - 1")
            + replaced("self.images[index].float()", "self.images[index].float().unsqueeze(0)"),
            None,
        ),
        (everywhere("/ 255", "/ 256"), None),
        (everywhere(".float() / 255", " // 255"), None),
    ],
    "3.3": [
        (_pad_into_zeros_without_dtype, "sizes and labels as float"),
        (_pad_into_a_square, "padded to a square"),
        (
            replaced(
                ", sizes, labels",
                ", [tuple(x.shape[1:]) for x, _ in samples], [y for _, y in samples]",
            ),
            "left in a list",
        ),
        (replaced("0, width - w, 0, height - h", "0, width - w"), "only one axis padded"),
        (
            replaced("F.pad(picture, (0, width - w, 0, height - h))", "picture")
            + replaced("torch.stack(images)", "nn.utils.rnn.pad_sequence(images, True)"),
            None,
        ),
        (replaced("width - w, 0, height - h", "28 - w, 0, 28 - h"), None),
    ],
    "3.4": [
        (replaced("torch.Generator().", "torch."), "seeds the global generator"),
        (_subset_in_one_order, "same order every epoch"),
        (_sampled_once, "same order every epoch"),
        (_seeds_what_no_loader_uses, "seeds Python or NumPy"),
        (replaced(".manual_seed(seed)", ""), "seed ignored"),
        (replaced("generator=generator", "generator=torch.Generator"), "not a generator"),
        (instead("return DataLoader(dataset, batch_size)"), "not shuffled"),
        (instead("return DataLoader(dataset, batch_size, drop_last=True)"), None),
        (instead("return DataLoader(dataset, shuffle=True)"), None),
        (replaced("batch_size=batch_size", "batch_size=2 * batch_size"), None),
        (
            replaced("return DataLoader(", "return iter(DataLoader(")
            + replaced("=generator)", "=generator))"),
            None,
        ),
    ],
}
