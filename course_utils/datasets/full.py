"""Full data sets, downloaded once through torchvision and kept in its layout."""

import gzip
import http.client
import os
import pickle
import socket
import ssl
import sys
import tempfile
import urllib.error
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from course_utils.datasets.image_dataset import ImageDataset

_IDX_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)

_SECONDS_TO_WAIT = 30

# All but two are OSErrors too: what is left of those has to do with the disk. torchvision raises
# RuntimeError for a file that came with another checksum and where every mirror failed.
_NETWORK_ERRORS = (
    urllib.error.URLError,
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    ssl.SSLError,
    http.client.HTTPException,
    RuntimeError,
)


@dataclass(frozen=True)
class _Source:
    title: str
    size: str
    folder: str
    files: tuple[str, ...]
    instead: str


# The keys are the names of torchvision's classes; the folders and files are where those look.
_SOURCES = {
    "FashionMNIST": _Source(
        "Fashion-MNIST",
        "31 MB",
        "FashionMNIST/raw",
        _IDX_FILES,
        "The bundled images need no network: load_fashion_mnist(full=False)",
    ),
    "MNIST": _Source(
        "MNIST",
        "12 MB",
        "MNIST/raw",
        _IDX_FILES,
        "The bundled digits need no network: load_mnist(full=False)",
    ),
    "CIFAR10": _Source(
        "CIFAR-10",
        "170 MB",
        "cifar-10-batches-py",
        (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"),
        "These need no network: the bundled load_fashion_mnist(full=False), and for colour the "
        'photograph matplotlib.cbook.get_sample_data("grace_hopper.jpg")',
    ),
}


def data_folder(root: str | os.PathLike[str] | None = None) -> Path:
    """The folder of the full data sets: `root`, else `COURSE_DATA`, else the user's cache folder.

    The cache folder is `batch-by-batch` under `%LOCALAPPDATA%` on Windows, `~/Library/Caches` on
    macOS, and `$XDG_CACHE_HOME` or `~/.cache` elsewhere. Nothing is created.
    """
    chosen = root if root is not None else os.environ.get("COURSE_DATA")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        caches = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        caches = Path.home() / "Library" / "Caches"
    else:
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "batch-by-batch"


def load_full(
    name: str, train: bool, root: str | os.PathLike[str] | None, classes: tuple[str, ...]
) -> ImageDataset:
    """One split of a torchvision data set (`FashionMNIST`, `MNIST`, `CIFAR10`) as an ImageDataset.

    Downloads it into `data_folder(root)` where it is not there yet. Raises RuntimeError where it
    can be neither found nor downloaded (naming what is bundled instead), where the folder cannot be
    written to, and where its files are damaged.
    """
    source, home = _SOURCES[name], data_folder(root)
    folder = home / source.folder
    if not _complete(source, folder):
        try:
            _unpack_archives(source, folder)
        except OSError as error:
            raise _unwritable(source, folder, error) from error
    if not _complete(source, folder):
        _download(name, source, home)

    import torchvision  # slow to import, and the bundled data do without it

    stock_class = getattr(torchvision.datasets, name)
    try:
        images, labels = _as_tensors(stock_class(home, train=train))
        return ImageDataset(images, labels, classes)
    # What torchvision raises for a file that was cut short depends on where the cut is.
    except (
        AssertionError,
        EOFError,
        IndexError,
        KeyError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        pickle.UnpicklingError,
    ) as error:
        raise RuntimeError(
            f"{source.title}: the files in {folder.as_posix()} are damaged: "
            "delete that folder and load again"
        ) from error


def _complete(source: _Source, folder: Path) -> bool:
    return all((folder / file).is_file() for file in source.files)


def _as_tensors(stock: Any) -> tuple[Tensor, Tensor]:
    """Images uint8 `[N, C, H, W]` and labels int64 `[N]` out of a torchvision data set."""
    labels = torch.as_tensor(stock.targets, dtype=torch.int64)
    if isinstance(stock.data, Tensor):  # MNIST and Fashion-MNIST: [N, H, W]
        return stock.data.unsqueeze(1), labels
    return torch.from_numpy(stock.data).permute(0, 3, 1, 2).contiguous(), labels  # [N, H, W, C]


def _unpack_archives(source: _Source, folder: Path) -> None:
    """Unpack `.gz` files that somebody put in place, as for a classroom without a network."""
    for file in source.files:
        archive = folder / f"{file}.gz"
        if archive.is_file() and not (folder / file).exists():
            with tempfile.TemporaryDirectory(dir=folder) as beside:
                unpacked = Path(beside) / file
                try:
                    unpacked.write_bytes(gzip.decompress(archive.read_bytes()))
                except (EOFError, gzip.BadGzipFile, zlib.error):
                    return  # cut short by an interrupted download: a new download mends it
                unpacked.replace(folder / file)


def _download(name: str, source: _Source, home: Path) -> None:
    """Download beside, let torchvision check what came, then move whole files into their place."""
    folder = home / source.folder
    if os.environ.get("COURSE_OFFLINE", "0") not in ("", "0"):
        raise _unreachable(source, folder, "COURSE_OFFLINE is set")

    import torchvision

    stock_class = getattr(torchvision.datasets, name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=home, prefix="download-", ignore_cleanup_errors=True
        ) as beside:
            print(f"Downloading {source.title} ({source.size}) to {home.as_posix()}")
            with _patience(_SECONDS_TO_WAIT):
                stock_class(beside, download=True)
            for file in source.files:
                (Path(beside) / source.folder / file).replace(folder / file)
    except _NETWORK_ERRORS as error:
        reason = "there is no network, or the server does not answer"
        raise _unreachable(source, folder, reason) from error
    except OSError as error:
        raise _unwritable(source, folder, error) from error


@contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Give up on a server that stays silent; torchvision sets no limit of its own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _unreachable(source: _Source, folder: Path, reason: str) -> RuntimeError:
    return RuntimeError(
        f"{source.title} is not in {folder.as_posix()} and cannot be downloaded there: {reason}. "
        f"{source.instead}."
    )


def _unwritable(source: _Source, folder: Path, error: OSError) -> RuntimeError:
    return RuntimeError(
        f"{source.title} cannot be kept in {folder.as_posix()}: {error.strerror or error}. "
        "Make room there, or name another folder in the environment variable COURSE_DATA."
    )
