"""Full sets: the real Fashion-MNIST from disk, and every way in which a download can end."""

import errno
import gzip
import http.client
import os
import shutil
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision

from course_utils.datasets import (
    ImageDataset,
    load_cifar10,
    load_fashion_mnist,
    load_mnist,
)
from tests.sources import fashion_folder

RAW = Path("FashionMNIST") / "raw"
IDX_FILES = [
    f"{part}-ubyte"
    for split in ("train", "t10k")
    for part in (f"{split}-images-idx3", f"{split}-labels-idx1")
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder into which somebody copied the four original files, as they come: gzipped."""
    folder = tmp_path_factory.mktemp("full")
    shutil.copytree(fashion_folder(), folder / RAW)
    yield folder
    shutil.rmtree(folder)  # 85 MB that pytest would keep for three runs


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that forgets to stand in for a download fails; COURSE_OFFLINE does not save it."""
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    for name in ("MNIST", "CIFAR10"):
        monkeypatch.setattr(getattr(torchvision.datasets, name), "download", _unexpected)


def _unexpected(self: object) -> None:
    raise AssertionError("this test should download nothing")


# The real 70,000 images


def test_the_full_fashion_mnist_is_read_whole(root: Path) -> None:
    for train, count in ((True, 60_000), (False, 10_000)):
        dataset = load_fashion_mnist(train=train, full=True, root=root)
        assert isinstance(dataset, ImageDataset)
        assert dataset.images.shape == (count, 1, 28, 28)
        assert dataset.labels.bincount().tolist() == [count // 10] * 10
        prefix = "train" if train else "t10k"
        for part, values, header in (
            ("images-idx3", dataset.images, 16),
            ("labels-idx1", dataset.labels.to(torch.uint8), 8),
        ):
            original = (fashion_folder() / f"{prefix}-{part}-ubyte.gz").read_bytes()
            assert gzip.decompress(original)[header:] == values.numpy().tobytes()


def test_torchvision_reads_the_same_folder(root: Path) -> None:
    dataset = load_fashion_mnist(full=True, root=root)
    stock = torchvision.datasets.FashionMNIST(
        root, transform=torchvision.transforms.ToTensor(), download=False
    )
    for i in range(0, 60_000, 997):
        image, label = stock[i]
        assert torch.equal(dataset[i][0], image)
        assert dataset[i][1] == label


@pytest.mark.parametrize("train", [True, False])
def test_the_bundled_images_come_from_the_same_split(root: Path, train: bool) -> None:
    def pictures(dataset: ImageDataset) -> set[tuple[bytes, int]]:
        images, labels = dataset.images.numpy(), dataset.labels.tolist()
        return {(image.tobytes(), label) for image, label in zip(images, labels, strict=True)}

    full = pictures(load_fashion_mnist(train=train, full=True, root=root))
    assert pictures(load_fashion_mnist(train=train)) <= full


def test_the_environment_names_the_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DATA", str(root))
    assert len(load_fashion_mnist(train=False, full=True)) == 10_000


@pytest.mark.parametrize("keep", [0, 3, 10, 1000, 9_000])
@pytest.mark.parametrize("part", ["labels-idx1", "images-idx3"])
def test_a_file_cut_short_is_told_as_such(root: Path, tmp_path: Path, part: str, keep: int) -> None:
    (tmp_path / RAW).mkdir(parents=True)
    for file in IDX_FILES:
        os.link(root / RAW / file, tmp_path / RAW / file)
    cut = tmp_path / RAW / f"t10k-{part}-ubyte"
    content = cut.read_bytes()[:keep]
    cut.unlink()  # not to cut the file that the link leads to
    cut.write_bytes(content)
    with pytest.raises(RuntimeError, match=rf"^Fashion-MNIST: .*/raw/{cut.name} is damaged: "):
        load_fashion_mnist(train=False, full=True, root=tmp_path)
    assert len(load_fashion_mnist(train=True, full=True, root=tmp_path)) == 60_000


# Downloads that fail

LOADS: dict[str, tuple[Callable[..., ImageDataset], str, str]] = {
    "FashionMNIST": (
        lambda root: load_fashion_mnist(full=True, root=root),
        "Fashion-MNIST is not in {}/FashionMNIST/raw and cannot be downloaded there: ",
        "load_fashion_mnist(full=False).",
    ),
    "MNIST": (
        lambda root: load_mnist(full=True, root=root),
        "MNIST is not in {}/MNIST/raw and cannot be downloaded there: ",
        "load_mnist(full=False).",
    ),
    "CIFAR10": (
        lambda root: load_cifar10(root=root),
        "CIFAR-10 is not in {}/cifar-10-batches-py and cannot be downloaded there: ",
        'matplotlib.cbook.get_sample_data("grace_hopper.jpg").',
    ),
}


@pytest.mark.parametrize("name", LOADS)
def test_offline_is_told_at_once_with_what_is_bundled(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    load, start, end = LOADS[name]
    with pytest.raises(RuntimeError) as caught:
        load(tmp_path / "data")
    message = str(caught.value)
    assert type(caught.value) is RuntimeError
    assert message.startswith(start.format((tmp_path / "data").as_posix()) + "COURSE_OFFLINE is")
    assert message.endswith(end)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", LOADS)
@pytest.mark.parametrize(
    "failure",
    [
        urllib.error.URLError(OSError(-2, "Name or service not known")),
        ConnectionResetError(104, "Connection reset by peer"),
        TimeoutError("timed out"),
        http.client.IncompleteRead(b""),
        RuntimeError("File not found or corrupted."),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_no_network_is_told_with_what_is_bundled(
    name: str, failure: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(self: Any) -> None:
        (Path(self.root) / "half_a_file.gz").write_bytes(b"half")
        raise failure

    monkeypatch.setattr(getattr(torchvision.datasets, name), "download", download)
    load, start, end = LOADS[name]
    with pytest.raises(RuntimeError) as caught:
        load(tmp_path)
    message = str(caught.value)
    assert message.startswith(start.format(tmp_path.as_posix()) + "there is no network")
    assert message.endswith(end)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_full_or_forbidden_disk_is_told_as_such(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(self: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", download)
    with pytest.raises(RuntimeError, match=f"^MNIST cannot be kept in .*: {os.strerror(code)}"):
        load_mnist(full=True, root=tmp_path)


def test_a_file_in_place_of_the_folder_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"^MNIST cannot be kept in .*COURSE_DATA\.$"):
        load_mnist(full=True, root=tmp_path / "data")
