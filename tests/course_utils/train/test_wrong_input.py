"""Wrong input: one sentence, exit code 2, nothing changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from course_utils.models import SoftmaxRegression
from course_utils.training import save_checkpoint
from course_utils.training.errors import WrongInput
from course_utils.training.place import Place
from course_utils.training.processes import connected
from course_utils.training.program import SECONDS_TO_BE_ENDED
from course_utils.training.settings import parse
from course_utils.training.work import choose_device
from tests.course_utils.train.launching import ROOT, SMALL, environment, finished, program


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--model vgg", "--model: expected softmax, mlp or cnn, got 'vgg'"),
        ("--data cifar", "--data: expected mnist or fashion, got 'cifar'"),
        ("--optimizer lamb", "--optimizer: expected adam or sgd, got 'lamb'"),
        ("--schedule step", "--schedule: expected one-cycle or constant, got 'step'"),
        ("--precision fp8", "--precision: expected float32 or bf16, got 'fp8'"),
        ("--device tpu", "--device: expected cpu, cuda or mps, got 'tpu'"),
        ("--epochs 0", "--epochs: expected a whole number, 1 or more, got '0'"),
        ("--batch-size -3", "--batch-size: expected a whole number, 1 to 2147483647, got '-3'"),
        ("--batch-size 2.5", "--batch-size: expected a whole number, 1 to 2147483647, got '2.5'"),
        (
            "--batch-size 2147483648",
            "--batch-size: expected a whole number, 1 to 2147483647, got '2147483648'",
        ),
        ("--accumulate 0", "--accumulate: expected a whole number, 1 or more, got '0'"),
        ("--threads x", "--threads: expected a whole number, 1 to 1024, got 'x'"),
        ("--threads 1025", "--threads: expected a whole number, 1 to 1024, got '1025'"),
        ("--seed 4294967296", "--seed: expected a whole number, 0 to 4294967295, got '4294967296'"),
        ("--lr 0", "--lr: expected a number above 0, at most 1e+37, got '0'"),
        ("--lr inf", "--lr: expected a number above 0, at most 1e+37, got 'inf'"),
        ("--lr nan", "--lr: expected a number above 0, at most 1e+37, got 'nan'"),
        ("--lr 2e37", "--lr: expected a number above 0, at most 1e+37, got '2e37'"),
        ("--resume", "--resume: expected --checkpoint-dir beside it: what to go on from"),
        ("--lr", "--lr: expected one argument"),
        ("--epoch 3", "unrecognized arguments: --epoch 3"),
    ],
)
def test_it_is_said_in_one_sentence(
    arguments: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program(*arguments.split()) == 2
    assert capsys.readouterr().err == f"error: {sentence}\n"


def test_a_batch_must_go_up_evenly() -> None:
    assert parse(["--batch-size", "6"], 3).batch_size == 6
    with pytest.raises(WrongInput, match=r"a multiple of 4, the number of processes .*, got 6"):
        parse(["--batch-size", "6"], 4)


def test_a_device_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("is_available", "device_count"):
        monkeypatch.setattr(torch.cuda, name, lambda: 0)
    assert program(*SMALL, "--device", "cuda") == 2
    assert "--device: cuda was asked for, but this machine has none" in capsys.readouterr().err
    monkeypatch.setenv("COURSE_DEVICE", "tpu")
    assert program(*SMALL) == 2
    assert "COURSE_DEVICE: expected cuda, mps or cpu, got 'tpu'" in capsys.readouterr().err


def test_each_process_gets_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    second = Place(3, 4, 1, 2, launched=True)
    assert choose_device("cuda", second) == torch.device("cuda", 1)
    with pytest.raises(WrongInput, match="one cuda device for each process, got 2 for 3 processes"):
        choose_device("cuda", Place(0, 3, 0, 3, launched=True))


def test_a_process_on_its_own_takes_the_gpu_with_the_number_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("COURSE_DEVICE", "cuda:1")
    assert choose_device(None, Place()) == torch.device("cuda", 1)
    assert choose_device("cuda", Place()) == torch.device("cuda", 0)
    assert choose_device(None, Place(0, 2, 0, 2, launched=True)) == torch.device("cuda", 0)
    monkeypatch.setenv("COURSE_DEVICE", "cuda:2")
    with pytest.raises(WrongInput, match=r"^COURSE_DEVICE: cuda:2 was asked"):
        choose_device(None, Place())


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ("RANK=x WORLD_SIZE=1", "RANK: expected a whole number, 0 or more, got 'x'"),
        ("RANK=0 WORLD_SIZE=0", "WORLD_SIZE: expected a whole number, 1 or more, got '0'"),
    ],
)
def test_a_place_that_is_none_is_named(
    variables: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for variable in variables.split():
        monkeypatch.setenv(*variable.split("="))
    assert program(*SMALL) == 2
    assert capsys.readouterr().err == f"error: {sentence}\n"


def test_a_group_without_an_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Place(0, 1, 0, 1, launched=True)
    for name in ("MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    expected = "^MASTER_ADDR: expected an address, as torchrun sets it, got ''"
    with pytest.raises(WrongInput, match=expected), connected(alone, torch.device("cpu")):
        pass
    monkeypatch.setenv("MASTER_ADDR", "localhost")
    monkeypatch.setenv("MASTER_PORT", "x")
    expected = "^MASTER_PORT: expected 1 to 65535, as torchrun sets it, got 'x'"
    with pytest.raises(WrongInput, match=expected), connected(alone, torch.device("cpu")):
        pass


def test_unwritable_places_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")
    assert program(*SMALL, "--checkpoint-dir", file / "run") == 2
    assert capsys.readouterr().err.startswith(f"error: --checkpoint-dir: cannot write in {file}")
    assert program(*SMALL, "--log-file", file / "log.jsonl") == 2
    assert capsys.readouterr().err.startswith(f"error: --log-file: cannot write {file}")
    assert file.read_text(encoding="utf-8") == "in the way"


def test_missing_data_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert program(*SMALL, "--full") == 2
    assert capsys.readouterr().err.startswith("error: --data: MNIST is not in ")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ("--model mlp", "--model: the checkpoint in {} was made with softmax, got mlp"),
        ("--data fashion", "--data: the checkpoint in {} was made with mnist, got fashion"),
        ("--batch-size 250", "--batch-size: the checkpoint in {} was made with 500, got 250"),
        ("--seed 1", "--seed: the checkpoint in {} was made with 0, got 1"),
        ("--epochs 2", "--epochs: the checkpoint in {} was made with 1, got 2"),
        ("--precision bf16", "--precision: the checkpoint in {} was made with float32, got bf16"),
    ],
)
def test_another_recipe_than_the_checkpoints_is_named(
    changed: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (*SMALL, "--epochs", 1, "--checkpoint-dir", tmp_path)
    assert program(*arguments) == 0
    before = (tmp_path / "checkpoint.pt").read_bytes()
    assert program(*arguments, *changed.split(), "--resume") == 2
    assert capsys.readouterr().err.startswith("error: " + sentence.format(tmp_path))
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_a_checkpoint_is_not_overwritten_by_a_new_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (*SMALL, "--epochs", 1, "--checkpoint-dir", tmp_path)
    assert program(*arguments) == 0
    assert program(*arguments) == 2
    assert "holds a checkpoint already: add --resume" in capsys.readouterr().err


def test_a_checkpoint_of_another_program_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_checkpoint(tmp_path / "checkpoint.pt", SoftmaxRegression(), 1)
    assert program(*SMALL, "--checkpoint-dir", tmp_path, "--resume") == 2
    assert "was not made by this program: name another folder" in capsys.readouterr().err


def test_help_shows_commands_that_parse() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.train", "--help"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    examples = done.stdout.partition("examples:")[2].partition("exit codes:")[0]
    commands = [line.split() for line in examples.splitlines() if "-m " in line]
    # One line each: there is no sign for "goes on below" that every system's shell knows.
    assert all(words[0] in ("python", "torchrun") for words in commands)
    given = [words[words.index("course_utils.train") + 1 :] for words in commands]
    assert len(given) == 4
    for arguments in given:
        parse(arguments, 2)


def test_the_command_line_is_answered_without_torch() -> None:
    code = (
        "import sys; from course_utils.training.program import main; "
        "assert main(['--model', 'vgg']) == 2; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), check=True)


def test_only_the_first_process_of_a_machine_speaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("course_utils.training.program.time.sleep", waited.append)
    for variable, value in (("RANK", "5"), ("WORLD_SIZE", "6"), ("LOCAL_WORLD_SIZE", "2")):
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert program("--batch-size", "7") == 2
    assert capsys.readouterr().err == "" and waited == [SECONDS_TO_BE_ENDED]
    monkeypatch.setenv("RANK", "4")
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert program("--batch-size", "7") == 2
    assert capsys.readouterr().err.startswith("error: --batch-size: expected a multiple of 6")
    assert len(waited) == 1


def test_many_processes_say_it_once(tmp_path: Path) -> None:
    code, out, err = finished("--batch-size", 7, "--checkpoint-dir", tmp_path)
    assert code == 1  # torchrun's own; the process's is in its summary
    assert err.count("--batch-size: expected a multiple of 2") == 1 and out == ""
    assert "exitcode  : 2" in err
    assert "course_utils/train/program.py" not in err.replace("\\", "/")
    assert not list(tmp_path.iterdir())
