"""Exercise 3.2 of notebook 03: a data set that hands out whole batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data import DataLoader

from course_utils.exercises.engine import Exercise, Mistake


class _PictureDataset:
    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.images = images
        self.labels = labels

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Any:
        return self.images[index].float() / 255, int(self.labels[index])

    def __getitems__(self, indices: list[int]) -> Any:
        return self.images[indices].float() / 255, self.labels[indices]


class _ListOfTuples(_PictureDataset):
    def __getitems__(self, indices: list[int]) -> Any:
        return [self[index] for index in indices]


class _LengthOffByOne(_PictureDataset):
    def __len__(self) -> int:
        return len(self.images) - 1


class _CountsFromOne(_PictureDataset):
    def __getitem__(self, index: int) -> Any:
        return self.images[index - 1].float() / 255, int(self.labels[index - 1])

    def __getitems__(self, indices: list[int]) -> Any:
        return super().__getitems__([index - 1 for index in indices])


class _LabelsAsFloat(_PictureDataset):
    def __getitems__(self, indices: list[int]) -> Any:
        return self.images[indices].float() / 255, self.labels[indices].float()


class _LabelIsTensor(_PictureDataset):
    def __getitem__(self, index: int) -> Any:
        return self.images[index].float() / 255, self.labels[index]


class _ConvertsAllAtEachFetch(_PictureDataset):
    def __getitem__(self, index: int) -> Any:
        return (self.images.float() / 255)[index], int(self.labels[index])

    def __getitems__(self, indices: list[int]) -> Any:
        return (self.images.float() / 255)[indices], self.labels[indices]


class _ConvertsAllInABatch(_PictureDataset):
    def __getitems__(self, indices: list[int]) -> Any:
        return (self.images.float() / 255)[indices], self.labels[indices]


class _ConvertsAllAtTheStart(_PictureDataset):
    def __init__(self, images: Tensor, labels: Tensor) -> None:
        super().__init__(images.float() / 255, labels)

    def __getitem__(self, index: int) -> Any:
        return self.images[index], int(self.labels[index])

    def __getitems__(self, indices: list[int]) -> Any:
        return self.images[indices], self.labels[indices]


class _StaysIn255(_PictureDataset):
    def __getitem__(self, index: int) -> Any:
        return self.images[index].float(), int(self.labels[index])

    def __getitems__(self, indices: list[int]) -> Any:
        return self.images[indices].float(), self.labels[indices]


class _StaysUint8(_PictureDataset):
    def __getitem__(self, index: int) -> Any:
        return self.images[index], int(self.labels[index])

    def __getitems__(self, indices: list[int]) -> Any:
        return self.images[indices], self.labels[indices]


class _FirstFew(_PictureDataset):
    def __getitems__(self, indices: list[int]) -> Any:
        return super().__getitems__(list(range(len(indices))))


class _LargestFloat(TorchDispatchMode):  # type: ignore[no-untyped-call, unused-ignore]
    """Notes the size of the largest float tensor that any operation makes.

    Converting the whole set for every batch gives the right values, so only its cost shows it.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numbers = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        for made in out if isinstance(out, list | tuple) else (out,):
            if isinstance(made, Tensor) and made.is_floating_point():
                self.numbers = max(self.numbers, made.numel())
        return out


def _as_it_is(batch: Any) -> Any:
    return batch


_LOOKS: dict[str, Callable[[Any], Any]] = {
    "len(dataset)": len,
    "dataset[1]": lambda dataset: dataset[1],
    "dataset.__getitems__([2, 0])": lambda dataset: dataset.__getitems__([2, 0]),
    "the batches of DataLoader(dataset, batch_size=2, …)": lambda dataset: list(
        DataLoader(dataset, batch_size=2, collate_fn=_as_it_is)
    ),
}
_COSTS: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "what making the dataset converts": (0, lambda dataset: None),
    "what dataset[1] converts": (1, lambda dataset: dataset[1]),
    "what dataset.__getitems__([2, 0]) converts": (2, lambda dataset: dataset.__getitems__([2, 0])),
}


def _pictures(generator: Generator) -> Iterator[tuple[str, Tensor, Tensor]]:
    for shape in ((3, 1, 1, 2), (5, 3, 4, 6), (9, 1, 28, 20)):
        images = torch.randint(1, 256, shape, generator=generator, dtype=torch.uint8)
        labels = torch.randperm(len(images), generator=generator)
        for look_at in _LOOKS:
            yield look_at, images, labels
    images = torch.randint(1, 256, (64, 6, 4, 3), generator=generator, dtype=torch.uint8)
    images = images.permute(0, 3, 1, 2)  # not contiguous
    labels = torch.randperm(64, generator=generator)
    for look_at in _COSTS:
        yield look_at, images, labels


def _look(answer: Any, look_at: str, images: Tensor, labels: Tensor) -> Any:
    if look_at in _LOOKS:
        return _LOOKS[look_at](answer(images, labels))
    asked_for, look = _COSTS[look_at]
    with _LargestFloat() as largest:
        look(answer(images, labels))
    if largest.numbers <= asked_for * images[0].numel():
        return "what was asked for, and no more"
    return f"{largest.numbers // images[0].numel()} of the {len(images)} pictures"


PICTURE_DATASET = Exercise(
    number="3.2",
    name="picture_dataset",
    reference=_PictureDataset,
    cases=_pictures,
    observe=_look,
    mistakes=(
        Mistake(
            "list of tuples",
            _ListOfTuples,
            "The batch comes as a list of (picture, label) pairs. Which indexing takes several "
            "pictures out of one tensor at once?",
        ),
        Mistake(
            "length off by one",
            _LengthOffByOne,
            "One picture is never handed out. What does len() of a list count, and from which "
            "number do its indices start?",
        ),
        Mistake(
            "counts from one",
            _CountsFromOne,
            "That is the neighbour of the picture asked for. Which index does the first picture "
            "have?",
        ),
        Mistake(
            "labels as float",
            _LabelsAsFloat,
            "The labels of a batch are floats now. A class index counts classes: which dtype did "
            "the labels have when they came in?",
        ),
        Mistake(
            "label stays a tensor",
            _LabelIsTensor,
            "The label of one picture is still a tensor. How do you get a Python number out of a "
            "tensor with one entry?",
        ),
        Mistake(
            "converts the whole set at each fetch",
            _ConvertsAllAtEachFetch,
            "The values are right, but every fetch converts every picture of the set. "
            "Which comes first: choosing or converting?",
        ),
        Mistake(
            "converts the whole set for each batch",
            _ConvertsAllInABatch,
            "The values are right, but each batch converts every picture of the set. "
            "Which comes first: choosing or converting?",
        ),
        Mistake(
            "converts the whole set at the start",
            _ConvertsAllAtTheStart,
            "The values are right, but all pictures are kept as float32. How many times the "
            "memory of uint8 is that?",
        ),
        Mistake(
            "stays in 0 to 255",
            _StaysIn255,
            "The pictures are floats, but still between 0 and 255. What brings the largest value "
            "to 1?",
        ),
        Mistake(
            "stays uint8",
            _StaysUint8,
            "The pictures come out as they were stored. Which dtype and which range are asked for?",
        ),
        Mistake(
            "ignores the indices",
            _FirstFew,
            "The batch holds the first pictures of the set, whichever were asked for. What do the "
            "indices say?",
        ),
    ),
)
