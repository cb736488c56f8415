"""The data sets, their loaders, and the environment: device and seed."""

from __future__ import annotations

import math
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor
from torch.utils.data import default_collate

from course_utils import datasets, devices as environment
from tests.course_utils.robust.case import Arguments, Case
from tests.course_utils.robust.values import (
    ANYTHING,
    CLASSES,
    PATHS,
    SIZES,
    WHOLE,
    WHOLE_NUMBERS,
    tensors,
)


def _pictures(count: int, classes: int = CLASSES) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(count)
    images = torch.randint(256, (count, 1, 2, 2), dtype=torch.uint8, generator=generator)
    return images, torch.arange(count) % classes


def _dataset(count: int) -> datasets.ImageDataset:
    return datasets.ImageDataset(*_pictures(count), ["a", "b", "c"])


@st.composite
def _dataset_arguments(draw: Any) -> Arguments:
    images, labels = _pictures(draw(st.integers(0, 4)))
    return {"images": images, "labels": labels, "classes": ["a", "b", "c"]}


def _is_dataset(arguments: Arguments, answer: Any) -> bool:
    return (
        answer.images is arguments["images"]
        and answer.labels is arguments["labels"]
        and answer.classes == tuple(arguments["classes"])
        and all(0 <= label < len(answer.classes) for label in answer.labels.tolist())
    )


FOUR = _dataset(4)


def _one(index: Any) -> Any:
    return FOUR[index]


def _is_one(arguments: Arguments, answer: Any) -> bool:
    image, label = answer
    place = int(arguments["index"])
    return torch.equal(image, FOUR.images[place].float() / 255) and label == FOUR.labels[place]


def _some(indices: Any) -> Any:
    return FOUR.__getitems__(indices)


def _are_some(arguments: Arguments, answer: Any) -> bool:
    places = [int(place) for place in arguments["indices"]]
    images, labels = answer
    return torch.equal(images, FOUR.images[places].float() / 255) and torch.equal(
        labels, FOUR.labels[places]
    )


def _loaded(arguments: Arguments, answer: Any) -> bool:
    dataset = arguments["dataset"]
    if not isinstance(dataset, datasets.ImageDataset) or arguments["num_workers"]:
        return bool(answer.batch_size == arguments["batch_size"])  # no processes are started here
    size = arguments["batch_size"]
    whole = len(dataset) // size if arguments["drop_last"] else math.ceil(len(dataset) / size)
    labels = [label for _, batch in answer for label in batch.tolist()]
    there = sorted(labels) == sorted(dataset.labels.tolist()) or arguments["drop_last"]
    return len(answer) == whole and there


def _collated(arguments: Arguments, answer: Any) -> bool:
    batch = arguments["batch"]
    if not isinstance(batch, list):
        return answer is batch
    expected = default_collate(batch)
    return type(answer) is type(expected) and repr(answer) == repr(expected)


def _folder(arguments: Arguments, answer: Any) -> bool:
    root = arguments["root"]
    return isinstance(answer, Path) and (not root or answer == Path(root))


def _load(load: Callable[..., Any]) -> Callable[..., Any]:
    def loaded(**arguments: Any) -> Any:
        # Nothing is downloaded, and nothing read that this user has downloaded before: what is not
        # bundled is refused with the reason.
        with tempfile.TemporaryDirectory() as empty:
            places = {"COURSE_OFFLINE": "1", "COURSE_DATA": empty}
            with mock.patch.dict(os.environ, places):
                return load(**arguments)

    return loaded


def _bundled(arguments: Arguments, answer: Any) -> bool:
    return arguments["full"] is False and len(answer) in (
        (8_000, 10_000) if arguments["train"] else (2_000,)
    )


def _device(wish: Any) -> Any:
    with mock.patch.dict(os.environ, {"COURSE_DEVICE": wish}):
        return environment.pick_device()


def _seeded(arguments: Arguments, answer: Any) -> bool:
    drawn = (random.random(), float(np.random.rand()), float(torch.rand(())))
    environment.set_seed(arguments["seed"])
    return drawn == (random.random(), float(np.random.rand()), float(torch.rand(())))


WISHES = st.one_of(
    st.sampled_from(["cpu", "cuda", "mps", "cpu:0", "cpu:x", "cuda:9", "meta", "cpu:-1", "", ":"]),
    st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=6),
)

CASES = [
    Case("datasets.ImageDataset", datasets.ImageDataset, _dataset_arguments(), _is_dataset),
    Case(
        "datasets.ImageDataset.__getitem__",
        _one,
        st.fixed_dictionaries({"index": st.integers(-4, 3)}),
        _is_one,
    ),
    Case(
        "datasets.ImageDataset.__getitems__",
        _some,
        st.fixed_dictionaries({"indices": st.lists(st.integers(-4, 3), max_size=5)}),
        _are_some,
        replaced={
            "indices": st.lists(WHOLE_NUMBERS | ANYTHING, max_size=3) | tensors(dtypes=WHOLE)
        },
    ),
    Case(
        "datasets.make_loader",
        datasets.make_loader,
        st.fixed_dictionaries(
            {
                "dataset": st.builds(_dataset, st.integers(0, 5)),
                "batch_size": SIZES,
                "shuffle": st.booleans(),
                "drop_last": st.booleans(),
                "seed": st.none() | st.integers(0, 9),
                "num_workers": st.just(0),
            }
        ),
        _loaded,
        replaced={"batch_size": WHOLE_NUMBERS, "seed": WHOLE_NUMBERS, "num_workers": WHOLE_NUMBERS},
    ),
    Case(
        "datasets.collate_if_needed",
        datasets.collate_if_needed,
        st.fixed_dictionaries(
            {"batch": st.lists(st.tuples(st.just(torch.ones(2)), st.integers(0, 9)), min_size=1)}
        ),
        _collated,
        replaced={"batch": st.lists(ANYTHING, max_size=3)},
    ),
    Case(
        "datasets.data_folder",
        datasets.data_folder,
        st.fixed_dictionaries({"root": st.sampled_from(["a", Path("a/b"), None])}),
        _folder,
        replaced={"root": PATHS},
    ),
    *(
        Case(
            f"datasets.{load.__name__}",
            _load(load),
            st.fixed_dictionaries({"train": st.booleans(), **more, "root": st.none() | PATHS}),
            _bundled,
            names=("train", "full", "root", *titles),
        )
        for load, more, titles in (
            (datasets.load_mnist, {"full": st.booleans()}, ("MNIST",)),
            (datasets.load_fashion_mnist, {"full": st.booleans()}, ("Fashion-MNIST",)),
            (datasets.load_cifar10, {}, ("CIFAR-10",)),
        )
    ),
    Case(
        "environment.pick_device",
        _device,
        st.fixed_dictionaries({"wish": WISHES}),
        lambda arguments, answer: answer.type in ("cpu", "cuda", "mps"),
        names=("COURSE_DEVICE",),
        replaced={"wish": WISHES},
        starred=("wish",),
    ),
    Case(
        "environment.set_seed",
        environment.set_seed,
        st.fixed_dictionaries({"seed": st.integers(0, 2**32 - 1)}),
        _seeded,
        replaced={"seed": WHOLE_NUMBERS},
    ),
]
