"""The exercises of notebook 03: counting batches, a data set, a collate function, an order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader

from course_checks.declared import Edit, instead, replaced, without
from course_checks.engine import Exercise, Mistake
from course_utils.memory import each_operation

# 3.1


def _counts(generator: Generator) -> Iterator[tuple[int, int, bool]]:
    yield from ((5, 2, False), (5, 2, True), (6, 2, False), (6, 2, True))
    yield from ((9, 4, False), (11, 4, False))  # less and more than half a batch left over
    for _ in range(4):
        samples = int(torch.randint(50, 5_000, (1,), generator=generator))
        batch_size = int(torch.randint(2, 40, (1,), generator=generator))
        yield samples, batch_size, False
        yield samples, batch_size, True
    yield from ((10_000, 32, False), (7, 1, False), (3, 8, False), (3, 8, True), (0, 4, False))
    yield from ((8, 8, False), (9, 8, True))  # one full batch


def _two_numbers(answer: Any, samples: int, batch_size: int, drop_last: bool) -> Any:
    """The two numbers under their names, so that a difference is said in the task's words."""
    came = answer(samples, batch_size, drop_last)
    if came is None:
        return None
    pair = came if isinstance(came, tuple | list) and len(came) == 2 else (came, "missing")
    return {"number of batches": pair[0], "size of the last batch": pair[1]}


# The numbers of batches n that students compute, and the sizes of the last batch that they compute
# from it: without and with care for the epoch that has no batch at all.
_RIGHT = "samples // batch_size if drop_last else -(-samples // batch_size)"
_UP = "-(-samples // batch_size)"
_DOWN = "samples // batch_size"
_FULL = ("batch_size", "batch_size if n else 0")
_REST = ("samples % batch_size",)
_REST_OR_FULL = "samples % batch_size or batch_size"
_KEPT = (_REST_OR_FULL, "samples % batch_size or (batch_size if n and samples else 0)")
_REMAINS = (
    "samples - (n - 1) * batch_size",
    "samples - (n - 1) * batch_size if n and samples else 0",
)
_ONE_STEP_TOO_FAR = ("samples - n * batch_size",)


def _answers(
    number: str,
    kept: tuple[str, ...],
    dropped: tuple[str, ...] = (),
    before: str = "",
    end: str = "",
) -> tuple[Edit, ...]:
    """Every answer with this number and one of these last sizes, without and with drop_last.

    dropped: left out where the last size is computed in the same way in both cases. before: a line
    above the others. end: what is done with the pair.
    """
    pairs = product(kept, dropped) if dropped else [(last, last) for last in kept]
    return tuple(
        instead(
            before or "pass",
            f"n = {number}",
            f"return (n, ({last_dropped}) if drop_last else ({last_kept})){end}",
        )
        for last_kept, last_dropped in pairs
    )


COUNT_BATCHES = Exercise(
    number="3.1",
    name="count_batches",
    solution='''\
def count_batches(samples, batch_size, drop_last):
    """Three settings -> (number of batches, size of the last batch)."""
    full, rest = divmod(samples, batch_size)
    if rest > 0 and not drop_last:
        return full + 1, rest
    return full, batch_size if full > 0 else 0
''',
    cases=_counts,
    observe=_two_numbers,
    mistakes=(
        Mistake(
            "a last batch where there is none",
            (
                *_answers(_RIGHT, _KEPT, _FULL)[:-1],  # the last form is right
                *_answers(_RIGHT, _KEPT, ("min(batch_size, samples)",)),
            ),
            "Where no batch comes at all, you still give the last one a size. Which size does the "
            "task ask for then?",
        ),
        Mistake(
            "ignores drop_last",
            (*_answers(_UP, _KEPT), *_answers(_UP, (*_KEPT, *_REST), _FULL), *_answers(_UP, _REST)),
            "The short batch is counted whatever drop_last says. Which batches are left when it "
            "is True?",
        ),
        Mistake(
            "always drops",
            _answers(_DOWN, _FULL),
            "Only full batches are counted whatever drop_last says. What happens to the rest when "
            "it is False?",
        ),
        Mistake(
            "floor",
            (*_answers(_DOWN, (*_KEPT, *_REMAINS), _FULL), replaced("full + 1", "full")),
            "The number is rounded down although a short batch follows the full ones. "
            "Where do the samples left over go when nothing is dropped?",
        ),
        Mistake(
            "floor, and the remainder as last",
            (*_answers(_DOWN, _REST), *_answers(_DOWN, _REST, _FULL)),
            "Full batches are counted and the remainder is called the last batch. "
            "When is the remainder a batch of its own, and when is there none?",
        ),
        Mistake(
            "last batch 0",
            _answers(_RIGHT, _REST, _FULL),
            "A batch of 0 samples is never made. How long is the last batch when the division "
            "leaves nothing over?",
        ),
        Mistake(
            "always the remainder",
            _answers(_RIGHT, _REST),
            "The remainder is the last batch only if it comes as a batch. What if nothing is left "
            "over, and what if the rest is dropped?",
        ),
        Mistake(
            "last is the remainder of what was dropped",
            (
                *_answers(_RIGHT, _KEPT),
                *_answers(_RIGHT, (_KEPT[1],), (_REST_OR_FULL,)),
                *_answers(_RIGHT, _KEPT, _REST),
            ),
            "With drop_last the short batch is gone, so it cannot be the last one. "
            "Which batch is the last one then?",
        ),
        Mistake(
            "last batch 0 where one was dropped",
            _answers(_RIGHT, _KEPT, ("0",)),
            "With drop_last the short batch is gone, and a full one is last. How long is that?",
        ),
        Mistake(
            "last batch always full",
            (*_answers(_RIGHT, _FULL), *_answers(_UP, _FULL)),
            "The last batch is not full when samples are left over and kept. How many are left "
            "over?",
        ),
        Mistake(
            "last batch taken away too",
            (
                *_answers(_RIGHT, _ONE_STEP_TOO_FAR),
                *_answers(_RIGHT, _ONE_STEP_TOO_FAR, _FULL),
            ),
            "You took every batch away from the samples, the last one too. What remains when you "
            "stop one batch earlier?",
        ),
        Mistake(
            "one too many",
            (
                *_answers(f"{_DOWN} + (not drop_last)", (*_KEPT, *_REST), _FULL),
                *_answers(f"{_DOWN} + 1", (*_KEPT, *_REST)),
            ),
            "One batch is always added. Is there a short batch when the division leaves nothing "
            "over?",
        ),
        Mistake(
            "fraction of a batch",
            (
                *_answers("samples / batch_size", (*_KEPT, *_REST)),
                *_answers("samples / batch_size", (*_KEPT, *_REST), _FULL),
            ),
            "`/` gives fractions, such as two and a half batches. How many whole batches come out "
            "of the loader then?",
        ),
        Mistake(
            "rounded to the nearest",
            tuple(
                answer
                for rounded in ("round(samples / batch_size)", "int(samples / batch_size + 0.5)")
                for answer in _answers(
                    f"{_DOWN} if drop_last else {rounded}", (*_KEPT, *_REMAINS), _FULL
                )
            ),
            "The number of batches was rounded to the nearest whole number. Does a short batch "
            "count less when it is very short?",
        ),
        Mistake(
            "a full batch dropped",
            _answers(f"max({_UP} - drop_last, 0)", _KEPT, _FULL),
            "drop_last took a batch away although the last one was full. Which batch does "
            "drop_last leave out, and is there always one?",
        ),
        Mistake(
            "none for a few samples",
            replaced(
                "    full, rest",
                "    if samples < batch_size:\n        return 0, 0\n    full, rest",
            ),
            "With fewer samples than batch_size there is no full batch. Is there no batch at all "
            "when nothing is dropped?",
        ),
        Mistake(
            "drop_last the wrong way round",
            _answers(_RIGHT, _KEPT, _FULL, before="drop_last = not drop_last"),
            "The short batch is dropped when drop_last is False, and kept when it is True. What "
            "does the name of the argument say?",
        ),
        Mistake(
            "the two swapped",
            _answers(_RIGHT, _KEPT, _FULL, end="[::-1]"),
            "The two numbers look swapped. Which one is asked for first?",
        ),
        Mistake(
            "number only",
            instead(f"return {_RIGHT}"),
            "The number of batches is right, but it came alone. Which second number is asked for?",
        ),
        Mistake(
            "floats",
            replaced("full + 1, rest", "float(full + 1), float(rest)")
            + replaced(
                "full, batch_size if full > 0 else 0",
                "float(full), float(batch_size if full else 0)",
            ),
            "The values are right, but some of them are floats. Which division or rounding gives "
            "whole numbers?",
        ),
    ),
)

# 3.2


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


def _batch(returned: str) -> Edit:
    """`__getitems__` returns something else."""
    return replaced("self.images[indices].float() / 255, self.labels[indices]", returned)


def _chosen(indices: str) -> Edit:
    """`__getitems__` changes the indices before it uses them."""
    return replaced("(self, indices):\n", f"(self, indices):\n        indices = {indices}\n")


def _converted(one: str, several: str) -> Edit:
    """Both methods convert in another way."""
    return replaced("self.images[index].float() / 255", one) + replaced(
        "self.images[indices].float() / 255", several
    )


_SAMPLE_FORGOTTEN = replaced("return self.images[index].float()", "self.images[index].float()")
_BATCH_FORGOTTEN = replaced("return self.images[indices]", "self.images[indices]")

PICTURE_DATASET = Exercise(
    number="3.2",
    name="picture_dataset",
    solution='''\
class PictureDataset(Dataset):
    """uint8 [N, C, H, W] and int64 [N] -> samples, and whole batches."""

    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index].float() / 255, int(self.labels[index])

    def __getitems__(self, indices):
        return self.images[indices].float() / 255, self.labels[indices]
''',
    cases=_pictures,
    observe=_look,
    mistakes=(
        Mistake(
            "attribute missing",
            replaced("self.images, self.labels =", "images, labels ="),
            "A method looks for an attribute that the object does not have. Which names does "
            "`__init__` keep in the object, and with which word in front?",
        ),
        Mistake(
            "nothing returned",
            (
                _SAMPLE_FORGOTTEN + _BATCH_FORGOTTEN + replaced("return len(", "len("),
                _SAMPLE_FORGOTTEN + _BATCH_FORGOTTEN,
                _BATCH_FORGOTTEN,
            ),
            "At least one method ends without handing back what it computed. Which word is missing "
            "there?",
        ),
        Mistake(
            "no __getitems__",
            without("def __getitems__", "return self.images[indices]"),
            "The class answers for one picture only. Which method takes a list of indices?",
        ),
        Mistake(
            "list of tuples",
            _batch("[self[index] for index in indices]"),
            "The batch comes as a list of (picture, label) pairs. Which indexing takes several "
            "pictures out of one tensor at once?",
        ),
        Mistake(
            "batch left in lists",
            (
                _batch("[self[i][0] for i in indices], [self[i][1] for i in indices]"),
                _batch("[self[i][0] for i in indices], self.labels[indices]"),
            ),
            "Pictures and labels of a batch are separate, but still in lists. What makes one "
            "tensor of each, or never takes them apart?",
        ),
        Mistake(
            "labels left in a list",
            replaced("self.labels[indices]", "self.labels[indices].tolist()"),
            "The labels of a batch are still in a list. What is `labels`, and what does indexing "
            "it with a list give?",
        ),
        Mistake(
            "length off by one",
            replaced("len(self.images)", "len(self.images) - 1"),
            "One picture is never handed out. What does len() of a list count, and from which "
            "number do its indices start?",
        ),
        Mistake(
            "counts from one",
            _chosen("[index - 1 for index in indices]")
            + replaced("(self, index):\n", "(self, index):\n        index = index - 1\n"),
            "That is the neighbour of the picture asked for. Which index does the first picture "
            "have?",
        ),
        Mistake(
            "label before picture",
            _batch("self.labels[indices], self.images[indices].float() / 255")
            + replaced(
                "self.images[index].float() / 255, int(self.labels[index])",
                "int(self.labels[index]), self.images[index].float() / 255",
            ),
            "The pairs are right, but turned round. Which part does the task name first?",
        ),
        Mistake(
            "batch axis left on one picture",
            replaced("self.images[index].float() / 255", "self.images[index][None].float() / 255"),
            "One picture came with four axes, like a batch of one. Which shape does the task ask "
            "for?",
        ),
        Mistake(
            "labels as float",
            replaced("self.labels[indices]", "self.labels[indices].float()"),
            "The labels of a batch are floats now. A class index counts classes: which dtype did "
            "the labels have when they came in?",
        ),
        Mistake(
            "label stays a tensor",
            replaced("int(self.labels[index])", "self.labels[index]"),
            "The label of one picture is still a tensor. How do you get a Python number out of a "
            "tensor with one entry?",
        ),
        Mistake(
            "converts the whole set at each fetch",
            (
                _converted(
                    "(self.images.float() / 255)[index]", "(self.images.float() / 255)[indices]"
                ),
                replaced(
                    "self.images[indices].float() / 255", "(self.images.float() / 255)[indices]"
                ),
            ),
            "The values are right, but a fetch converts every picture of the set. "
            "Which comes first: choosing or converting?",
        ),
        Mistake(
            "converts the whole set at the start",
            replaced("= images, labels", "= images.float() / 255, labels")
            + _converted("self.images[index]", "self.images[indices]"),
            "The values are right, but all pictures are kept as float32. How many times the "
            "memory of uint8 is that?",
        ),
        Mistake(
            "stays in 0 to 255",
            _converted("self.images[index].float()", "self.images[indices].float()"),
            "The pictures are floats, but still between 0 and 255. What brings the largest value "
            "to 1?",
        ),
        Mistake(
            "stays uint8",
            _converted("self.images[index]", "self.images[indices]"),
            "The pictures come out as they were stored. Which dtype and which range are asked for?",
        ),
        Mistake(
            "batch not converted",
            (
                replaced("self.images[indices].float() / 255", "self.images[indices]"),
                replaced("self.images[indices].float() / 255", "self.images[indices].float()"),
            ),
            "One picture comes out as asked, but a batch does not. Which two steps did you "
            "take in `__getitem__`?",
        ),
        Mistake(
            "float64",
            _converted("self.images[index].double() / 255", "self.images[indices].double() / 255"),
            "The values are right, but in float64: NumPy's division gives that. Which dtype is "
            "asked for?",
        ),
        Mistake(
            "ignores the indices",
            _chosen("list(range(len(indices)))"),
            "The batch holds the first pictures of the set, whichever were asked for. What do the "
            "indices say?",
        ),
        Mistake(
            "a slice instead of the indices",
            _chosen("slice(indices[0], indices[-1] + 1)"),
            "You cut out what lies between the first index and the last. Which pictures are asked "
            "for with [2, 0]?",
        ),
    ),
)

# 3.3

Samples = list[tuple[Tensor, int]]


def _unequal_pictures(generator: Generator) -> Iterator[tuple[Samples]]:
    for channels, sizes in (
        (1, ((1, 2), (2, 1))),
        (1, ((2, 3), (4, 1), (3, 5))),
        (3, ((5, 4), (2, 7))),
        (3, ((6, 2), (6, 5), (1, 5), (3, 3))),
        (1, ((1, 2), (3, 4))),  # as many rows missing as columns
        (1, ((2, 3), (2, 5))),
        (1, ((4, 3), (1, 3))),
        (1, ((3, 4), (3, 4))),
        (1, ((7, 5),)),
    ):
        labels = torch.randperm(10, generator=generator)[: len(sizes)].tolist()
        # No zeros among the values, so that padding cannot be mistaken for picture.
        pictures = [
            torch.randint(1, 10, (channels, *size), generator=generator) / 10 for size in sizes
        ]
        yield (list(zip(pictures, labels, strict=True)),)
    turned = torch.rand(1, 5, 3, generator=generator).transpose(1, 2)  # not contiguous
    yield ([(turned, 4), (torch.rand(1, 2, 9, generator=generator), 2)],)


def _padded(widths: str) -> Edit:
    """F.pad is called with these numbers."""
    return replaced("0, width - w, 0, height - h", widths)


def _sized(size: str) -> Edit:
    """Every picture is brought to this height and width."""
    return replaced("sizes.amax(dim=0).tolist()", size)


def _laid_into_zeros(size: str, channels: str) -> Edit:
    """Zeros, with a picture laid into each row; raises where one does not fit."""
    return instead(
        "sizes = torch.tensor([picture.shape[1:] for picture, _ in samples])",
        f"height, width = {size}",
        f"images = torch.zeros(len(samples), {channels}, height, width)",
        "for row, (picture, _) in zip(images, samples):",
        f"    row[:, : picture.shape[1], : picture.shape[2]] = picture[:{channels}]",
        "return images, sizes, torch.tensor([label for _, label in samples])",
    )


def _returning(sizes: str = "sizes", labels: str = "labels") -> Edit:
    return replaced(", sizes, labels", f", {sizes}, {labels}")


_FIRST = "samples[0][0].shape[1:]"
_MOST_PIXELS = "max((picture for picture, _ in samples), key=torch.numel).shape[1:]"
_ALL_CHANNELS = "samples[0][0].shape[0]"

PAD_COLLATE = Exercise(
    number="3.3",
    name="pad_collate",
    solution='''\
def pad_collate(samples):
    """List of ([C, h, w], int) -> images [B, C, H, W], sizes [B, 2], labels [B]."""
    sizes = torch.tensor([picture.shape[1:] for picture, _ in samples])
    height, width = sizes.amax(dim=0).tolist()
    images = []
    for picture, _ in samples:
        _, h, w = picture.shape
        images.append(F.pad(picture, (0, width - w, 0, height - h)))
    labels = torch.tensor([label for _, label in samples])
    return torch.stack(images), sizes, labels
''',
    cases=_unequal_pictures,
    mistakes=(
        Mistake(
            "not padded",
            replaced("F.pad(picture, (0, width - w, 0, height - h))", "picture"),
            "Pictures of different sizes do not stack. What has to happen to the smaller ones "
            "first?",
        ),
        Mistake(
            "height and width swapped",
            _padded("0, height - h, 0, width - w"),
            "The missing rows were added as columns. With which axis does F.pad's tuple begin?",
        ),
        Mistake(
            "only one axis padded",
            (_padded("0, width - w, 0, 0"), _padded("0, 0, 0, height - h")),
            "The pictures agree in height or in width now, but not in both. Which places of "
            "F.pad's tuple belong to which axis?",
        ),
        Mistake(
            "padded by the largest size",
            _padded("0, width, 0, height"),
            "Each picture grew by the largest height and width. How many rows and columns does it "
            "lack?",
        ),
        Mistake(
            "two numbers for F.pad",
            _padded("width - w, height - h"),
            "F.pad read your two numbers as left and right of the last axis. How many does it "
            "want for two axes?",
        ),
        Mistake(
            "pads the wrong side",
            (
                _padded("width - w, 0, height - h, 0"),
                _padded("width - w, 0, 0, height - h"),
                _padded("0, width - w, height - h, 0"),
            ),
            "The zeros stand above the picture or to the left of it. Which places of F.pad's "
            "tuple are the far sides?",
        ),
        Mistake(
            "pads both sides",
            _padded(
                "(width - w) // 2, (width - w + 1) // 2, (height - h) // 2, (height - h + 1) // 2"
            ),
            "The picture stands in the middle of its padding. Where should its first pixel be?",
        ),
        Mistake(
            "padded to a square",
            _sized("[int(sizes.max())] * 2"),
            "H and W became the same number. Does the task ask for one largest side, or for a "
            "largest height and a largest width?",
        ),
        Mistake(
            "size of the first picture",
            (_sized(_FIRST), _laid_into_zeros(_FIRST, _ALL_CHANNELS)),
            "The first picture gave its size to all. What happens to one that is higher or wider?",
        ),
        Mistake(
            "size of the picture with most pixels",
            (_sized(_MOST_PIXELS), _laid_into_zeros(_MOST_PIXELS, _ALL_CHANNELS)),
            "The picture with the most pixels gave its size to all. Is it the highest and the "
            "widest, too?",
        ),
        Mistake(
            "one channel fixed",
            _laid_into_zeros("sizes.amax(dim=0).tolist()", "1"),
            "Colour pictures came out with a single channel. Where does a picture say how many it "
            "has?",
        ),
        Mistake(
            "cut to the smallest",
            replaced("amax", "amin"),
            "The larger pictures were cut to fit the smallest, so pixels are gone. How can all "
            "fit without losing any?",
        ),
        Mistake(
            "stretches",
            replaced(
                "F.pad(picture, (0, width - w, 0, height - h))",
                "F.interpolate(picture[None], size=(height, width))[0]",
            ),
            "The pictures were stretched to one size, so their own pixels are gone. How can a "
            "picture grow and keep every pixel it had?",
        ),
        Mistake(
            "pads with ones",
            replaced("height - h))", "height - h), value=1.0)"),
            "The padding is white, not black. Which value is asked for?",
        ),
        Mistake(
            "pictures left in a list",
            replaced("torch.stack(images)", "images"),
            "The pictures have one size now, but they are still in a list. What makes one batch "
            "of them?",
        ),
        Mistake(
            "cat instead of stack",
            replaced("torch.stack", "torch.cat"),
            "The pictures were laid end to end along the channels, and no axis was added. Which "
            "operation makes a new axis?",
        ),
        Mistake(
            "loses the sizes",
            replaced(", sizes, labels", ", labels"),
            "After padding, nobody can tell how large each picture was. What has to be returned "
            "besides pictures and labels?",
        ),
        Mistake(
            "loses the labels",
            replaced(", sizes, labels", ", sizes"),
            "Pictures and sizes came back. What else does every sample hold?",
        ),
        Mistake(
            "sizes after padding",
            _returning(sizes="torch.tensor([[height, width]] * len(samples))"),
            "These are the sizes after padding, the same for all. When do you have to read the "
            "size of a picture?",
        ),
        Mistake(
            "sizes as width and height",
            _returning(sizes="sizes.flip(1)"),
            "Width and height are swapped in the sizes. In which order does a picture's shape "
            "name them?",
        ),
        Mistake(
            "sizes with channels",
            _returning(sizes="torch.tensor([picture.shape for picture, _ in samples])"),
            "Each size holds three numbers. Which of them is neither a height nor a width?",
        ),
        Mistake(
            "mixes labels",
            without("labels = torch")
            + replaced(
                "    sizes = torch",
                "    labels = torch.tensor([label for _, label in samples])\n"
                "    samples = sorted(samples, key=lambda sample: -sample[0].numel())\n"
                "    sizes = torch",
            ),
            "The pictures come in another order than their labels. What has to be moved along "
            "when pictures are sorted?",
        ),
        Mistake(
            "order of the three",
            replaced(", sizes, labels", ", labels, sizes"),
            "The three parts are right, in another order. In which order does the task name them?",
        ),
        Mistake(
            "labels as float",
            _returning(labels="labels.float()"),
            "The labels are floats. Which dtype does a class index have?",
        ),
        Mistake(
            "sizes as float",
            _returning(sizes="sizes.float()"),
            "The sizes are floats, but they count pixels. Which dtype is asked for?",
        ),
        Mistake(
            "sizes and labels as float",
            _returning(sizes="sizes.float()", labels="labels.float()"),
            "Sizes and labels are floats: `torch.zeros` makes those unless told otherwise. Which "
            "dtype is asked for?",
        ),
        Mistake(
            "left in a list",
            (
                _returning(sizes="sizes.tolist()"),
                _returning(labels="labels.tolist()"),
                _returning(sizes="sizes.tolist()", labels="labels.tolist()"),
            ),
            "Sizes or labels are still a Python list. What makes a tensor of a list of numbers?",
        ),
    ),
)

# 3.4

# A right loader repeats an order of seven samples by chance once in 5,040 epochs; four epochs alike
# by chance are once in 10**11.
_EPOCHS = 4


def _lists(generator: Generator) -> Iterator[tuple[list[int], int, int]]:
    for samples, batch_size in ((7, 2), (12, 4), (50, 16), (7, 1), (8, 8)):
        seed = int(torch.randint(0, 1_000, (1,), generator=generator))
        yield list(range(10, 10 + samples)), batch_size, seed


def _set_global_seeds(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _global_states() -> tuple[Any, ...]:
    numpy_state: Any = np.random.get_state()
    return random.getstate(), numpy_state[1].tobytes(), torch.get_rng_state().numpy().tobytes()


def _states_after(answer: Any, arguments: tuple[Any, ...], before: int) -> tuple[Any, ...]:
    _set_global_seeds(before)
    answer(*arguments)
    return _global_states()


def _epochs(loader: Any) -> list[list[list[int]]]:
    return [[batch.tolist() for batch in loader] for _ in range(_EPOCHS)]


def _watch_loader(answer: Any, dataset: list[int], batch_size: int, seed: int) -> str:
    """What is wrong with the loader, in words; the order itself may be any."""
    arguments = (dataset, batch_size, seed)
    # An answer that seeds a global generator ends in one state wherever it started.
    states = [_states_after(answer, arguments, before) for before in (101, 202)]
    seeded = any(one == other for one, other in zip(*states, strict=True))
    # Both are made before either is used, as the loaders of a training and a test set are.
    loader, again = answer(*arguments), answer(*arguments)
    if not isinstance(loader, DataLoader):
        return f"a {type(loader).__name__} came back, not a DataLoader"
    epochs = _epochs(loader)
    orders = [[sample for batch in epoch for sample in batch] for epoch in epochs]
    sizes = [len(batch) for batch in epochs[0]]
    problems = []
    if sizes != [len(dataset[i : i + batch_size]) for i in range(0, len(dataset), batch_size)]:
        problems.append(f"batches of {sizes[:4]}")
    elif any(sorted(order) != dataset for order in orders):
        problems.append("some samples are missing or come twice")
    if all(order == sorted(order) for order in orders):
        problems.append("the order is not shuffled")
    else:
        if all(order == orders[0] for order in orders):
            problems.append("every epoch has the same order")
        if _epochs(again) != epochs:
            alone = [_epochs(answer(*arguments)) for _ in range(2)]
            disturbed = "disturb each other" if alone[0] == alone[1] else "differ"
            problems.append(f"two loaders with this seed {disturbed}")
        if _epochs(answer(dataset, batch_size, seed + 1)) == epochs:
            problems.append(f"seed {seed + 1} gives the same order")
    if seeded:
        problems.append("a global generator was seeded")
    return "; ".join(problems) or "as asked"


_NO_GENERATOR = without("generator = torch") + replaced(", generator=generator", "")

SHUFFLED_LOADER = Exercise(
    number="3.4",
    name="shuffled_loader",
    solution='''\
def shuffled_loader(dataset, batch_size, seed):
    """A data set and two ints -> DataLoader with an order of its own."""
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=generator)
''',
    cases=_lists,
    observe=_watch_loader,
    mistakes=(
        Mistake(
            "seeds the global generator",
            _NO_GENERATOR + replaced("    return", "    torch.manual_seed(seed)\n    return"),
            "Everyone who draws random numbers in this process shares the seed you set, and moves "
            "your order on. Which argument of DataLoader gives it random numbers of its own?",
        ),
        Mistake(
            "seeds Python or NumPy",
            _NO_GENERATOR
            + replaced(
                "    return",
                "    import random\n    random.seed(seed)\n    np.random.seed(seed)\n    return",
            ),
            "You seeded a global generator that DataLoader does not even use. Where do the random "
            "numbers of its shuffling come from?",
        ),
        Mistake(
            "one generator for all loaders",
            # Like one that was made once in the notebook, and is seeded anew for each loader.
            replaced("def ", "shared = torch.Generator()\n\n\ndef ")
            + replaced("torch.Generator().manual_seed", "shared.manual_seed"),
            "All your loaders share one generator, so using one moves the order of the others on. "
            "When should a generator be made, and for whom?",
        ),
        Mistake(
            "same order every epoch",
            replaced(
                "shuffle=True, generator=generator",
                "sampler=torch.randperm(len(dataset), generator=generator).tolist()",
            ),
            "The order was drawn once, when the loader was made. Who should draw it, and when, to "
            "make each epoch different?",
        ),
        Mistake(
            "no seed",
            _NO_GENERATOR,
            "Nothing depends on the seed: two loaders made alike go their own ways. Where do the "
            "random numbers of the shuffling come from?",
        ),
        Mistake(
            "seed ignored",
            replaced("manual_seed(seed)", "manual_seed(0)"),
            "Two different seeds give one and the same order. Where does the argument seed go in?",
        ),
        Mistake(
            "not a generator",
            replaced("generator=generator", "generator=seed"),
            "What you passed as `generator` cannot draw random numbers. What did this notebook "
            "make of a seed before passing it on?",
        ),
        Mistake(
            "not shuffled",
            replaced("shuffle=True, ", ""),
            "Every epoch has the order in which the samples are stored; a generator alone shuffles "
            "nothing. Which argument asks for a random order?",
        ),
        Mistake(
            "sampler and shuffle",
            replaced(
                "shuffle=True", "shuffle=True, sampler=torch.utils.data.RandomSampler(dataset)"
            ),
            "A sampler sets the order, and so does `shuffle`: a DataLoader takes one of the two. "
            "Which one do you want to keep?",
        ),
        Mistake(
            "drawn with replacement",
            replaced(
                "shuffle=True, generator=generator",
                "sampler=torch.utils.data.RandomSampler(dataset, True, generator=generator)",
            ),
            "In one epoch some samples come twice and others never. Does your order put a number "
            "back after drawing it?",
        ),
        Mistake(
            "drops the last batch",
            replaced("shuffle=True", "shuffle=True, drop_last=True"),
            "The short last batch is missing. Did the task ask for that?",
        ),
        Mistake(
            "batch size ignored",
            replaced(" batch_size=batch_size,", ""),
            "The batches hold one sample each. Which batch size does a DataLoader take when you "
            "name none?",
        ),
        Mistake(
            "list of batches",
            replaced("return DataLoader(", "return list(DataLoader(")
            + replaced("=generator)", "=generator))"),
            "You went through one epoch and kept its batches in a list, so every later epoch is "
            "the same. Which object makes a new epoch each time?",
        ),
    ),
)
