"""Downloads of full sets that work, break off, are killed or meet: what is left looks as it is."""

from __future__ import annotations

import errno
import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision

from course_utils.datasets import load_cifar10, load_mnist
from course_utils.datasets.sources import SOURCES
from tests.course_utils.damage.small_sets import (
    COUNT,
    Server,
    archives,
    download_from,
    idx_files,
    put,
    serving,
    take_for_the_originals,
)

ROOT = Path(__file__).resolve().parents[3]
RAW = Path("MNIST") / "raw"
ARCHIVES = list(archives())


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """MNIST is the tiny one during the test, and nothing comes from beyond this machine."""
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    stock = torchvision.datasets.MNIST
    monkeypatch.setattr(stock, "mirrors", [])
    monkeypatch.setattr(stock, "resources", stock.resources)
    before = dict(SOURCES)
    take_for_the_originals(idx_files())
    yield
    SOURCES.update(before)


def files_in(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


WHOLE = sorted((RAW / name).as_posix() for name in idx_files())


def test_a_download_is_kept_and_not_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(Server()) as server:
        download_from(server.port)
        assert len(load_mnist(full=True, root=tmp_path)) == COUNT
    # The server is gone.
    assert len(load_mnist(train=False, full=True, root=tmp_path)) == COUNT
    assert capsys.readouterr().out == f"Downloading MNIST (12 MB) to {tmp_path.as_posix()}\n"
    assert files_in(tmp_path) == WHOLE


@pytest.mark.parametrize("breaks", ARCHIVES)
def test_a_connection_that_breaks_leaves_nothing(tmp_path: Path, breaks: str) -> None:
    with serving(Server(breaks=breaks, how="close")) as server:
        download_from(server.port)
        with pytest.raises(RuntimeError, match=r"^MNIST is not in .* cannot be downloaded there: "):
            load_mnist(full=True, root=tmp_path)
        assert files_in(tmp_path) == []
        server.how = "nothing"
        assert len(load_mnist(full=True, root=tmp_path)) == COUNT
    assert files_in(tmp_path) == WHOLE


def test_a_download_that_is_killed_leaves_nothing_that_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Server(breaks=ARCHIVES[-1], how="stall")) as server:
        command = [sys.executable, "-m", "tests.course_utils.damage.small_sets"]
        process = subprocess.Popen(
            [*command, str(tmp_path), str(server.port)],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while not server.half_sent.wait(0.1):
                assert process.poll() is None, "the download ended by itself"
        finally:
            process.kill()
            process.wait()
        # Three files had come whole. They lie where nobody looks for them.
        assert not any(name.startswith("MNIST") for name in files_in(tmp_path))
        monkeypatch.setenv("COURSE_OFFLINE", "1")
        with pytest.raises(RuntimeError, match=r"^MNIST is not in "):
            load_mnist(full=True, root=tmp_path)
        monkeypatch.delenv("COURSE_OFFLINE")
        server.how = "nothing"
        download_from(server.port)
        assert len(load_mnist(full=True, root=tmp_path)) == COUNT


def test_ctrl_c_in_a_download_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Any) -> None:
        put(Path(self.raw_folder))
        raise KeyboardInterrupt

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_mnist(full=True, root=tmp_path)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("moved", [1, 2, 3])
def test_a_download_that_ends_while_files_are_moved_is_not_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    def download(self: Any) -> None:
        put(Path(self.raw_folder))

    replace, calls = Path.replace, []

    def breaking(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > moved:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", download)
    monkeypatch.setattr(Path, "replace", breaking)
    with pytest.raises(RuntimeError, match=r"^MNIST cannot be kept in .*: No space left on device"):
        load_mnist(full=True, root=tmp_path)
    assert len(files_in(tmp_path)) == moved
    monkeypatch.setattr(Path, "replace", replace)
    assert len(load_mnist(full=True, root=tmp_path)) == COUNT
    assert files_in(tmp_path) == WHOLE


def test_two_downloads_into_one_folder_do_not_disturb_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[bool] = []

    def download(self: Any) -> None:
        first = not loaded
        loaded.append(first)
        names = list(idx_files())
        put(Path(self.raw_folder))
        if first:
            # Half of our files are there when another copy of the course downloads them all.
            for name in names[2:]:
                (Path(self.raw_folder) / name).unlink()
            assert len(load_mnist(full=True, root=tmp_path)) == COUNT
            put(Path(self.raw_folder))

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", download)
    assert len(load_mnist(full=True, root=tmp_path)) == COUNT
    assert loaded == [True, False]
    assert files_in(tmp_path) == WHOLE


def test_what_an_earlier_download_left_half_done_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / RAW).mkdir(parents=True)
    (tmp_path / RAW / "train-images-idx3-ubyte").write_bytes(b"half")
    half = gzip.compress(b"half of it")[:-4]
    (tmp_path / RAW / "train-labels-idx1-ubyte.gz").write_bytes(half)

    def download(self: Any) -> None:
        put(Path(self.raw_folder))

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", download)
    assert len(load_mnist(full=True, root=tmp_path)) == COUNT


def test_archives_of_another_data_set_are_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / RAW).mkdir(parents=True)
    for name, content in idx_files().items():
        (tmp_path / RAW / f"{name}.gz").write_bytes(gzip.compress(content + b"more"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    first, *_ = idx_files()
    archive = tmp_path / RAW / f"{first}.gz"
    others = archive.read_bytes()
    for content, kind in ((others, "damaged or another data set's"), (b"half", "damaged")):
        archive.write_bytes(content)
        words = rf"^MNIST is not in .*COURSE_OFFLINE is set\. {first}\.gz there is {kind}\. "
        with pytest.raises(RuntimeError, match=words):
            load_mnist(full=True, root=tmp_path)
    assert all(name.endswith(".gz") for name in files_in(tmp_path))


@pytest.mark.parametrize("train", [True, False])
def test_the_old_layout_that_torchvision_would_rather_read_is_left_alone(
    tmp_path: Path, train: bool
) -> None:
    put(tmp_path / RAW)
    processed = tmp_path / "MNIST" / "processed"
    processed.mkdir()
    others = (torch.full((3, 28, 28), 7, dtype=torch.uint8), torch.tensor([9, 9, 9]))
    for name in ("training.pt", "test.pt"):
        torch.save(others, processed / name)
    assert len(torchvision.datasets.MNIST(tmp_path, train=train)) == 3
    dataset = load_mnist(train=train, full=True, root=tmp_path)
    assert dataset.images.shape == (COUNT, 1, 28, 28) and not dataset.images.any()
    assert dataset.labels.tolist() == [i % 10 for i in range(COUNT)]
    assert len(list(processed.iterdir())) == 2


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
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)  # [N, H, W, C]
    contents = dict.fromkeys(SOURCES["CIFAR10"].files, b"")
    monkeypatch.setitem(SOURCES, "CIFAR10", SOURCES["CIFAR10"])
    take_for_the_originals(contents, "CIFAR10")

    class Stock:
        def __init__(self, root: Path, train: bool = True, download: bool = False) -> None:
            if download:
                folder = Path(root) / "cifar-10-batches-py"
                folder.mkdir()
                for file in contents:
                    (folder / file).write_bytes(b"")
            self.data = pictures
            self.targets = [3, 8, 0, 6]

    monkeypatch.setattr(torchvision.datasets, "CIFAR10", Stock)
    dataset = load_cifar10(root=tmp_path)
    assert dataset.images.shape == (4, 3, 32, 32)
    assert dataset.images.is_contiguous()
    assert dataset.images[1, 2, 5, 7] == int(pictures[1, 5, 7, 2])
    assert [dataset.classes[label] for label in dataset.labels] == [
        "cat",
        "ship",
        "airplane",
        "frog",
    ]
