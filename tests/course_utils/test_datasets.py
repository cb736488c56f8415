"""ImageDataset, and the bundled sets as ImageDatasets."""

import pickle
import re
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.data import Subset, random_split
from torchvision.transforms import functional as transforms

from course_utils.datasets import ImageDataset, load_fashion_mnist, load_mnist

NAMES = ("a", "b", "c")


def small(count: int = 6) -> ImageDataset:
    """`count` images [2, 3, 4] in which every pixel differs from its neighbours."""
    images = (torch.arange(count * 24) * 7 % 256).to(torch.uint8).view(count, 2, 3, 4)
    return ImageDataset(images, torch.arange(count) % 3, NAMES)


@pytest.mark.parametrize(
    ("load", "train", "count"),
    [
        (load_fashion_mnist, True, 10_000),
        (load_fashion_mnist, False, 2_000),
        (load_mnist, True, 8_000),
        (load_mnist, False, 2_000),
    ],
)
def test_bundled_sets_keep_the_contract(load: Any, train: bool, count: int) -> None:
    dataset = load(train=train)
    assert isinstance(dataset, ImageDataset)
    assert len(dataset) == count
    assert dataset.images.shape == (count, 1, 28, 28)
    assert dataset.images.dtype == torch.uint8
    assert (int(dataset.images.min()), int(dataset.images.max())) == (0, 255)
    assert dataset.labels.shape == (count,)
    assert dataset.labels.dtype == torch.int64
    assert len(dataset.classes) == 10
    image, label = dataset[0]
    assert image.shape == (1, 28, 28)
    assert image.dtype == torch.float32
    assert type(label) is int
    images, labels = dataset.__getitems__(list(range(count)))
    assert (float(images.min()), float(images.max())) == (0, 1)
    assert torch.equal(labels, dataset.labels)


def test_the_first_ten_images_show_several_classes() -> None:
    for load in (load_fashion_mnist, load_mnist):
        for train in (True, False):
            assert len(set(load(train=train).labels[:10].tolist())) >= 5


def test_the_classes_are_in_the_order_of_torchvision() -> None:
    from torchvision.datasets import FashionMNIST

    assert load_fashion_mnist().classes == tuple(FashionMNIST.classes)
    assert load_mnist().classes == tuple("0123456789")


def test_each_load_is_a_copy_of_its_own() -> None:
    first = load_mnist(train=False)
    first.images.zero_()
    assert load_mnist(train=False).images.any()


def test_an_item_is_what_torchvision_makes_of_the_same_picture() -> None:
    # All 256 byte values, compared exactly: both divide by 255 in float32.
    values = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    dataset = ImageDataset(values, torch.tensor([2]), NAMES)
    expected = transforms.to_tensor(transforms.to_pil_image(values[0]))
    image, label = dataset[0]
    assert torch.equal(image, expected)
    assert label == 2
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
        torch.tensor([4, 1]),
        torch.tensor([1, -2], dtype=torch.int32),
        [torch.tensor(3), torch.tensor(1)],
    ],
    ids=str,
)
def test_a_batched_fetch_equals_the_stacked_items(indices: Any) -> None:
    dataset = small()
    images, labels = dataset.__getitems__(indices)
    items = [dataset[int(i)] for i in indices]
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64
    assert images.shape == (len(items), 2, 3, 4)
    assert labels.tolist() == [label for _, label in items]
    assert all(torch.equal(image, item) for image, (item, _) in zip(images, items, strict=True))


def test_indices_work_as_in_a_list() -> None:
    dataset = small(6)
    assert torch.equal(dataset[-1][0], dataset[5][0])
    assert torch.equal(dataset[-6][0], dataset[0][0])
    assert dataset[np.int64(4)][1] == dataset[torch.tensor(4)][1] == dataset[4][1]
    for index in (6, -7):
        with pytest.raises(IndexError, match=f"expected -6 to 5 for 6 images, got {index}"):
            dataset[index]
        with pytest.raises(IndexError, match=f"expected -6 to 5 for 6 images, got {index}"):
            dataset.__getitems__([0, index])
    # A for loop ends at the IndexError.
    assert [label for _, label in dataset] == [0, 1, 2, 0, 1, 2]  # type: ignore[attr-defined]


@pytest.mark.parametrize("index", [slice(0, 3), [0, 1], 1.0, "1", None, torch.tensor([0, 1])])
def test_other_indices_are_refused_with_what_to_do(index: Any) -> None:
    with pytest.raises(TypeError, match=r"^index: expected an int, got .*dataset\.images\["):
        small()[index]


@pytest.mark.parametrize(
    "indices", [[0.0, 1.0], torch.tensor([0.5]), torch.tensor([True, False]), [True, False]]
)
def test_a_batched_fetch_refuses_what_are_no_indices(indices: Any) -> None:
    with pytest.raises(TypeError, match="indices: expected integers, got torch"):
        small().__getitems__(indices)


def test_changing_what_came_out_leaves_the_data_set_as_it_was() -> None:
    dataset = small()
    before = dataset.images.clone(), dataset.labels.clone()
    dataset[0][0].fill_(9)
    images, labels = dataset.__getitems__([0, 1, 2, 3, 4, 5])
    images.fill_(9)
    labels.fill_(9)
    assert torch.equal(dataset.images, before[0])
    assert torch.equal(dataset.labels, before[1])


def test_images_are_float32_whatever_the_default_dtype_is() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        assert small()[0][0].dtype == torch.float32
        assert small().__getitems__([0])[0].dtype == torch.float32
    finally:
        torch.set_default_dtype(torch.float32)


def test_subsets_fetch_batches_too() -> None:
    dataset = small()
    subset: Any = Subset(dataset, [4, 2, 0])
    images, labels = subset.__getitems__([2, 0])
    expected = dataset.__getitems__([0, 4])
    assert torch.equal(images, expected[0])
    assert torch.equal(labels, expected[1])

    parts: list[Any] = random_split(dataset, [4, 2], torch.Generator().manual_seed(0))
    fetched = [part.__getitems__(list(range(len(part))))[0] for part in parts]
    pixels = {tuple(image.flatten().tolist()) for image in torch.cat(fetched)}
    assert len(pixels) == 6


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
    ("images", "labels", "classes", "error", "message"),
    [
        (IMAGES.numpy(), LABELS, NAMES, TypeError, "images: expected a tensor, got ndarray"),
        (IMAGES / 255, LABELS, NAMES, TypeError, "images: expected dtype torch.uint8, got"),
        (IMAGES[:, 0], LABELS, NAMES, ValueError, "images: expected shape [N, C, H, W], got"),
        (IMAGES[:, 0], LABELS, NAMES, ValueError, "add the channel axis with .unsqueeze(1)"),
        (IMAGES, [0] * 5, NAMES, TypeError, "labels: expected a tensor, got list"),
        (IMAGES, LABELS.int(), NAMES, TypeError, "labels: expected dtype torch.int64, got"),
        (IMAGES, LABELS[:4], NAMES, ValueError, "labels: expected shape [5], one for each"),
        (IMAGES, LABELS[:, None], NAMES, ValueError, "image, got [5, 1]"),
        (IMAGES, LABELS + 1, NAMES, ValueError, "labels: expected values from 0 to 2"),
        (IMAGES, LABELS - 1, NAMES, ValueError, "got -1 to 1"),
        (IMAGES, LABELS, "abc", TypeError, "classes: expected a sequence of names, got 'abc'"),
        (IMAGES, LABELS, range(3), TypeError, "classes: expected a sequence of names"),
        (IMAGES.to("meta"), LABELS, NAMES, ValueError, "images: expected a tensor on the cpu"),
    ],
)
def test_the_constructor_refuses_what_does_not_fit(
    images: Any, labels: Any, classes: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        ImageDataset(images, labels, classes)


def test_an_empty_data_set_is_a_data_set() -> None:
    empty: Tensor = IMAGES[:0]
    assert len(ImageDataset(empty, LABELS[:0], NAMES)) == 0
