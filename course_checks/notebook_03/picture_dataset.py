"""Exercise 3.2 of notebook 03: a data set that hands out whole batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.result import CheckResult
from course_utils.memory import each_operation


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


_ONE_PICTURE = ("__init__", "__len__", "__getitem__")
_sample = _PictureDataset.__getitem__
_batch = _PictureDataset.__getitems__


def _with(
    sample: Callable[[Any, int], Any] = _sample,
    batch: Callable[[Any, list[int]], Any] = _batch,
    **other: Callable[..., Any],
) -> type:
    """The right class with some of its methods replaced."""
    methods = {"__getitem__": sample, "__getitems__": batch, **other}
    return type("PictureDataset", (_PictureDataset,), methods)


def _samples(data: Any, indices: list[int]) -> tuple[list[Any], list[Any]]:
    """The pictures and labels of several samples, fetched one by one."""
    pairs = [_sample(data, index) for index in indices]
    return [image for image, _ in pairs], [label for _, label in pairs]


def _handing_out(pictures: Callable[[Tensor, Any], Tensor], **other: Callable[..., Any]) -> type:
    """A class that takes pictures out of the stored ones in another way, one or several."""
    return _with(
        lambda data, i: (pictures(data.images, i), int(data.labels[i])),
        lambda data, rows: (pictures(data.images, rows), data.labels[rows]),
        **other,
    )


def _keep_floats(data: Any, images: Tensor, labels: Tensor) -> None:
    data.images, data.labels = images.float() / 255, labels


def _keep_nothing(data: Any, images: Tensor, labels: Tensor) -> None:
    images, labels = images, labels  # names of this call only


def _forgetting(method: Callable[..., Any]) -> Callable[..., None]:
    """A method that computes its value and does not return it."""

    def forgetful(*arguments: Any) -> None:
        method(*arguments)

    return forgetful


def _largest_float(look: Callable[[], Any]) -> int:
    """Numbers in the largest float tensor that any operation of `look` makes.

    Converting the whole set for every batch gives the right values, so only its cost shows it.
    """
    numbers = [0]

    def note(name: str, result: object) -> None:
        for made in result if isinstance(result, list | tuple) else (result,):
            if isinstance(made, Tensor) and made.is_floating_point():
                numbers.append(made.numel())

    with each_operation(note):
        look()
    return max(numbers)


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
    asked_for, look = _COSTS.get(look_at) or (None, _LOOKS[look_at])
    try:
        if asked_for is None:
            return look(answer(images, labels))
        largest = _largest_float(lambda: look(answer(images, labels)))
    except AttributeError as error:
        # Students name the class and its attributes as they like; it is the same mistake.
        if isinstance(answer, type) and isinstance(error.obj, answer):
            special = error.name if str(error.name).startswith("__") else "such attribute"
            error.args = (f"the dataset has no {special}",)
        raise
    if largest <= asked_for * images[0].numel():
        return "what was asked for, and no more"
    return f"{largest // images[0].numel()} of the {len(images)} pictures"


PICTURE_DATASET = Exercise(
    number="3.2",
    name="picture_dataset",
    reference=_PictureDataset,
    cases=_pictures,
    observe=_look,
    mistakes=(
        Mistake(
            "attribute missing",
            _with(__init__=_keep_nothing),
            "A method looks for an attribute that the object does not have. Which names does "
            "`__init__` keep in the object, and with which word in front?",
        ),
        *in_forms(
            "nothing returned",
            "At least one method ends without handing back what it computed. Which word is missing "
            "there?",
            _with(
                _forgetting(_sample),
                _forgetting(_batch),
                __len__=_forgetting(_PictureDataset.__len__),
            ),
            _with(_forgetting(_sample), _forgetting(_batch)),
            _with(batch=_forgetting(_batch)),
        ),
        Mistake(
            "no __getitems__",
            type(
                "PictureDataset", (), {name: vars(_PictureDataset)[name] for name in _ONE_PICTURE}
            ),
            "The class answers for one picture only. Which method takes a list of indices?",
        ),
        Mistake(
            "list of tuples",
            _with(batch=lambda data, rows: [_sample(data, i) for i in rows]),
            "The batch comes as a list of (picture, label) pairs. Which indexing takes several "
            "pictures out of one tensor at once?",
        ),
        *in_forms(
            "batch left in lists",
            "Pictures and labels of a batch are separate, but still in lists. What makes one "
            "tensor of each, or never takes them apart?",
            _with(batch=_samples),
            _with(batch=lambda data, rows: (_samples(data, rows)[0], data.labels[rows])),
        ),
        Mistake(
            "labels left in a list",
            _with(batch=lambda data, rows: (_batch(data, rows)[0], data.labels[rows].tolist())),
            "The labels of a batch are still in a list. What is `labels`, and what does indexing "
            "it with a list give?",
        ),
        Mistake(
            "length off by one",
            _with(__len__=lambda data: len(data.images) - 1),
            "One picture is never handed out. What does len() of a list count, and from which "
            "number do its indices start?",
        ),
        Mistake(
            "counts from one",
            _with(
                lambda data, i: _sample(data, i - 1),
                lambda data, rows: _batch(data, [i - 1 for i in rows]),
            ),
            "That is the neighbour of the picture asked for. Which index does the first picture "
            "have?",
        ),
        Mistake(
            "label before picture",
            _with(
                lambda data, i: _sample(data, i)[::-1],
                lambda data, rows: _batch(data, rows)[::-1],
            ),
            "The pairs are right, but turned round. Which part does the task name first?",
        ),
        Mistake(
            "batch axis left on one picture",
            _with(lambda data, i: (_sample(data, i)[0].unsqueeze(0), int(data.labels[i]))),
            "One picture came with four axes, like a batch of one. Which shape does the task ask "
            "for?",
        ),
        Mistake(
            "labels as float",
            _with(batch=lambda data, rows: (_batch(data, rows)[0], data.labels[rows].float())),
            "The labels of a batch are floats now. A class index counts classes: which dtype did "
            "the labels have when they came in?",
        ),
        Mistake(
            "label stays a tensor",
            _with(lambda data, i: (_sample(data, i)[0], data.labels[i])),
            "The label of one picture is still a tensor. How do you get a Python number out of a "
            "tensor with one entry?",
        ),
        *in_forms(
            "converts the whole set at each fetch",
            "The values are right, but a fetch converts every picture of the set. "
            "Which comes first: choosing or converting?",
            _handing_out(lambda images, at: (images.float() / 255)[at]),
            _with(batch=lambda data, at: ((data.images.float() / 255)[at], data.labels[at])),
        ),
        Mistake(
            "converts the whole set at the start",
            _handing_out(lambda images, at: images[at], __init__=_keep_floats),
            "The values are right, but all pictures are kept as float32. How many times the "
            "memory of uint8 is that?",
        ),
        Mistake(
            "stays in 0 to 255",
            _handing_out(lambda images, at: images[at].float()),
            "The pictures are floats, but still between 0 and 255. What brings the largest value "
            "to 1?",
        ),
        Mistake(
            "stays uint8",
            _handing_out(lambda images, at: images[at]),
            "The pictures come out as they were stored. Which dtype and which range are asked for?",
        ),
        *in_forms(
            "batch not converted",
            "One picture comes out as asked, but a batch does not. Which two steps did you "
            "take in `__getitem__`?",
            _with(batch=lambda data, rows: (data.images[rows], data.labels[rows])),
            _with(batch=lambda data, rows: (data.images[rows].float(), data.labels[rows])),
        ),
        Mistake(
            "float64",
            _handing_out(lambda images, at: images[at].double() / 255),
            "The values are right, but in float64: NumPy's division gives that. Which dtype is "
            "asked for?",
        ),
        Mistake(
            "ignores the indices",
            _with(batch=lambda data, rows: _batch(data, list(range(len(rows))))),
            "The batch holds the first pictures of the set, whichever were asked for. What do the "
            "indices say?",
        ),
        Mistake(
            "a slice instead of the indices",
            _with(batch=lambda data, rows: _batch(data, slice(rows[0], rows[-1] + 1))),  # type: ignore[arg-type]
            "You cut out what lies between the first index and the last. Which pictures are asked "
            "for with [2, 0]?",
        ),
    ),
)


def check_picture_dataset(answer: object) -> CheckResult:
    """Check exercise 3.2: the class `PictureDataset(images, labels)` with `__getitems__`."""
    return PICTURE_DATASET.check(answer)
