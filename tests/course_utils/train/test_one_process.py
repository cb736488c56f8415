"""One process: the loop of notebook 07, stopping and going on, the log, what is printed."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from course_utils.datasets import load_mnist, make_loader
from course_utils.devices import set_seed
from course_utils.models import SoftmaxRegression
from course_utils.training import run as run_module
from course_utils.training import fit
from course_utils.training.sampling import GlobalBatchSampler
from course_utils.training.signals import StopRequest, listening
from tests.course_utils.train.launching import SMALL, assert_same_bits, events, program, weights


def stop_after(
    monkeypatch: pytest.MonkeyPatch, batches: int, number: signal.Signals = signal.SIGTERM
) -> None:
    """Send this process a signal after so many batches of the next run, and never again."""
    train_epoch: Any = vars(run_module)["train_epoch"]
    seen = 0

    def signalling(*arguments: Any) -> int:
        *first, after_batch, after_step = arguments

        def counting(batch: int, sums: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == batches:
                signal.raise_signal(number)
            after_batch(batch, sums)

        batches_done: int = train_epoch(*first, counting, after_step)
        return batches_done

    monkeypatch.setattr(run_module, "train_epoch", signalling)


def test_it_is_the_loop_of_the_notebooks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`fit` over the same batches ends with the same weights and history."""
    epochs = 2
    assert program(*SMALL, "--epochs", epochs, "--checkpoint-dir", tmp_path, "--seed", 3) == 0
    set_seed(3)
    model = SoftmaxRegression()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.006)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.006, total_steps=epochs * 16)
    sampler = GlobalBatchSampler(8000, 500, seed=3)
    loader = make_loader(load_mnist(), batch_sampler=sampler)
    test_loader = make_loader(load_mnist(train=False), 1000)
    lines = []
    for epoch in range(1, epochs + 1):
        sampler.set_epoch(epoch)
        lines.append(fit(model, loader, test_loader, 1, optimizer, scheduler, progress=False))
    for name, tensor in model.state_dict().items():
        # The program adds up four parts of each batch, which rounds differently.
        torch.testing.assert_close(weights(tmp_path)[name], tensor, rtol=1e-4, atol=1e-5)
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(": ", 1)[1] for line in printed if line.startswith("Epoch")] == [
        str(history[0]).split(": ", 1)[1] for history in lines
    ]


@pytest.mark.parametrize("options", [(), ("--accumulate", "3"), ("--precision", "bf16")])
def test_stopped_anywhere_it_goes_on_to_the_same_bits(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (*SMALL, "--epochs", 3, *options)
    assert program(*arguments, "--checkpoint-dir", tmp_path / "whole") == 0
    chance = random.Random(len(options))
    for trial in range(4):
        stopped = ("--checkpoint-dir", tmp_path / f"{trial}", "--resume")
        with monkeypatch.context() as patch:
            stop_after(patch, chance.randrange(1, 3 * 16 - 3))
            assert program(*arguments, *stopped) == 143
        assert program(*arguments, *stopped) == 0
        assert_same_bits(tmp_path / "whole", tmp_path / f"{trial}")


def test_the_history_of_a_stopped_run_is_that_of_the_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (*SMALL, "--epochs", 2, "--log-file")
    assert program(*arguments, tmp_path / "whole.jsonl") == 0
    stopped = (*arguments, tmp_path / "log.jsonl", "--checkpoint-dir", tmp_path, "--resume")
    with monkeypatch.context() as patch:
        stop_after(patch, 5, signal.SIGINT)
        assert program(*stopped) == 130
    assert program(*stopped) == 0
    found = events(tmp_path / "log.jsonl")
    assert [one["event"] for one in found] == [
        "start", "stopped", "start", "epoch", "epoch", "done",
    ]  # fmt: skip
    assert (found[1]["by"], found[1]["epochs"], found[1]["batch"]) == ("Ctrl-C", 0, 5)
    assert found[2]["batch"] == 5
    whole = [one for one in events(tmp_path / "whole.jsonl") if one["event"] == "epoch"]
    for one, other in zip(whole, found[3:5], strict=True):
        for name in ("number", "train_loss", "train_accuracy", "test_loss", "test_accuracy"):
            # The sums of a stopped epoch are added up in another order, in float64.
            assert one[name] == pytest.approx(other[name], rel=1e-12)


def test_the_sentence_of_a_stop_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        stop_after(patch, 18)
        assert program(*SMALL, "--checkpoint-dir", tmp_path) == 143
    assert capsys.readouterr().err == (
        "Stopped by SIGTERM after epoch 1, batch 2 of the next; "
        "the same command with --resume goes on\n"
    )
    assert program(*SMALL, "--checkpoint-dir", tmp_path, "--resume") == 0
    assert "Going on after epoch 1, batch 2 of the next\n" in capsys.readouterr().out
    with monkeypatch.context() as patch:
        stop_after(patch, 1)
        assert program(*SMALL) == 143
    assert "without --checkpoint-dir nothing is kept" in capsys.readouterr().err


def test_a_signal_during_the_last_batch_lets_the_run_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        stop_after(patch, 16)
        assert program(*SMALL, "--epochs", 1, "--checkpoint-dir", tmp_path) == 0
    assert (tmp_path / "checkpoint.pt").exists()


def test_a_second_ctrl_c_does_not_wait_and_the_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    request = StopRequest()
    with pytest.raises(KeyboardInterrupt), listening(request, impatient=True):
        signal.raise_signal(signal.SIGINT)
        assert request.number == signal.SIGINT
        signal.raise_signal(signal.SIGINT)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    with listening(request, impatient=False):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)


def test_a_finished_run_is_not_trained_further(tmp_path: Path) -> None:
    arguments = (*SMALL, "--epochs", 1, "--checkpoint-dir", tmp_path)
    assert program(*arguments) == 0
    before = (tmp_path / "checkpoint.pt").read_bytes()
    assert program(*arguments, "--resume", "--log-file", tmp_path / "log.jsonl") == 0
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert [one["event"] for one in events(tmp_path / "log.jsonl")] == ["start", "done"]


def test_with_a_constant_learning_rate_epochs_can_be_added(tmp_path: Path) -> None:
    arguments = (*SMALL, "--schedule", "constant", "--optimizer", "sgd", "--checkpoint-dir")
    assert program(*arguments, tmp_path / "whole", "--epochs", 2) == 0
    assert program(*arguments, tmp_path / "longer", "--epochs", 1) == 0
    assert program(*arguments, tmp_path / "longer", "--epochs", 2, "--resume") == 0
    assert_same_bits(tmp_path / "whole", tmp_path / "longer")
    assert program(*arguments, tmp_path / "longer", "--epochs", 1, "--resume") == 2


def test_a_damaged_checkpoint_is_laid_aside_and_the_one_before_it_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (*SMALL, "--epochs", 2, "--checkpoint-dir", tmp_path)
    assert program(*arguments) == 0
    whole = (tmp_path / "checkpoint.pt").read_bytes()
    (tmp_path / "checkpoint.pt").write_bytes(whole[:-100])
    (tmp_path / ".checkpoint.pt.abc.new").write_bytes(b"left by a kill")
    assert program(*arguments, "--resume") == 0
    out = capsys.readouterr().out
    assert "checkpoint.pt is damaged" in out and "Going on after epoch 1" in out
    assert (tmp_path / "checkpoint.damaged.pt").read_bytes() == whole[:-100]
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "checkpoint.damaged.pt", "checkpoint.previous.pt", "checkpoint.pt",
    ]  # fmt: skip
    for name in ("checkpoint.pt", "checkpoint.previous.pt"):
        (tmp_path / name).write_bytes(b"nothing")
    # Every time: what is damaged stays in its place, or the next start would begin again.
    for _ in range(2):
        assert program(*arguments, "--resume") == 2
        assert "no checkpoint in" in capsys.readouterr().err
    assert (tmp_path / "checkpoint.pt").read_bytes() == b"nothing"


def test_a_loss_that_is_not_finite_ends_the_run_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.jsonl"
    arguments = ("--lr", "1e37", "--optimizer", "sgd", "--schedule", "constant")
    assert program(*SMALL, *arguments, "--checkpoint-dir", tmp_path, "--log-file", log) == 1
    err = capsys.readouterr().err
    assert err.startswith("loss: expected a finite number, got ") and err.count("\n") == 1
    assert "in epoch 1 by batch 16: lower --lr" in err
    assert events(log)[-1]["event"] == "failed"
    assert not (tmp_path / "checkpoint.pt").exists()


def test_a_checkpoint_that_cannot_be_written_ends_the_run_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    assert program(*SMALL, "--epochs", 1, "--checkpoint-dir", tmp_path) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"the checkpoint {tmp_path / 'checkpoint.pt'} could not be written (")
    assert err.count("\n") == 1


def test_a_log_that_cannot_be_written_further_ends_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log, written = tmp_path / "log.jsonl", os.write

    def filling_up(descriptor: int, line: bytes) -> int:
        """The first line fits, of the second one only the beginning."""
        return written(descriptor, line[:9] if log.stat().st_size else line)

    monkeypatch.setattr(os, "write", filling_up)
    arguments = (*SMALL, "--epochs", 2, "--checkpoint-dir", tmp_path, "--log-file", log)
    assert program(*arguments) == 0
    out = capsys.readouterr().out
    assert out.count("--log-file: no more is written: No space left on device\n") == 1
    assert "Epoch 2: " in out and (tmp_path / "checkpoint.pt").exists()
    assert [one["event"] for one in events(log)] == ["start"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_log_on_a_full_disk_does_not_end_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (*SMALL, "--epochs", 1, "--checkpoint-dir", tmp_path, "--log-file", "/dev/full")
    assert program(*arguments) == 0
    assert "--log-file: no more is written: No space left" in capsys.readouterr().out
    assert (tmp_path / "checkpoint.pt").exists()
