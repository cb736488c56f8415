"""Full data sets, downloaded once through torchvision and kept in its layout."""

import gzip
import hashlib
import http.client
import os
import pickle
import socket
import ssl
import sys
import tempfile
import urllib.error
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from course_utils.arguments import shown
from course_utils.datasets.image_dataset import ImageDataset
from course_utils.datasets.sources import SOURCES, Source

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


def data_folder(root: str | os.PathLike[str] | None = None) -> Path:
    """The folder of the full data sets: `root`, else `COURSE_DATA`, else the user's cache folder.

    The cache folder is `batch-by-batch` under `%LOCALAPPDATA%` on Windows, `~/Library/Caches` on
    macOS, and `$XDG_CACHE_HOME` or `~/.cache` elsewhere. Nothing is created.

    Raises TypeError for a root that is no path, ValueError where no folder can have its name or the
    user after `~` is unknown.
    """
    name = "root" if root is not None else "COURSE_DATA"
    chosen = root if root is not None else os.environ.get("COURSE_DATA", "")
    if isinstance(chosen, bytes) or not isinstance(chosen, str | os.PathLike):
        raise TypeError(f"{name}: expected a path, got {shown(chosen)}")
    if "\0" in str(chosen):
        raise ValueError(f"{name}: expected a path without a null character, got {str(chosen)!r}")
    if chosen:
        try:
            return Path(chosen).expanduser()
        except RuntimeError:
            raise ValueError(f"{name}: the user in {str(chosen)!r} has no home folder") from None
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
    written to, and where a file is damaged (naming it): nothing is read, and no pickle of CIFAR-10
    is opened, before its SHA-256 is that of the original.
    """
    source, home = SOURCES[name], data_folder(root)
    folder = home / source.folder
    damaged = ""
    if not _complete(source, folder):
        try:
            damaged = _unpack_archives(source, folder)
        except OSError as error:
            raise _unwritable(source, folder, error) from error
    if not _complete(source, folder):
        _download(name, source, home, damaged)
    files = source.train if train else source.test
    _refuse_damage(source, folder, files)
    try:
        if name == "CIFAR10":
            images, labels = _read_cifar10(home, train)
        else:
            images, labels = _read_idx(*(folder / file for file in files))
        return ImageDataset(images, labels, classes)
    # What torchvision raises for files that changed since depends on what changed in them.
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


def _complete(source: Source, folder: Path) -> bool:
    return all((folder / file).is_file() for file in source.files)


def _refuse_damage(source: Source, folder: Path, files: Mapping[str, str]) -> None:
    """Raise RuntimeError that names the first of the files that is not the original."""
    for name, expected in files.items():
        file = folder / name
        try:
            with file.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise RuntimeError(
                f"{source.title}: {file.as_posix()} cannot be read ({error.strerror or error})"
            ) from error
        if found != expected:
            raise RuntimeError(
                f"{source.title}: {file.as_posix()} is damaged: expected SHA-256 {expected[:12]}…, "
                f"got {found[:12]}… from its {file.stat().st_size:,} bytes; delete that file and "
                "load again"
            )


def _read_idx(images: Path, labels: Path) -> tuple[Tensor, Tensor]:
    """Images uint8 `[N, 1, H, W]` and labels int64 `[N]` out of two files of (Fashion-)MNIST.

    torchvision's classes would rather read its old layout, `../processed`, which nobody checks.
    """
    from torchvision.datasets import mnist  # slow to import, and the bundled data do without it

    return mnist.read_image_file(images).unsqueeze(1), mnist.read_label_file(labels)


def _read_cifar10(home: Path, train: bool) -> tuple[Tensor, Tensor]:
    """Images uint8 `[N, C, H, W]` and labels int64 `[N]` out of torchvision's CIFAR-10."""
    import torchvision

    stock = torchvision.datasets.CIFAR10(home, train=train)
    labels = torch.as_tensor(stock.targets, dtype=torch.int64)
    return torch.from_numpy(stock.data).permute(0, 3, 1, 2).contiguous(), labels  # [N, H, W, C]


def _unpack_archives(source: Source, folder: Path) -> str:
    """Unpack `.gz` files that somebody put in place, as for a classroom without a network.

    Returns what is to be said of one that is not the original, "" where all are or none is there.
    """
    for file, expected in source.files.items():
        archive = folder / f"{file}.gz"
        if archive.is_file() and not (folder / file).exists():
            with tempfile.TemporaryDirectory(dir=folder) as beside:
                unpacked = Path(beside) / file
                try:
                    content = gzip.decompress(archive.read_bytes())
                except (EOFError, gzip.BadGzipFile, zlib.error):
                    # Cut short by an interrupted download: a new download mends it.
                    return f"{archive.name} there is damaged"
                if hashlib.sha256(content).hexdigest() != expected:
                    # What a download brings takes its place.
                    return f"{archive.name} there is damaged or another data set's"
                unpacked.write_bytes(content)
                unpacked.replace(folder / file)
    return ""


def _download(name: str, source: Source, home: Path, damaged: str) -> None:
    """Download beside, let torchvision check what came, then move whole files into their place."""
    folder = home / source.folder
    if os.environ.get("COURSE_OFFLINE", "0") not in ("", "0"):
        raise _unreachable(source, folder, "COURSE_OFFLINE is set", damaged)

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
        raise _unreachable(source, folder, reason, damaged) from error
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


def _unreachable(source: Source, folder: Path, reason: str, damaged: str) -> RuntimeError:
    archive = f"{damaged}. " if damaged else ""
    return RuntimeError(
        f"{source.title} is not in {folder.as_posix()} and cannot be downloaded there: {reason}. "
        f"{archive}{source.instead}."
    )


def _unwritable(source: Source, folder: Path, error: OSError) -> RuntimeError:
    return RuntimeError(
        f"{source.title} cannot be kept in {folder.as_posix()}: {error.strerror or error}. "
        "Make room there, or name another folder in the environment variable COURSE_DATA."
    )
