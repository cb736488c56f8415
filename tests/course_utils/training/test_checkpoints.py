"""Checkpoints hold all that a run needs, and nothing damaged or foreign is loaded."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.datasets import ImageDataset, make_loader
from course_utils.training import History, fit, load_checkpoint, save_checkpoint
from course_utils.training.checkpoints import _sealed, newest, previous


class Run:
    """A model with everything that belongs to its run."""

    def __init__(self, seed: int = 0, hidden: int = 4) -> None:
        torch.manual_seed(seed)
        self.model = nn.Sequential(
            nn.Flatten(), nn.Linear(6, hidden), nn.BatchNorm1d(hidden), nn.Dropout(0.3),
            nn.Linear(hidden, 3),
        )  # fmt: skip
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, step_size=5)
        images = torch.arange(60 * 6, dtype=torch.uint8).reshape(60, 1, 2, 3)
        data = ImageDataset(images, torch.arange(60) % 3, ("a", "b", "c"))
        self.loader = make_loader(data, batch_size=8, shuffle=True, seed=seed)

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
    random.seed(99)
    torch.manual_seed(99)
    second = Run(seed=0)
    torch.manual_seed(7)
    history = second.fit(5, tmp_path / "run.pt")
    assert second.weights() == whole.weights()
    for name in ("train_loss", "train_accuracy", "test_loss", "test_accuracy"):
        assert history.column(name) == expected.column(name)


def test_a_finished_run_is_not_trained_further(tmp_path: Path) -> None:
    Run().fit(2, tmp_path / "run.pt")
    again = Run()
    assert len(again.fit(2, tmp_path / "run.pt")) == 2
    with pytest.raises(
        ValueError, match=r"epochs: expected at least 2, which run.pt has done, got 1"
    ):
        again.fit(1, tmp_path / "run.pt")


def test_random_states_are_put_back(tmp_path: Path) -> None:
    run = Run()
    save_checkpoint(tmp_path / "run.pt", run.model, 3)
    expected = (random.random(), float(np.random.rand()), torch.rand(1).item())
    random.seed(5)
    np.random.seed(5)
    torch.manual_seed(5)
    assert load_checkpoint(tmp_path / "run.pt", run.model) == 3
    assert (random.random(), float(np.random.rand()), torch.rand(1).item()) == expected


def test_the_file_is_plain_and_torch_reads_it_itself(tmp_path: Path) -> None:
    Run().fit(1, tmp_path / "run.pt")
    state = torch.load(tmp_path / "run.pt", weights_only=True)
    assert state["epoch"] == 1
    assert set(state["model"]) == set(Run().model.state_dict())


def test_the_one_before_is_kept_and_nothing_else(tmp_path: Path) -> None:
    run = Run()
    run.fit(3, tmp_path / "run.pt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.previous.pt", "run.pt"]
    assert run.load(tmp_path / "run.previous.pt") == 2


def test_killed_between_the_renamings_the_previous_one_is_used(tmp_path: Path) -> None:
    whole = Run()
    whole.fit(4)
    Run().fit(3, tmp_path / "run.pt")
    (tmp_path / "run.pt").unlink()
    assert newest(tmp_path / "run.pt") == previous(tmp_path / "run.pt")
    with pytest.raises(
        RuntimeError, match=r"no checkpoint run.pt; run.previous.pt holds the one before it"
    ):
        Run().load(tmp_path / "run.pt")
    resumed = Run()
    resumed.fit(4, tmp_path / "run.pt")
    assert resumed.weights() == whole.weights()


def test_a_failed_save_leaves_both_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run()
    run.fit(2, tmp_path / "run.pt")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(RuntimeError, match=r"run.pt could not be written \(.*No space left"):
        save_checkpoint(tmp_path / "run.pt", run.model, 9)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"run.pt could not be written"):
        save_checkpoint(tmp_path / "missing" / "run.pt", Run().model, 1)


class _Evil:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("evil"),))


def test_nothing_foreign_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run()
    torch.save(run.model.state_dict(), tmp_path / "weights.pt")
    with pytest.raises(RuntimeError, match=r"weights.pt is damaged or not a checkpoint"):
        run.load(tmp_path / "weights.pt")
    torch.save({"x": _Evil()}, tmp_path / "evil.pt")
    (tmp_path / "pickle.pt").write_bytes(pickle.dumps(_Evil()))
    (tmp_path / "text.pt").write_text("not a checkpoint", encoding="utf-8")
    # The seal shows damage; what keeps an attack out is that only plain data are unpickled.
    (tmp_path / "sealed.pt").write_bytes(_sealed((tmp_path / "evil.pt").read_bytes()))
    for name in ("evil.pt", "pickle.pt", "text.pt", "sealed.pt"):
        with pytest.raises(RuntimeError, match=rf"{name} is damaged or not a checkpoint"):
            run.load(tmp_path / name)
    assert not (tmp_path / "evil").exists()
    with pytest.raises(RuntimeError, match=r"there is no checkpoint none.pt$"):
        run.load(tmp_path / "none.pt")


def test_another_model_optimizer_or_scheduler_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    Run().fit(1, path)
    other = Run(hidden=5)
    before = other.weights()
    with pytest.raises(
        RuntimeError,
        match=r"another model: for 1.weight the model has \[5, 6\], the checkpoint \[4, 6\]",
    ):
        other.load(path)
    assert other.weights() == before
    run = Run()
    sgd = torch.optim.SGD(run.model.parameters(), lr=0.1)
    with pytest.raises(RuntimeError, match="made with optimizer Adam, got SGD"):
        load_checkpoint(path, run.model, sgd)
    exponential = torch.optim.lr_scheduler.ExponentialLR(run.optimizer, gamma=0.9)
    with pytest.raises(RuntimeError, match="made with scheduler StepLR, got ExponentialLR"):
        load_checkpoint(path, run.model, run.optimizer, exponential)
    groups = [{"params": [one]} for one in run.model.parameters()]
    before = run.weights()
    with pytest.raises(RuntimeError, match=r"run.pt was made with another optimizer: .*groups"):
        load_checkpoint(path, run.model, torch.optim.Adam(groups, lr=0.01))
    assert run.weights() == before
    save_checkpoint(path, run.model, 1)
    with pytest.raises(RuntimeError, match="made with optimizer left out, got Adam"):
        load_checkpoint(path, run.model, run.optimizer)


def test_a_list_of_batches_has_no_generator_to_keep(tmp_path: Path) -> None:
    run = Run()
    run.loader = list(run.loader)  # type: ignore[assignment]
    assert [len(run.fit(epochs, tmp_path / "run.pt")) for epochs in (1, 2)] == [1, 2]


def test_a_checkpoint_without_its_checksum_is_told_from_a_changed_one(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    save_checkpoint(path, Run().model, 1)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"?")
    with pytest.raises(RuntimeError, match="its checksum is not that of its content"):
        Run().load(path)
    torch.save(torch.load(path, weights_only=True), path)  # as an older version stored it
    with pytest.raises(RuntimeError, match=r"no checksum: .* or comes from an older version"):
        Run().load(path)


def test_a_file_that_cannot_be_read_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "run.pt").mkdir()
    with pytest.raises(RuntimeError, match=r"^path: run.pt cannot be read \("):
        Run().load(tmp_path / "run.pt")


def test_what_a_killed_save_left_may_refuse_to_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run()
    (tmp_path / ".run.pt.abc.new").write_bytes(b"held open by another run")

    def held(path: Path, *arguments: Any, **options: Any) -> None:
        if path.exists():
            raise PermissionError(13, "held open")

    monkeypatch.setattr(Path, "unlink", held)
    save_checkpoint(tmp_path / "run.pt", run.model, 4)
    assert load_checkpoint(tmp_path / "run.pt", run.model) == 4


def test_numbers_of_numpy_are_stored_as_those_of_python(tmp_path: Path) -> None:
    run = Run()
    run.optimizer = torch.optim.Adam(
        run.model.parameters(), lr=np.float64(0.01), betas=(np.float64(0.9), 0.99)
    )
    milestones: Any = np.array([3, 5])
    scheduler = torch.optim.lr_scheduler.MultiStepLR(run.optimizer, milestones)
    run.scheduler = scheduler  # type: ignore[assignment]
    run.fit(1, tmp_path / "run.pt")
    assert len(run.fit(2, tmp_path / "run.pt")) == 2
    state = torch.load(tmp_path / "run.pt", weights_only=True)
    group = state["optimizer"]["state"]["param_groups"][0]
    assert [type(number) for number in (group["lr"], *group["betas"])] == [float] * 3
    # A counter stays one, which the scheduler computes with.
    assert sorted(scheduler.milestones.elements()) == [3, 5]


@pytest.mark.parametrize("part", ["optimizer", "scheduler"])
def test_a_part_that_could_not_be_read_again_is_refused_by_name(tmp_path: Path, part: str) -> None:
    run = Run()
    run.fit(1, tmp_path / "run.pt")
    before = (tmp_path / "run.pt").read_bytes()
    if part == "optimizer":
        run.optimizer.param_groups[0]["note"] = np.zeros(2)
    else:
        run.scheduler.note = np.zeros(2)  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match=f"^{part}: expected numbers, .*, got ndarray in it$"):
        save_checkpoint(tmp_path / "run.pt", run.model, 2, run.optimizer, run.scheduler)
    assert (tmp_path / "run.pt").read_bytes() == before


class _WithExtra(nn.Linear):
    """A layer that keeps something beside its tensors."""

    extra: Any = None

    def get_extra_state(self) -> Any:
        return self.extra

    def set_extra_state(self, state: Any) -> None:
        self.extra = state


def test_the_extra_state_of_a_model_is_kept(tmp_path: Path) -> None:
    path, model = tmp_path / "run.pt", _WithExtra(2, 2)
    for extra in ({"seen": [1, 2]}, torch.arange(3), np.float64(0.5)):
        model.extra = extra
        save_checkpoint(path, model, 1)
        again = _WithExtra(2, 2)
        load_checkpoint(path, again)
        assert repr(again.extra) == repr(0.5 if isinstance(extra, float) else extra)
    with pytest.raises(RuntimeError, match=r"the model has nothing, the checkpoint an extra state"):
        load_checkpoint(path, nn.Linear(2, 2))
    model.extra = {1, 2}
    with pytest.raises(TypeError, match=r"^model: expected numbers, .*, got set in it$"):
        save_checkpoint(path, model, 1)


def test_an_extra_that_contains_itself_is_named(tmp_path: Path) -> None:
    extra: dict[str, Any] = {}
    extra["list"] = [extra]
    with pytest.raises(ValueError, match=r"^extra: expected .*, got one that contains itself"):
        save_checkpoint(tmp_path / "run.pt", Run().model, 1, extra=extra)
    assert not list(tmp_path.iterdir())
    run = Run()
    run.optimizer.param_groups[0]["note"] = extra
    with pytest.raises(ValueError, match=r"^optimizer: expected .*, got one that contains itself"):
        save_checkpoint(tmp_path / "run.pt", run.model, 1, run.optimizer)
