"""The bundled files: what is in them, and that damage is refused."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from course_utils.datasets import ImageDataset, bundled, load_fashion_mnist, load_mnist
from course_utils.datasets.bundled import BUNDLED_FILES, CHECKSUMS, verify_bundled

FOLDER = Path(bundled.__file__).parent

LOADS: dict[str, Callable[[], ImageDataset]] = {
    "fashion_mnist_train.npz": lambda: load_fashion_mnist(train=True),
    "fashion_mnist_test.npz": lambda: load_fashion_mnist(train=False),
    "mnist_train.npz": lambda: load_mnist(train=True),
    "mnist_test.npz": lambda: load_mnist(train=False),
}

COUNTS = {
    "fashion_mnist_train.npz": [1000] * 10,
    "fashion_mnist_test.npz": [200] * 10,
    "mnist_train.npz": [801, 927, 791, 832, 780, 663, 814, 870, 744, 778],
    "mnist_test.npz": [200] * 10,
}


@pytest.mark.parametrize("name", BUNDLED_FILES)
def test_each_set_is_whole_and_balanced(name: str) -> None:
    dataset = LOADS[name]()
    assert dataset.images.shape == (sum(COUNTS[name]), 1, 28, 28)
    assert (int(dataset.images.min()), int(dataset.images.max())) == (0, 255)
    assert dataset.labels.bincount(minlength=10).tolist() == COUNTS[name]
    # Among 100 shuffled images a class is missing once in 3,700 stretches; the files are fixed.
    for stretch in (dataset.labels[:100], dataset.labels[-100:]):
        assert set(stretch.tolist()) == set(range(10))


@pytest.mark.parametrize("load", [load_fashion_mnist, load_mnist])
def test_no_image_is_in_both_train_and_test(load: Callable[[bool], ImageDataset]) -> None:
    train, test = (
        {image.tobytes() for image in load(split).images.numpy()} for split in (True, False)
    )
    assert not train & test


@pytest.mark.parametrize("load", [load_fashion_mnist, load_mnist])
def test_the_images_look_like_their_labels(load: Callable[[bool], ImageDataset]) -> None:
    # Nearest class mean: 67 % for clothes and 78 % for digits where images and labels belong
    # together, 10 % where their order was lost.
    train, test = load(True), load(False)
    pixels = train.images.flatten(1).float()
    means = torch.stack([pixels[train.labels == k].mean(dim=0) for k in range(10)])
    nearest = torch.cdist(test.images.flatten(1).float(), means).argmin(dim=1)
    assert (nearest == test.labels).float().mean() > 0.6


def test_the_classes_are_in_the_order_of_torchvision() -> None:
    from torchvision.datasets import FashionMNIST

    assert load_fashion_mnist().classes == tuple(FashionMNIST.classes)
    assert load_mnist().classes == tuple("0123456789")


def test_each_load_is_a_copy_of_its_own() -> None:
    load_mnist(train=False).images.zero_()
    assert load_mnist(train=False).images.any()


def test_the_checksums_are_in_the_form_of_sha256sum() -> None:
    lines = (FOLDER / CHECKSUMS).read_text(encoding="ascii").splitlines()
    assert all(re.fullmatch(r"[0-9a-f]{64}  \S+", line) for line in lines)
    digests = {line[66:]: line[:64] for line in lines}
    assert tuple(digests) == BUNDLED_FILES
    for name, digest in digests.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_origin_states_the_numbers_that_the_files_hold() -> None:
    origin = (FOLDER / "ORIGIN.md").read_text(encoding="utf-8")
    for name, counts in COUNTS.items():
        each = f"{counts[0]:,} each" if len(set(counts)) == 1 else ", ".join(map(str, counts))
        assert f"| `{name}` | {sum(counts):,} | {each} |" in origin


# Damage; `tests/course_utils/damage` draws more of it.


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the bundled files, from which the package reads during the test."""
    for name in (*BUNDLED_FILES, CHECKSUMS):
        shutil.copyfile(FOLDER / name, tmp_path / name)
    monkeypatch.setattr(bundled, "_FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: shutil.copyfile(FOLDER / "mnist_test.npz", file),
    ],
    ids=["missing", "empty", "cut short", "another file"],
)
def test_a_damaged_file_is_refused_with_the_command_that_mends_it(
    copy: Path, damage: Callable[[Path], object]
) -> None:
    damage(copy / "mnist_train.npz")
    with pytest.raises(RuntimeError, match=r"^course_utils/datasets/bundled/mnist_train") as caught:
        load_mnist()
    assert "git checkout -- course_utils/datasets/bundled/mnist_train.npz" in str(caught.value)
    assert len(load_fashion_mnist()) == 10_000
    assert [name for name, ok, _ in verify_bundled() if not ok] == ["mnist_train.npz"]


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"no list of checksums"])
def test_a_damaged_list_of_checksums_is_mended_by_the_same_command(
    copy: Path, content: bytes | None
) -> None:
    (copy / CHECKSUMS).unlink()
    if content is not None:
        (copy / CHECKSUMS).write_bytes(content)
    with pytest.raises(RuntimeError, match=f"git checkout -- .*bundled/{CHECKSUMS} "):
        load_mnist()


def test_intact_files_are_verified_as_intact() -> None:
    assert [(name, ok) for name, ok, _ in verify_bundled()] == [(n, True) for n in BUNDLED_FILES]
