"""Data sets as whole tensors, bundled and full, and the loaders that hand them out in batches."""

from course_utils.datasets.bundled import verify_bundled
from course_utils.datasets.full import data_folder
from course_utils.datasets.image_dataset import ImageDataset
from course_utils.datasets.loaders import collate_if_needed, make_loader
from course_utils.datasets.loading import load_cifar10, load_fashion_mnist, load_mnist

__all__ = [
    "ImageDataset",
    "collate_if_needed",
    "data_folder",
    "load_cifar10",
    "load_fashion_mnist",
    "load_mnist",
    "make_loader",
    "verify_bundled",
]
