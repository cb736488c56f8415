"""The data sets of the course: a bundled part of each, and the full ones."""

from __future__ import annotations

import io
import os

import numpy as np
import torch

from course_utils.datasets.bundled import read_bundled
from course_utils.datasets.full import load_full
from course_utils.datasets.image_dataset import ImageDataset

FASHION_MNIST_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
MNIST_CLASSES = tuple("0123456789")
CIFAR10_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

Folder = str | os.PathLike[str] | None


def load_fashion_mnist(train: bool = True, full: bool = False, root: Folder = None) -> ImageDataset:
    """Fashion-MNIST, ten kinds of clothes: images uint8 `[N, 1, 28, 28]`, labels int64 `[N]`.

    full=False is the bundled part, which needs no network: 10,000 training images (1,000 a class)
    or 2,000 test images (200 a class). full=True is all 60,000 or 10,000, downloaded once through
    torchvision into `root` (see `data_folder`).

    Raises RuntimeError where a file is damaged or missing and tells how to get it back.
    Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST", 2017.
    """
    if full:
        return load_full("FashionMNIST", train, root, FASHION_MNIST_CLASSES)
    return _load_bundled("fashion_mnist", train, FASHION_MNIST_CLASSES)


def load_mnist(train: bool = True, full: bool = False, root: Folder = None) -> ImageDataset:
    """MNIST, handwritten digits: images uint8 `[N, 1, 28, 28]`, labels int64 `[N]`.

    full=False is the bundled part, which needs no network: 8,000 digits to train on and 2,000 (200
    a class) to test on, all drawn from MNIST's training set. full=True is all 60,000 or 10,000,
    downloaded once through torchvision into `root` (see `data_folder`).

    Raises RuntimeError where a file is damaged or missing and tells how to get it back.
    Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
    recognition", 1998.
    """
    if full:
        return load_full("MNIST", train, root, MNIST_CLASSES)
    return _load_bundled("mnist", train, MNIST_CLASSES)


def load_cifar10(train: bool = True, root: Folder = None) -> ImageDataset:
    """CIFAR-10, small colour photographs: images uint8 `[N, 3, 32, 32]`, labels int64 `[N]`.

    All 50,000 training or 10,000 test images, downloaded once through torchvision into `root` (see
    `data_folder`); none of it is bundled.

    Raises RuntimeError where a file is damaged or cannot be downloaded and tells what to do.
    Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """
    return load_full("CIFAR10", train, root, CIFAR10_CLASSES)


def _load_bundled(name: str, train: bool, classes: tuple[str, ...]) -> ImageDataset:
    content = read_bundled(f"{name}_{'train' if train else 'test'}.npz")
    # No pickles: a data file must not be able to run code.
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    return ImageDataset(torch.from_numpy(images), torch.from_numpy(labels), classes)
