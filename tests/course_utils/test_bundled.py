"""The bundled files: what is in them, and that damage is refused."""

import hashlib
import io
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
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


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the bundled files, from which the package reads during the test."""
    for name in (*BUNDLED_FILES, CHECKSUMS):
        shutil.copyfile(FOLDER / name, tmp_path / name)
    monkeypatch.setattr(bundled, "_FOLDER", tmp_path)
    return tmp_path


# What is in the files


@pytest.mark.parametrize("name", BUNDLED_FILES)
def test_classes_are_balanced(name: str) -> None:
    assert LOADS[name]().labels.bincount(minlength=10).tolist() == COUNTS[name]


@pytest.mark.parametrize("name", BUNDLED_FILES)
@pytest.mark.parametrize("stretch", [slice(0, 100), slice(-100, None)])
def test_any_stretch_of_a_file_holds_all_classes(name: str, stretch: slice) -> None:
    # Among 100 shuffled images a class is missing once in 3,700 stretches; the files are fixed.
    assert set(LOADS[name]().labels[stretch].tolist()) == set(range(10))


@pytest.mark.parametrize("load", [load_fashion_mnist, load_mnist])
def test_no_image_is_in_both_train_and_test(load: Callable[[bool], ImageDataset]) -> None:
    train, test = (
        {image.tobytes() for image in load(split).images.numpy()} for split in (True, False)
    )
    assert not train & test


def test_all_digits_are_distinct() -> None:
    images = [*load_mnist(True).images.numpy(), *load_mnist(False).images.numpy()]
    assert len({image.tobytes() for image in images}) == 10_000


def test_the_images_look_like_their_labels() -> None:
    # Nearest class mean: 67 % for clothes and 78 % for digits where images and labels belong
    # together, 10 % where their order was lost.
    for load in (load_fashion_mnist, load_mnist):
        train, test = load(True), load(False)
        pixels = train.images.flatten(1).float()
        means = torch.stack([pixels[train.labels == k].mean(dim=0) for k in range(10)])
        nearest = torch.cdist(test.images.flatten(1).float(), means).argmin(dim=1)
        assert (nearest == test.labels).float().mean() > 0.6


def test_the_files_are_small() -> None:
    assert sum((FOLDER / name).stat().st_size for name in BUNDLED_FILES) <= 8_000_000


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
    size = sum((FOLDER / name).stat().st_size for name in BUNDLED_FILES)
    assert f"Four files, {size / 1e6:.1f} MB in all" in origin


# Damage


def damage(folder: Path, rng: random.Random) -> tuple[str, str]:
    """Damage one file in one way: its name, and what was done to it."""
    name = rng.choice(BUNDLED_FILES)
    file = folder / name
    content = bytearray(file.read_bytes())
    kind = rng.choice(["bit", "bit", "cut", "longer", "empty", "missing", "swap"])
    if kind == "bit":
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del content[rng.randrange(len(content)) :]
    elif kind == "longer":
        content += rng.randbytes(rng.randrange(1, 100))
    elif kind == "empty":
        content.clear()
    elif kind == "swap":
        other = rng.choice([other for other in BUNDLED_FILES if other != name])
        content = bytearray((FOLDER / other).read_bytes())
    file.write_bytes(content)
    if kind == "missing":
        file.unlink()
    return name, kind


def test_200_ways_to_damage_a_file_are_refused(copy: Path) -> None:
    rng = random.Random(0)
    kinds = set()
    for _ in range(200):
        name, kind = damage(copy, rng)
        kinds.add(kind)
        with pytest.raises(RuntimeError) as caught:
            LOADS[name]()
        message = str(caught.value)
        assert message.startswith(f"course_utils/datasets/bundled/{name} is "), (kind, message)
        assert f"git checkout -- course_utils/datasets/bundled/{name}" in message
        shutil.copyfile(FOLDER / name, copy / name)
    assert len(kinds) == 6
    assert all(ok for _, ok, _ in verify_bundled())


def test_damage_to_one_file_leaves_the_others_usable(copy: Path) -> None:
    (copy / "mnist_train.npz").write_bytes(b"")
    assert len(load_fashion_mnist()) == 10_000
    results = {name: (ok, message) for name, ok, message in verify_bundled()}
    assert [name for name, (ok, _) in results.items() if not ok] == ["mnist_train.npz"]
    assert "git checkout" in results["mnist_train.npz"][1]


def test_intact_files_are_verified_as_intact() -> None:
    assert [(name, ok) for name, ok, _ in verify_bundled()] == [(n, True) for n in BUNDLED_FILES]


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\xff\xfe\x00", b"no list of checksums", b"0" * 64 + b"  another_file.npz\n"],
    ids=["missing", "empty", "not text", "prose", "line lost"],
)
def test_damage_to_the_checksums_is_told_as_such(copy: Path, content: bytes | None) -> None:
    (copy / CHECKSUMS).unlink()
    if content is not None:
        (copy / CHECKSUMS).write_bytes(content)
    with pytest.raises(
        RuntimeError, match=rf"^course_utils/datasets/bundled/{CHECKSUMS} is "
    ) as caught:
        load_mnist()
    assert f"git checkout -- course_utils/datasets/bundled/{CHECKSUMS} (or" in str(caught.value)


def test_a_wrong_checksum_is_mended_by_the_command_in_the_message(copy: Path) -> None:
    text = (copy / CHECKSUMS).read_text(encoding="ascii")
    (copy / CHECKSUMS).write_text("0" + text[1:].replace("\n0", "\n1"), encoding="ascii")
    with pytest.raises(RuntimeError, match=f"course_utils/datasets/bundled/{CHECKSUMS} "):
        load_fashion_mnist()


class _Harm:
    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return os.mkdir, ("harmed",)


def _npz(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, allow_pickle=True, **{name: np.asarray(a) for name, a in arrays.items()})
    return file.getvalue()


_IMAGES = np.zeros((3, 1, 28, 28), np.uint8)
_LABELS = np.zeros(3, np.uint8)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 not an archive",
        b"some text",
        _npz(images=_IMAGES),
        _npz(images=_IMAGES[:, 0], labels=_LABELS),
        _npz(images=_IMAGES / 255, labels=_LABELS),
        _npz(images=_IMAGES, labels=_LABELS[:2]),
        _npz(images=_IMAGES, labels=_LABELS + 10),
        _npz(images=np.array([_Harm()], dtype=object), labels=_LABELS),
    ],
    ids="empty zip text no-labels 3-axes floats short class-10 pickle".split(),
)
def test_a_wrong_file_with_a_matching_checksum_is_refused(
    copy: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.chdir(copy)
    (copy / "mnist_train.npz").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    (copy / CHECKSUMS).write_text(f"{digest}  mnist_train.npz\n", encoding="ascii")
    with pytest.raises(RuntimeError, match=r"bundled/mnist_train\.npz is not the data file"):
        load_mnist()
    assert not (copy / "harmed").exists()


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"name: expected one of .* got 'cifar10\.npz'"):
        bundled.read_bundled("cifar10.npz")


def test_checking_the_files_needs_neither_torch_nor_numpy() -> None:
    code = (
        "import sys; sys.modules['torch'] = sys.modules['numpy'] = None\n"
        "from course_utils.datasets.bundled import verify_bundled\n"
        "assert all(ok for _, ok, _ in verify_bundled())"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=FOLDER.parent.parent)
