"""The data sets of the course: a bundled part of each, and the full ones."""

import io
import os
import zipfile
import zlib

import numpy as np
import torch

from course_utils.arguments import check_bool
from course_utils.datasets.bundled import damaged, read_bundled
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

# What numpy, zipfile and ImageDataset raise for content that is no such archive.
_UNREADABLE = (
    EOFError,
    KeyError,
    OSError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)

Folder = str | os.PathLike[str] | None


def load_fashion_mnist(train: bool = True, full: bool = False, root: Folder = None) -> ImageDataset:
    """Fashion-MNIST, ten kinds of clothes: images uint8 `[N, 1, 28, 28]`, labels int64 `[N]`.

    full=False is the bundled part, which needs no network: 10,000 training images (1,000 a class)
    or 2,000 test images (200 a class). full=True is all 60,000 or 10,000, downloaded once through
    torchvision into `root` (see `data_folder`).

    Raises RuntimeError where a file is damaged or missing and tells how to get it back, TypeError
    for a train or full that is neither True nor False, and what `data_folder` raises.
    Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST", 2017.
    """
    _check_choice(train, full)
    if full:
        return load_full("FashionMNIST", train, root, FASHION_MNIST_CLASSES)
    return _load_bundled("fashion_mnist", train, FASHION_MNIST_CLASSES)


def load_mnist(train: bool = True, full: bool = False, root: Folder = None) -> ImageDataset:
    """MNIST, handwritten digits: images uint8 `[N, 1, 28, 28]`, labels int64 `[N]`.

    full=False is the bundled part, which needs no network: 8,000 digits to train on and 2,000 (200
    a class) to test on, all drawn from MNIST's training set. full=True is all 60,000 or 10,000,
    downloaded once through torchvision into `root` (see `data_folder`).

    Raises RuntimeError where a file is damaged or missing and tells how to get it back, TypeError
    for a train or full that is neither True nor False, and what `data_folder` raises.
    Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
    recognition", 1998.
    """
    _check_choice(train, full)
    if full:
        return load_full("MNIST", train, root, MNIST_CLASSES)
    return _load_bundled("mnist", train, MNIST_CLASSES)


def load_cifar10(train: bool = True, root: Folder = None) -> ImageDataset:
    """CIFAR-10, small colour photographs: images uint8 `[N, 3, 32, 32]`, labels int64 `[N]`.

    All 50,000 training or 10,000 test images, downloaded once through torchvision into `root` (see
    `data_folder`); none of it is bundled.

    Raises RuntimeError where a file is damaged or cannot be downloaded and tells what to do,
    TypeError for a train that is neither True nor False, and what `data_folder` raises.
    Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """
    _check_choice(train)
    return load_full("CIFAR10", train, root, CIFAR10_CLASSES)


def _check_choice(train: object, full: object = False) -> None:
    # load_mnist("test") would otherwise be the training images: any name is true.
    check_bool("train", train)
    check_bool("full", full)


def _load_bundled(name: str, train: bool, classes: tuple[str, ...]) -> ImageDataset:
    file = f"{name}_{'train' if train else 'test'}.npz"
    content = read_bundled(file)
    try:
        # No pickles: a data file must not be able to run code.
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            images = torch.from_numpy(arrays["images"])
            labels = torch.from_numpy(arrays["labels"]).to(torch.int64)
        return ImageDataset(images, labels, classes)
    except _UNREADABLE as error:
        # Its checksum was right, so the list of checksums was changed along with the file.
        raise damaged(file, f"is not the data file it should be ({error})") from error
