"""Checkpoints hold all that a run needs, and nothing damaged or foreign is loaded."""

from __future__ import annotations

import errno
import os
import pickle
import random
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.datasets import ImageDataset, make_loader
from course_utils.training import History, fit, load_checkpoint, read_extra, save_checkpoint
from course_utils.training.checkpoints import _sealed, newest, previous
from tests.course_utils.training.launching import SMALL, assert_same_bits, program


class Run:
    """A model with everything that belongs to its run."""

    def __init__(self, hidden: int = 4, lr: Any = 0.01) -> None:
        torch.manual_seed(0)
        self.model = nn.Sequential(
            nn.Flatten(), nn.Linear(6, hidden), nn.BatchNorm1d(hidden), nn.Dropout(0.3),
            nn.Linear(hidden, 3),
        )  # fmt: skip
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)
        self.scheduler = torch.optim.lr_scheduler.MultiStepLR(self.optimizer, [5, 9])
        images = torch.arange(60 * 6, dtype=torch.uint8).reshape(60, 1, 2, 3)
        data = ImageDataset(images, torch.arange(60) % 3, ("a", "b", "c"))
        self.loader = make_loader(data, batch_size=8, shuffle=True, seed=0)

    def fit(self, epochs: int, checkpoint: Path | None = None) -> History:
        return fit(
            self.model, self.loader, self.loader, epochs, self.optimizer, self.scheduler,
            checkpoint=checkpoint, progress=False,
        )  # fmt: skip

    def load(self, path: Path) -> int:
        return load_checkpoint(path, self.model, self.optimizer, self.scheduler, self.loader)

    def weights(self) -> list[Any]:
        return [tensor.tolist() for tensor in self.model.state_dict().values()]


def test_a_resumed_run_equals_the_whole_one(tmp_path: Path) -> None:
    whole = Run()
    expected = whole.fit(5)
    Run().fit(2, tmp_path / "run.pt")
    second = Run()
    torch.manual_seed(7)
    history = second.fit(5, tmp_path / "run.pt")
    assert second.weights() == whole.weights()
    for name in ("train_loss", "train_accuracy", "test_loss", "test_accuracy"):
        assert history.column(name) == expected.column(name)


def test_a_finished_run_is_not_trained_further(tmp_path: Path) -> None:
    path, again = tmp_path / "run.pt", Run()
    Run().fit(2, path)
    assert len(again.fit(2, path)) == 2
    with pytest.raises(
        ValueError, match=r"epochs: expected at least 2, which run.pt has done, got 1"
    ):
        again.fit(1, path)


def test_random_states_are_put_back(tmp_path: Path) -> None:
    model = nn.Linear(2, 2)
    save_checkpoint(tmp_path / "run.pt", model, 3, extra={"note": [1, "two"]})
    expected = (random.random(), float(np.random.rand()), torch.rand(1).item())
    random.seed(5)
    np.random.seed(5)
    torch.manual_seed(5)
    assert load_checkpoint(tmp_path / "run.pt", model) == 3
    assert (random.random(), float(np.random.rand()), torch.rand(1).item()) == expected
    assert read_extra(tmp_path / "run.pt") == {"note": [1, "two"]}


def test_the_file_is_plain_and_torch_reads_it_itself(tmp_path: Path) -> None:
    Run().fit(1, tmp_path / "run.pt")
    state = torch.load(tmp_path / "run.pt", weights_only=True)
    assert state["epoch"] == 1
    assert set(state["model"]) == set(Run().model.state_dict())


def test_a_list_of_batches_has_no_generator_to_keep(tmp_path: Path) -> None:
    run = Run()
    run.loader = list(run.loader)  # type: ignore[assignment]
    assert [len(run.fit(epochs, tmp_path / "run.pt")) for epochs in (1, 2)] == [1, 2]


def test_the_one_before_is_kept_and_nothing_else(tmp_path: Path) -> None:
    run = Run()
    run.fit(3, tmp_path / "run.pt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.previous.pt", "run.pt"]
    assert run.load(tmp_path / "run.previous.pt") == 2


def test_killed_between_the_renamings_the_previous_one_is_used(tmp_path: Path) -> None:
    path, whole, resumed = tmp_path / "run.pt", Run(), Run()
    whole.fit(4)
    Run().fit(3, path)
    path.unlink()
    assert newest(path) == previous(path)
    with pytest.raises(
        RuntimeError, match=r"no checkpoint run.pt; run.previous.pt holds the one before it"
    ):
        Run().load(path)
    resumed.fit(4, path)
    assert resumed.weights() == whole.weights()


def test_numbers_of_numpy_are_stored_as_those_of_python(tmp_path: Path) -> None:
    run = Run(lr=np.logspace(-3, -2, 3)[1])
    run.fit(1, tmp_path / "run.pt")
    assert len(run.fit(2, tmp_path / "run.pt")) == 2
    group = torch.load(tmp_path / "run.pt", weights_only=True)["optimizer"]["state"]["param_groups"]
    assert type(group[0]["lr"]) is float
    # A counter stays one, which the scheduler computes with.
    assert sorted(run.scheduler.milestones.elements()) == [5, 9]


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    path, model = tmp_path / "run.pt", Run().model
    save_checkpoint(path, model, 1)
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match=r"run.pt could not be written \(Weights only load"):
        save_checkpoint(path, model, 2, extra={"array": np.zeros(2)})
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("run.pt", before)]


# Files and models that do not fit.


class _Evil:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("evil"),))


def test_nothing_foreign_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run()
    torch.save(run.model.state_dict(), tmp_path / "weights.pt")
    torch.save({"x": _Evil()}, tmp_path / "evil.pt")
    (tmp_path / "pickle.pt").write_bytes(pickle.dumps(_Evil()))
    # The seal shows damage; what keeps an attack out is that only plain data are unpickled.
    (tmp_path / "sealed.pt").write_bytes(_sealed((tmp_path / "evil.pt").read_bytes()))
    for name in ("weights.pt", "evil.pt", "pickle.pt", "sealed.pt"):
        with pytest.raises(RuntimeError, match=rf"{name} is damaged or not a checkpoint"):
            run.load(tmp_path / name)
    assert not (tmp_path / "evil").exists()
    with pytest.raises(RuntimeError, match=r"there is no checkpoint none.pt$"):
        run.load(tmp_path / "none.pt")
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(RuntimeError, match=r"^path: folder.pt cannot be read \("):
        run.load(tmp_path / "folder.pt")


def test_a_checkpoint_without_its_checksum_is_told_from_a_changed_one(tmp_path: Path) -> None:
    path, model = tmp_path / "run.pt", Run().model
    save_checkpoint(path, model, 1)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(RuntimeError, match="its checksum is not that of its content"):
        load_checkpoint(path, model)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RuntimeError, match="it carries no checksum: it was cut short"):
        load_checkpoint(path, model)


def test_another_model_is_named(tmp_path: Path) -> None:
    path, other = tmp_path / "run.pt", Run(hidden=5)
    Run().fit(1, path)
    before = other.weights()
    with pytest.raises(
        RuntimeError,
        match=r"another model: for 1.weight the model has \[5, 6\], the checkpoint \[4, 6\]",
    ):
        other.load(path)
    assert other.weights() == before


def test_another_optimizer_or_scheduler_is_named(tmp_path: Path) -> None:
    path, run = tmp_path / "run.pt", Run()
    run.fit(1, path)
    before = run.weights()
    sgd = torch.optim.SGD(run.model.parameters(), lr=0.1)
    with pytest.raises(RuntimeError, match="made with optimizer Adam, got SGD"):
        load_checkpoint(path, run.model, sgd)
    exponential = torch.optim.lr_scheduler.ExponentialLR(run.optimizer, gamma=0.9)
    with pytest.raises(RuntimeError, match="made with scheduler MultiStepLR, got ExponentialLR"):
        load_checkpoint(path, run.model, run.optimizer, exponential)
    groups = [{"params": [one]} for one in run.model.parameters()]
    with pytest.raises(RuntimeError, match=r"run.pt was made with another optimizer: .*groups"):
        load_checkpoint(path, run.model, torch.optim.Adam(groups, lr=0.01))
    assert run.weights() == before
    save_checkpoint(path, run.model, 1)
    with pytest.raises(RuntimeError, match="made with optimizer left out, got Adam"):
        load_checkpoint(path, run.model, run.optimizer)


# A full disk; `benchmarks/full_disk.py` shows the same on a real file system without room.


def fill_after(files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the disk takes so many files and no more."""
    fsync, written = os.fsync, [0]

    def filling(descriptor: int) -> None:
        written[0] += 1
        if written[0] > files:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", filling)


def test_a_save_that_finds_no_room_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, model = tmp_path / "run.pt", Run().model
    for epoch in (1, 2):
        save_checkpoint(path, model, epoch)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    fill_after(0, monkeypatch)
    with pytest.raises(RuntimeError, match=r"^path: the checkpoint .* \(.*No space left on device"):
        save_checkpoint(path, model, 3)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    with pytest.raises(RuntimeError, match=r"run.pt could not be written"):
        save_checkpoint(tmp_path / "missing" / "run.pt", model, 1)


def test_the_program_ends_with_a_sentence_and_goes_on_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, whole, full = (*SMALL, "--epochs", 4), tmp_path / "whole", tmp_path / "full"
    assert program(*run, "--checkpoint-dir", whole) == 0
    with monkeypatch.context() as patch:
        fill_after(2, patch)
        assert program(*run, "--checkpoint-dir", full) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"the checkpoint {full / 'checkpoint.pt'} could not be written (")
    assert "No space left on device" in error and error.count("\n") == 1
    kept = {file.name: torch.load(file, weights_only=True)["epoch"] for file in full.iterdir()}
    assert kept == {"checkpoint.pt": 2, "checkpoint.previous.pt": 1}
    assert program(*run, "--checkpoint-dir", full, "--resume") == 0
    assert_same_bits(whole, full)


def test_a_compiled_or_wrapped_model_is_the_same_model(tmp_path: Path) -> None:
    path, model = tmp_path / "run.pt", nn.Linear(2, 3)
    compiled = torch.compile(model)
    save_checkpoint(path, cast(nn.Module, compiled), epoch=1)
    other = nn.Linear(2, 3)
    assert load_checkpoint(path, other) == 1
    assert torch.equal(other.weight, model.weight)
    save_checkpoint(path, model, epoch=2)
    again = nn.Linear(2, 3)
    assert load_checkpoint(path, cast(nn.Module, torch.compile(again))) == 2
    assert torch.equal(again.weight, model.weight)


def test_an_optimizer_of_the_same_parameters_in_another_order_is_refused(tmp_path: Path) -> None:
    path, model = tmp_path / "run.pt", nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    adam = torch.optim.Adam(model.parameters())
    save_checkpoint(path, model, 1, adam)
    other = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    before = next(other.parameters()).detach().clone()
    reversed_adam = torch.optim.Adam(list(other.parameters())[::-1])
    with pytest.raises(RuntimeError, match="other parameters, or in another order"):
        load_checkpoint(path, other, reversed_adam)
    assert torch.equal(next(other.parameters()), before)


def test_changed_settings_are_refused_with_both_values(tmp_path: Path) -> None:
    def made(lr: float, steps: int) -> tuple[nn.Module, Any, Any]:
        model = nn.Linear(2, 2)
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        return model, optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, steps)

    path = tmp_path / "run.pt"
    model, optimizer, schedule = made(0.1, 10)
    save_checkpoint(path, model, 1, optimizer, schedule)
    assert load_checkpoint(path, *made(0.1, 10)) == 1
    with pytest.raises(RuntimeError, match="scheduler total_steps=10, got 20"):
        load_checkpoint(path, *made(0.1, 20))
    with pytest.raises(RuntimeError, match=r"_lr=.*, got "):
        load_checkpoint(path, *made(0.2, 10))
    save_checkpoint(path, model, 1, torch.optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(RuntimeError, match=r"optimizer lr=0.1, got 0.3"):
        load_checkpoint(path, model, torch.optim.SGD(model.parameters(), lr=0.3))
