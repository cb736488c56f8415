"""The program in one process: the loop of notebook 07, stopping and going on, wrong input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from course_utils.datasets import load_mnist, make_loader
from course_utils.devices import set_seed
from course_utils.models import SoftmaxRegression
from course_utils.training import fit, save_checkpoint
from course_utils.training.processes import Place, StopRequest
from course_utils.training.program import choose_device
from course_utils.training.sampling import GlobalBatchSampler
from course_utils.training.settings import WrongInput, parse
from tests.course_utils.training.launching import (
    ROOT,
    SMALL,
    assert_same_bits,
    events,
    program,
    signal_after,
)

Capture = pytest.CaptureFixture[str]


def test_it_is_the_loop_of_the_notebooks(tmp_path: Path, capsys: Capture) -> None:
    """`fit` over the same batches ends with the same weights and history."""
    assert program(*SMALL, "--epochs", 2, "--checkpoint-dir", tmp_path, "--seed", 3) == 0
    found = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["model"]
    set_seed(3)
    model = SoftmaxRegression()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.006)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.006, total_steps=2 * 16)
    sampler = GlobalBatchSampler(8000, 500, seed=3)
    loader = make_loader(load_mnist(), batch_sampler=sampler)
    test_loader = make_loader(load_mnist(train=False), 1000)
    lines = []
    for epoch in (1, 2):
        sampler.set_epoch(epoch)
        history = fit(model, loader, test_loader, 1, optimizer, scheduler, progress=False)
        lines.append(f"Epoch {epoch}: " + str(history).removeprefix("Epoch 1: "))
    for name, tensor in model.state_dict().items():
        # The program adds up four parts of each batch, which rounds differently.
        torch.testing.assert_close(found[name], tensor, rtol=1e-4, atol=1e-5)
    assert capsys.readouterr().out.splitlines()[1:] == lines


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two epochs that nobody disturbed, with its log."""
    folder = tmp_path_factory.mktemp("whole")
    arguments = ("--checkpoint-dir", folder, "--log-file", folder / "log.jsonl")
    assert program(*SMALL, "--epochs", 2, *arguments) == 0
    return folder


@pytest.mark.parametrize("steps", [1, 16, 21])
def test_stopped_anywhere_it_goes_on_to_the_same_bits(
    steps: int, whole: Path, tmp_path: Path, capsys: Capture
) -> None:
    log = tmp_path / "log.jsonl"
    run = (*SMALL, "--epochs", 2, "--checkpoint-dir", tmp_path, "--log-file", log)
    with signal_after(steps):
        assert program(*run) == 143
    where = f"after epoch {steps // 16}, batch {steps % 16} of the next"
    said = f"Stopped by SIGTERM {where}; the same command with --resume goes on\n"
    assert capsys.readouterr().err == said
    assert program(*run, "--resume") == 0
    assert f"Going on {where}\n" in capsys.readouterr().out
    assert_same_bits(whole, tmp_path)
    epochs, expected = (
        [event for event in events(file) if event["event"] == "epoch"]
        for file in (log, whole / "log.jsonl")
    )
    for one, other in zip(epochs, expected, strict=True):
        for name in ("number", "train_loss", "train_accuracy", "test_loss", "test_accuracy"):
            # The sums of a stopped epoch are added up in another order, in float64.
            assert one[name] == pytest.approx(other[name], rel=1e-12)


def test_the_log_tells_of_a_stop_by_ctrl_c(tmp_path: Path, capsys: Capture) -> None:
    log = tmp_path / "log.jsonl"
    with signal_after(5, signal.SIGINT):
        assert program(*SMALL, "--log-file", log) == 130
    assert "without --checkpoint-dir nothing is kept" in capsys.readouterr().err
    start, stopped = events(log)
    assert (start["event"], start["epochs"], start["recipe"]["lr"]) == ("start", 0, 0.006)
    assert start["processes"][0]["pid"] == os.getpid()
    assert (stopped["event"], stopped["by"], stopped["batch"]) == ("stopped", "Ctrl-C", 5)


def test_a_signal_during_the_last_batch_lets_the_run_end(tmp_path: Path) -> None:
    with signal_after(16):
        assert program(*SMALL, "--epochs", 1, "--checkpoint-dir", tmp_path) == 0
    assert (tmp_path / "checkpoint.pt").exists()


def test_a_second_ctrl_c_does_not_wait_and_the_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    request = StopRequest()
    with pytest.raises(KeyboardInterrupt), request.listening(impatient=True):
        signal.raise_signal(signal.SIGINT)
        assert request.number == signal.SIGINT
        signal.raise_signal(signal.SIGINT)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    with request.listening(impatient=False):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)


def test_a_damaged_checkpoint_is_laid_aside_and_the_one_before_it_used(
    whole: Path, tmp_path: Path, capsys: Capture
) -> None:
    good = (whole / "checkpoint.pt").read_bytes()
    before = (whole / "checkpoint.previous.pt").read_bytes()
    (tmp_path / "checkpoint.pt").write_bytes(good[:-100])
    (tmp_path / "checkpoint.previous.pt").write_bytes(before)
    assert program(*SMALL, "--epochs", 2, "--checkpoint-dir", tmp_path, "--resume") == 0
    out = capsys.readouterr().out
    assert "checkpoint.pt is damaged" in out and "Going on after epoch 1" in out
    assert (tmp_path / "checkpoint.damaged.pt").read_bytes() == good[:-100]
    assert_same_bits(whole, tmp_path)


def test_with_only_damaged_checkpoints_it_does_not_begin_again(
    tmp_path: Path, capsys: Capture
) -> None:
    for name in ("checkpoint.pt", "checkpoint.previous.pt"):
        (tmp_path / name).write_bytes(b"nothing")
    for _ in range(2):  # every time: what is damaged stays in its place
        assert program(*SMALL, "--checkpoint-dir", tmp_path, "--resume") == 2
        assert "no checkpoint in" in capsys.readouterr().err


def test_a_loss_that_is_not_finite_ends_the_run_in_a_sentence(
    tmp_path: Path, capsys: Capture
) -> None:
    log = tmp_path / "log.jsonl"
    arguments = ("--lr", "1e37", "--checkpoint-dir", tmp_path, "--log-file", log)
    assert program(*SMALL, *arguments) == 1
    err = capsys.readouterr().err
    assert err.startswith("loss: expected a finite number, got ") and err.count("\n") == 1
    assert "in epoch 1 by batch 16: lower --lr" in err
    assert events(log)[-1]["event"] == "failed"
    assert not (tmp_path / "checkpoint.pt").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_log_on_a_full_disk_does_not_end_the_run(tmp_path: Path, capsys: Capture) -> None:
    arguments = (*SMALL, "--epochs", 1, "--checkpoint-dir", tmp_path, "--log-file", "/dev/full")
    assert program(*arguments) == 0
    assert capsys.readouterr().out.count("--log-file: no more is written: No space left") == 1
    assert (tmp_path / "checkpoint.pt").exists()


# Wrong input: one sentence, exit code 2, nothing changed.


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--model vgg", "--model: invalid choice: 'vgg' (choose from "),
        ("--epochs 0", "--epochs: expected a whole number, 1 or more, got '0'\n"),
        ("--batch-size 2.5", "--batch-size: expected a whole number, 1 or more, got '2.5'\n"),
        ("--seed -1", "--seed: expected a whole number, 0 or more, got '-1'\n"),
        ("--lr 0", "--lr: expected a number above 0, got '0'\n"),
        ("--lr nan", "--lr: expected a number above 0, got 'nan'\n"),
        ("--lr", "--lr: expected one argument\n"),
        ("--epoch 3", "unrecognized arguments: --epoch 3\n"),
        ("--resume", "--resume: expected --checkpoint-dir beside it: what to go on from\n"),
    ],
)
def test_a_wrong_option_is_named(arguments: str, sentence: str, capsys: Capture) -> None:
    assert program(*arguments.split()) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {sentence}") and err.count("\n") == 1


def test_a_batch_must_go_up_evenly() -> None:
    assert parse(["--batch-size", "6"], 3).batch_size == 6
    with pytest.raises(WrongInput, match=r"a multiple of 4, the number of processes .*, got 6"):
        parse(["--batch-size", "6"], 4)


def test_help_shows_commands_that_parse() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.train", "--help"],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    examples = done.stdout.partition("examples:")[2].partition("exit codes:")[0]
    commands = [line.split() for line in examples.splitlines() if "-m " in line]
    assert [words[0] for words in commands] == ["python", "python", "torchrun", "torchrun"]
    for words in commands:
        parse(words[words.index("course_utils.train") + 1 :], 2)


def test_a_device_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert program("--device", "cuda") == 2
    assert "--device: expected 1 of cuda on this machine" in capsys.readouterr().err
    monkeypatch.setenv("COURSE_DEVICE", "tpu")
    assert program() == 2
    assert "COURSE_DEVICE: expected cuda, mps or cpu, got 'tpu'" in capsys.readouterr().err


def test_each_process_gets_a_device_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    cpu, cuda = (parse(["--device", kind], 1) for kind in ("cpu", "cuda"))
    assert choose_device(cpu, Place(5, 6, 5, 6, launched=True)) == torch.device("cpu")
    assert choose_device(cuda, Place(3, 4, 1, 2, launched=True)) == torch.device("cuda", 1)
    with pytest.raises(WrongInput, match=r"3 of cuda on this machine, .*, got 2"):
        choose_device(cuda, Place(0, 3, 0, 3, launched=True))
    # On its own a process takes the one that was asked for.
    monkeypatch.setenv("COURSE_DEVICE", "cuda:1")
    assert choose_device(parse([], 1), Place()) == torch.device("cuda", 1)


def test_unwritable_places_are_named(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")
    assert program(*SMALL, "--checkpoint-dir", file / "run") == 2
    expected = f"error: --checkpoint-dir: cannot write in {file / 'run'} ("
    assert capsys.readouterr().err.startswith(expected)
    assert program(*SMALL, "--log-file", file / "log.jsonl") == 2
    assert capsys.readouterr().err.startswith(f"error: --log-file: cannot write {file}")


def test_missing_data_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert program(*SMALL, "--full") == 2
    assert capsys.readouterr().err.startswith("error: --data: MNIST is not in ")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--epochs 2", "--checkpoint-dir: {} holds a checkpoint already: add --resume"),
        ("--epochs 3 --resume", "--epochs: the checkpoint in {} was made with 2, got 3"),
        ("--seed 1 --epochs 2 --resume", "--seed: the checkpoint in {} was made with 0, got 1"),
    ],
)
def test_a_checkpoint_of_another_recipe_is_left_alone(
    options: str, sentence: str, whole: Path, capsys: Capture
) -> None:
    before = (whole / "checkpoint.pt").read_bytes()
    assert program(*SMALL, *options.split(), "--checkpoint-dir", whole) == 2
    assert capsys.readouterr().err.startswith("error: " + sentence.format(whole))
    assert (whole / "checkpoint.pt").read_bytes() == before


def test_a_finished_run_is_not_trained_further(whole: Path, tmp_path: Path) -> None:
    before, log = (whole / "checkpoint.pt").read_bytes(), tmp_path / "log.jsonl"
    run = (*SMALL, "--epochs", 2, "--checkpoint-dir", whole, "--resume", "--log-file", log)
    assert program(*run) == 0
    assert (whole / "checkpoint.pt").read_bytes() == before
    assert [one["event"] for one in events(log)] == ["start", "done"]


def test_a_checkpoint_of_fit_is_not_the_programs(tmp_path: Path, capsys: Capture) -> None:
    save_checkpoint(tmp_path / "checkpoint.pt", SoftmaxRegression(), 1)
    assert program(*SMALL, "--checkpoint-dir", tmp_path, "--resume") == 2
    assert "was not made by this program: name another folder" in capsys.readouterr().err
