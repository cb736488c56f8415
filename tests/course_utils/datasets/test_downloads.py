"""Downloads of full sets that work, break off, are killed or meet: what is left looks as it is."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torchvision

from course_utils.datasets import load_mnist
from course_utils.datasets.sources import SOURCES
from tests.course_utils.datasets.small_sets import (
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
WHOLE = sorted((RAW / name).as_posix() for name in idx_files())


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


def test_a_connection_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    with serving(Server(breaks=ARCHIVES[-1], how="close")) as server:
        download_from(server.port)
        with pytest.raises(
            RuntimeError, match=r"^MNIST is not in .*: look at the network"
        ) as caught:
            load_mnist(full=True, root=tmp_path)
        assert str(caught.value).endswith("need no network: load_mnist(full=False).")
        assert files_in(tmp_path) == []
        server.how = "nothing"
        assert len(load_mnist(full=True, root=tmp_path)) == COUNT
    assert files_in(tmp_path) == WHOLE


def test_a_download_that_is_killed_leaves_nothing_that_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Server(breaks=ARCHIVES[-1], how="stall")) as server:
        command = [sys.executable, "-m", "tests.course_utils.datasets.small_sets"]
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


def test_a_disk_that_fills_while_files_are_moved_leaves_no_whole_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        torchvision.datasets.MNIST, "download", lambda self: put(Path(self.raw_folder))
    )
    replace, calls = Path.replace, []

    def breaking(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", breaking)
        with pytest.raises(RuntimeError, match=r"^MNIST is not in .*No space left on device"):
            load_mnist(full=True, root=tmp_path)
    assert len(files_in(tmp_path)) == 2
    assert len(load_mnist(full=True, root=tmp_path)) == COUNT
    assert files_in(tmp_path) == WHOLE


def test_two_downloads_into_one_folder_do_not_disturb_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[bool] = []

    def download(self: Any) -> None:
        loaded.append(not loaded)
        if loaded == [True]:  # another copy of the course downloads while this one does
            assert len(load_mnist(full=True, root=tmp_path)) == COUNT
        put(Path(self.raw_folder))

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", download)
    assert len(load_mnist(full=True, root=tmp_path)) == COUNT
    assert loaded == [True, False]
    assert files_in(tmp_path) == WHOLE
