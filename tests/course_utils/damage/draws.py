"""Random damage to files, and what the course says to it: shared by the tests and the benchmark.

A subject is a set of whole files with the call that loads them. A draw damages one file in one way,
loads, and puts the file back.
"""

from __future__ import annotations

import gzip
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import torch
from torch import nn

from course_utils.datasets import ImageDataset, bundled, load_fashion_mnist, load_mnist, make_loader
from course_utils.datasets.bundled import BUNDLED_FILES, CHECKSUMS
from course_utils.datasets.sources import SOURCES
from course_utils.training import fit, load_checkpoint
from course_utils.training.program import main as train
from course_utils.training.run_folder import CHECKPOINT, find
from course_utils.training.settings import parse

KINDS = ("cut", "bit", "swap")
LONGEST_SENTENCE = 400
"""Characters beside the path: what a reader gets is a sentence and no traceback."""


@dataclass(frozen=True)
class Subject:
    """refusal: load what the file belongs to; the sentence that refuses it, or None if loaded."""

    name: str
    files: list[Path]
    refusal: Callable[[Path], str | None]


@dataclass(frozen=True)
class Draw:
    """One damage and what came of it: "refused" with the file's name in one sentence, or what."""

    file: str
    kind: str
    verdict: str


def damaged(content: bytes, kind: str, rng: random.Random) -> bytes:
    """The content cut short, with one bit flipped, or with two stretches of it exchanged."""
    if kind == "cut":
        return content[: rng.randrange(len(content))]
    changed = bytearray(content)
    while changed == content:  # two equal stretches change nothing
        if kind == "bit":
            changed[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
            continue
        length = rng.randrange(1, min(4096, len(content) // 2) + 1)
        one, other = sorted(rng.sample(range(len(content) // length), 2))
        first, second = (slice(i * length, (i + 1) * length) for i in (one, other))
        changed[first], changed[second] = changed[second], changed[first]
    return bytes(changed)


def draw(subject: Subject, rng: random.Random) -> Draw:
    """Damage one of the subject's files, load, and put the file back."""
    file, kind = rng.choice(subject.files), rng.choice(KINDS)
    whole = file.read_bytes()
    file.write_bytes(damaged(whole, kind, rng))
    try:
        sentence = subject.refusal(file)
        verdict = "loaded"
        if sentence is not None:
            short = len(sentence.replace(str(file), "")) <= LONGEST_SENTENCE
            named = file.name in sentence and "\n" not in sentence
            verdict = "refused" if named and short else f"said: {sentence}"
    except Exception as error:
        # A crash is what this looks for.
        verdict = f"{type(error).__name__}: {error}"
    file.write_bytes(whole)
    return Draw(file.name, kind, verdict)


def message_of(load: Callable[[], object]) -> str | None:
    """What the documented error says, or None where there is none."""
    try:
        load()
    except RuntimeError as error:
        return str(error)
    return None


@contextmanager
def bundled_files(folder: Path) -> Iterator[Subject]:
    """The files that come with the course: a copy of them, from which the package reads."""
    loads: dict[str, Callable[[], ImageDataset]] = {
        "fashion_mnist_train.npz": lambda: load_fashion_mnist(train=True),
        "fashion_mnist_test.npz": lambda: load_fashion_mnist(train=False),
        "mnist_train.npz": lambda: load_mnist(train=True),
        "mnist_test.npz": lambda: load_mnist(train=False),
    }
    before = bundled._FOLDER
    for name in (*BUNDLED_FILES, CHECKSUMS):
        shutil.copyfile(before / name, folder / name)
    bundled._FOLDER = folder
    files = [folder / name for name in BUNDLED_FILES]
    try:
        yield Subject("bundled files", files, lambda file: message_of(loads[file.name]))
    finally:
        bundled._FOLDER = before


@contextmanager
def full_set(folder: Path, originals: Path, train: bool) -> Iterator[Subject]:
    """One split of the full Fashion-MNIST, unpacked from the folder of the originals."""
    source = SOURCES["FashionMNIST"]
    raw = folder / source.folder
    raw.mkdir(parents=True)
    for name in source.files:
        (raw / name).write_bytes(gzip.decompress((originals / f"{name}.gz").read_bytes()))
    files = [raw / name for name in (source.train if train else source.test)]
    yield Subject(
        "full Fashion-MNIST",
        files,
        lambda file: message_of(lambda: load_fashion_mnist(train=train, full=True, root=folder)),
    )


@contextmanager
def checkpoint(folder: Path) -> Iterator[Subject]:
    """The newest of two checkpoints of `fit`; a refusal must leave the model as it was."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    whole = load_mnist(train=False)
    loader = make_loader(ImageDataset(whole.images[:64], whole.labels[:64], whole.classes), 32)
    path = folder / "run.pt"
    fit(model, loader, loader, 2, optimizer, checkpoint=path, progress=False)

    def refusal(file: Path) -> str | None:
        before = [param.detach().clone() for param in model.parameters()]
        sentence = message_of(lambda: load_checkpoint(file, model, optimizer, None, loader))
        if not all(map(torch.equal, before, model.parameters())):
            raise AssertionError("the model was changed")
        if sentence and "run.previous.pt holds the one before it" not in sentence:
            raise AssertionError("the older checkpoint is not named")
        return sentence

    yield Subject("a checkpoint of fit", [path], refusal)


@contextmanager
def run_folder(folder: Path) -> Iterator[Subject]:
    """The newest of the training program's two checkpoints; the older one must be used instead."""
    arguments = ["--model", "softmax", "--batch-size", "500", "--epochs", "2", "--no-progress"]
    arguments += ["--checkpoint-dir", str(folder)]
    with redirect_stdout(StringIO()):
        code = train(arguments)
    if code:
        raise RuntimeError("the run that makes the checkpoints failed")
    settings = parse([*arguments, "--resume"], 1)
    path = folder / CHECKPOINT

    def refusal(file: Path) -> str | None:
        found = find(settings, restarted=False)
        if found is None:
            raise AssertionError("the run would begin again")
        state, remark = found
        aside = path.with_name("checkpoint.damaged.pt")
        if remark:
            if state["epoch"] != 1 or not aside.exists() or path.exists():
                raise AssertionError("the older checkpoint was not used")
            aside.unlink()
        return remark or None

    yield Subject("checkpoints of the program", [path], refusal)
