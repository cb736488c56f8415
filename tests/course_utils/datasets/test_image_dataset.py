"""ImageDataset: what goes in, what comes out, one by one and a batch at a time."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import Subset, random_split
from torchvision.transforms import functional as transforms

from course_utils.datasets import ImageDataset, load_mnist
from tests.course_utils.built import built_in

NAMES = ("a", "b", "c")


def small(count: int = 6) -> ImageDataset:
    """`count` images [2, 3, 4] in which every pixel differs from its neighbours."""
    images = (torch.arange(count * 24) * 7 % 256).to(torch.uint8).view(count, 2, 3, 4)
    return ImageDataset(images, torch.arange(count) % 3, NAMES)


def test_an_item_is_what_torchvision_makes_of_the_same_picture() -> None:
    # All 256 byte values, compared exactly: both divide by 255 in float32.
    values = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    dataset = ImageDataset(values, torch.tensor([2]), NAMES)
    expected = transforms.to_tensor(transforms.to_pil_image(values[0]))
    image, label = dataset[0]
    assert torch.equal(image, expected)
    assert label == 2 and type(label) is int
    assert torch.equal(dataset.__getitems__([0])[0][0], expected)


@pytest.mark.parametrize(
    "indices",
    [
        [0],
        [5, 0, 3],
        [2, 2, 2],
        [-1, 0, -6],
        [],
        range(1, 4),
        np.array([1, 4]),
        torch.tensor([1, -2], dtype=torch.int32),
        [torch.tensor(3), torch.tensor(1)],
    ],
    ids=str,
)
def test_a_batched_fetch_equals_the_stacked_items(indices: Any) -> None:
    dataset = small()
    images, labels = dataset.__getitems__(indices)
    items = [dataset[int(i)] for i in indices]
    assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)
    assert images.shape == (len(items), 2, 3, 4)
    assert labels.tolist() == [label for _, label in items]
    assert all(torch.equal(image, item) for image, (item, _) in zip(images, items, strict=True))


def test_indices_work_as_in_a_list() -> None:
    dataset = small(6)
    assert torch.equal(dataset[-1][0], dataset[5][0])
    for index in (6, -7):
        with pytest.raises(IndexError):
            dataset[index]
        with pytest.raises(IndexError):
            dataset.__getitems__([0, index])
    # A for loop ends at the IndexError.
    assert [label for _, label in dataset] == [0, 1, 2, 0, 1, 2]  # type: ignore[attr-defined]


def test_a_slice_is_refused_with_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"index: expected an int, got a slice: .*dataset\.images"):
        small()[:3]


def test_changing_what_came_out_leaves_the_data_set_as_it_was() -> None:
    dataset = small()
    before = dataset.images.clone(), dataset.labels.clone()
    dataset[0][0].fill_(9)
    images, labels = dataset.__getitems__([0, 1, 2, 3, 4, 5])
    images.fill_(9)
    labels.fill_(9)
    assert torch.equal(dataset.images, before[0])
    assert torch.equal(dataset.labels, before[1])


def test_subsets_fetch_batches_too() -> None:
    dataset = small()
    subset: Any = Subset(dataset, [4, 2, 0])
    images, labels = subset.__getitems__([2, 0])
    expected = dataset.__getitems__([0, 4])
    assert torch.equal(images, expected[0]) and torch.equal(labels, expected[1])
    parts: list[Any] = random_split(dataset, [4, 2], torch.Generator().manual_seed(0))
    fetched = torch.cat([part.__getitems__(list(range(len(part))))[0] for part in parts])
    assert len({tuple(image.flatten().tolist()) for image in fetched}) == 6


def test_pickling_keeps_everything() -> None:
    dataset = small()
    again = pickle.loads(pickle.dumps(dataset))  # noqa: S301 - our own bytes
    assert torch.equal(again.images, dataset.images)
    assert torch.equal(again.labels, dataset.labels)
    assert again.classes == NAMES


def test_it_says_what_it_is() -> None:
    assert repr(load_mnist(train=False)) == "ImageDataset(2,000 images [1, 28, 28], 10 classes)"


IMAGES = torch.zeros(5, 1, 4, 4, dtype=torch.uint8)
LABELS = torch.tensor([0, 1, 2, 1, 0])


@pytest.mark.parametrize(
    ("images", "labels", "error", "message"),
    [
        (IMAGES / 255, LABELS, TypeError, "images: expected dtype torch.uint8, got"),
        (IMAGES[:, 0], LABELS, ValueError, "images: expected shape [N, C, H, W], got [5, 4, 4]:"),
        (IMAGES[:, 0], LABELS, ValueError, "add the channel axis with .unsqueeze(1)"),
        (IMAGES, LABELS.float(), TypeError, "labels: expected class indices (integers), got"),
        (IMAGES, LABELS[:4], ValueError, "labels: expected shape [5], got [4]"),
        (IMAGES, LABELS[:, None], ValueError, "got [5, 1]: drop the last axis with .squeeze(1)"),
        (IMAGES, LABELS + 1, ValueError, "labels: expected 0 to 2, got 1 to 3"),
    ],
)
def test_the_constructor_refuses_what_does_not_fit(
    images: Any, labels: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        ImageDataset(images, labels, NAMES)


def test_labels_of_any_integer_type_become_int64() -> None:
    assert ImageDataset(IMAGES, LABELS.to(torch.uint8), NAMES).labels.dtype == torch.int64


def test_this_is_the_data_set_that_notebook_03_builds() -> None:
    ours = small()
    theirs = built_in("03", "PictureDataset")(ours.images, ours.labels)
    assert len(ours) == len(theirs)
    assert torch.equal(ours[4][0], theirs[4][0]) and ours[4][1] == theirs[4][1]
    for one, other in zip(ours.__getitems__([4, 1]), theirs.__getitems__([4, 1]), strict=True):
        assert torch.equal(one, other)
