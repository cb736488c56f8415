"""Full data sets, downloaded once through torchvision and kept in its layout."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import os
import socket
import tempfile
import zlib
from pathlib import Path

import torch
from platformdirs import user_cache_path
from torch import Tensor

from course_utils.datasets.image_dataset import ImageDataset
from course_utils.datasets.sources import SOURCES, Source

_SECONDS_TO_WAIT = 30


def data_folder(root: str | os.PathLike[str] | None = None) -> Path:
    """The folder of the full data sets: `root`, else `COURSE_DATA`, else the user's cache folder.

    The cache folder is `batch-by-batch` under `%LOCALAPPDATA%` on Windows, `~/Library/Caches` on
    macOS, and `$XDG_CACHE_HOME` or `~/.cache` elsewhere. Nothing is created.
    """
    chosen = root or os.environ.get("COURSE_DATA")
    if chosen:
        return Path(chosen).expanduser()
    return user_cache_path("batch-by-batch", appauthor=False, opinion=False)


def load_full(
    name: str, train: bool, root: str | os.PathLike[str] | None, classes: tuple[str, ...]
) -> ImageDataset:
    """One split of a torchvision data set (`FashionMNIST`, `MNIST`, `CIFAR10`) as an ImageDataset.

    Downloads it into `data_folder(root)` where it is not there yet. Raises RuntimeError where it
    can be neither found nor downloaded (naming what is bundled instead), and where a file is
    damaged (naming it): nothing is read, and no pickle of CIFAR-10 is opened, before its SHA-256 is
    that of the original.
    """
    source, home = SOURCES[name], data_folder(root)
    folder = home / source.folder
    if not all(_place(folder / file).exists() for file in source.files):
        _download(name, source, home)
    files = source.train if train else source.test
    contents = [_read(folder / file, sha256, source.title) for file, sha256 in files.items()]
    if name == "CIFAR10":
        return ImageDataset(*_read_cifar10(home, train), classes)
    images, labels = contents
    # The header of an IDX file is four bytes and four for each axis.
    pixels = torch.frombuffer(bytearray(images), dtype=torch.uint8, offset=16)
    numbers = torch.frombuffer(bytearray(labels), dtype=torch.uint8, offset=8)
    return ImageDataset(pixels.view(-1, 1, 28, 28), numbers, classes)


def _place(file: Path) -> Path:
    """The file, or the archive of it that somebody put there, as for a class without a network."""
    return file if file.exists() else file.with_name(f"{file.name}.gz")


def _read(file: Path, sha256: str, title: str) -> bytes:
    """The bytes of an original file, perhaps out of its archive."""
    place = _place(file)
    try:
        content = place.read_bytes()
        if place != file:
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise RuntimeError(f"{title}: {place.as_posix()} cannot be read ({error})") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise RuntimeError(
            f"{title}: {place.as_posix()} is damaged: expected SHA-256 {sha256[:12]}…, got "
            f"{found[:12]}… from its {len(content):,} bytes; delete that file and load again"
        )
    return content


def _read_cifar10(home: Path, train: bool) -> tuple[Tensor, Tensor]:
    """Images uint8 `[N, C, H, W]` and labels int64 `[N]` out of torchvision's CIFAR-10."""
    import torchvision  # slow to import, and the bundled data do without it

    stock = torchvision.datasets.CIFAR10(home, train=train)
    return torch.from_numpy(stock.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(
        stock.targets
    )


def _download(name: str, source: Source, home: Path) -> None:
    """Download beside, let torchvision check what came, then move whole files into their place."""
    folder = home / source.folder
    failed = f"{source.title} is not in {folder.as_posix()} and cannot be downloaded there"
    if os.environ.get("COURSE_OFFLINE", "0") not in ("", "0"):
        raise RuntimeError(f"{failed}: COURSE_OFFLINE is set. {source.instead}.")

    import torchvision

    print(f"Downloading {source.title} ({source.size}) to {home.as_posix()}")
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SECONDS_TO_WAIT)  # torchvision would wait for ever
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=home, prefix="download-", ignore_cleanup_errors=True
        ) as beside:
            getattr(torchvision.datasets, name)(beside, download=True)
            for file in source.files:
                (Path(beside) / source.folder / file).replace(folder / file)
    except (OSError, RuntimeError, http.client.HTTPException) as error:
        reason = " ".join(str(error).split())
        raise RuntimeError(
            f"{failed}: look at the network, and at the room on the disk ({reason}). "
            f"{source.instead}."
        ) from error
    finally:
        socket.setdefaulttimeout(patience)
