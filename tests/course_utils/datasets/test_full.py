"""Full sets: the real Fashion-MNIST from disk, and where the sets are kept."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision

from course_utils.datasets import (
    ImageDataset,
    data_folder,
    load_cifar10,
    load_fashion_mnist,
    load_mnist,
)
from course_utils.datasets.sources import SOURCES
from tests.course_utils.datasets.small_sets import take_for_the_originals
from tests.sources import fashion_folder

RAW = Path("FashionMNIST") / "raw"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder into which somebody copied the four original files, as they come: gzipped."""
    folder = tmp_path_factory.mktemp("full")
    shutil.copytree(fashion_folder(), folder / RAW)
    yield folder
    shutil.rmtree(folder)  # 30 MB that pytest would keep for three runs


def test_the_folder_is_the_argument_else_the_environment_else_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "environment"))
    assert data_folder(tmp_path / "argument") == tmp_path / "argument"
    assert data_folder() == tmp_path / "environment"
    assert data_folder("~/data") == Path.home() / "data"
    monkeypatch.delenv("COURSE_DATA")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    caches = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(sys.platform, ".cache")
    assert data_folder() == Path.home() / caches / "batch-by-batch"
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(("train", "count"), [(True, 60_000), (False, 10_000)])
def test_the_full_fashion_mnist_is_read_whole(root: Path, train: bool, count: int) -> None:
    dataset = load_fashion_mnist(train=train, full=True, root=root)
    assert dataset.images.shape == (count, 1, 28, 28)
    assert dataset.labels.bincount().tolist() == [count // 10] * 10
    prefix = "train" if train else "t10k"
    for part, values, header in (
        ("images-idx3", dataset.images, 16),
        ("labels-idx1", dataset.labels.to(torch.uint8), 8),
    ):
        original = (fashion_folder() / f"{prefix}-{part}-ubyte.gz").read_bytes()
        assert gzip.decompress(original)[header:] == values.numpy().tobytes()


@pytest.mark.parametrize("train", [True, False])
def test_the_bundled_images_come_from_the_same_split(root: Path, train: bool) -> None:
    def pictures(dataset: ImageDataset) -> set[tuple[bytes, int]]:
        images, labels = dataset.images.numpy(), dataset.labels.tolist()
        return {(image.tobytes(), label) for image, label in zip(images, labels, strict=True)}

    full = pictures(load_fashion_mnist(train=train, full=True, root=root))
    assert pictures(load_fashion_mnist(train=train)) <= full


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_file_cut_short_is_refused_by_name(root: Path, tmp_path: Path, suffix: str) -> None:
    (tmp_path / RAW).mkdir(parents=True)
    for file in (root / RAW).glob("*.gz"):
        os.link(file, tmp_path / RAW / file.name)
    cut = tmp_path / RAW / f"t10k-labels-idx1-ubyte{suffix}"
    cut.unlink(missing_ok=True)  # not to cut the file that the link leads to
    cut.write_bytes((root / RAW / "t10k-labels-idx1-ubyte.gz").read_bytes()[:-9])
    with pytest.raises(RuntimeError, match=rf"^Fashion-MNIST: .*/raw/{cut.name} (is damaged|can)"):
        load_fashion_mnist(train=False, full=True, root=tmp_path)


OFFLINE: dict[str, tuple[Callable[..., ImageDataset], str]] = {
    "Fashion-MNIST is not in {}/FashionMNIST/raw": (
        lambda root: load_fashion_mnist(full=True, root=root),
        "The bundled images need no network: load_fashion_mnist(full=False).",
    ),
    "MNIST is not in {}/MNIST/raw": (
        lambda root: load_mnist(full=True, root=root),
        "The bundled digits need no network: load_mnist(full=False).",
    ),
    "CIFAR-10 is not in {}/cifar-10-batches-py": (
        lambda root: load_cifar10(root=root),
        'the photograph matplotlib.cbook.get_sample_data("grace_hopper.jpg").',
    ),
}


@pytest.mark.parametrize("start", OFFLINE)
def test_offline_is_told_at_once_with_what_is_bundled(
    start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    load, end = OFFLINE[start]
    with pytest.raises(RuntimeError) as caught:
        load(tmp_path / "data")
    start = start.format((tmp_path / "data").as_posix())
    reason = " and cannot be downloaded there: COURSE_OFFLINE is set. "
    assert str(caught.value).startswith(start + reason)
    assert str(caught.value).endswith(end)
    assert not (tmp_path / "data").exists()


# CIFAR-10, which torchvision keeps in pickles


class _Harm:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("harmed"),))


def test_a_pickle_that_is_not_cifar10s_is_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pickle

    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in SOURCES["CIFAR10"].files:
        (folder / name).write_bytes(pickle.dumps(_Harm()))
    with pytest.raises(RuntimeError, match=r"^CIFAR-10: .*-py/data_batch_1 is damaged: expected "):
        load_cifar10(root=tmp_path)
    assert not (tmp_path / "harmed").exists()


def test_cifar10_comes_channel_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    contents = dict.fromkeys(SOURCES["CIFAR10"].files, b"")
    monkeypatch.setitem(SOURCES, "CIFAR10", SOURCES["CIFAR10"])
    take_for_the_originals(contents, "CIFAR10")
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for file in contents:
        (folder / file).touch()

    class Stock:
        data, targets = pictures, [3, 8]  # [N, H, W, C]

        def __init__(self, root: Path, train: bool) -> None:
            pass

    monkeypatch.setattr(torchvision.datasets, "CIFAR10", Stock)
    dataset = load_cifar10(root=tmp_path)
    assert dataset.images.shape == (2, 3, 32, 32)
    assert dataset.images[1, 2, 5, 7] == int(pictures[1, 5, 7, 2])
    assert [dataset.classes[label] for label in dataset.labels] == ["cat", "ship"]
