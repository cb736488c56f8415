"""What the command line of the training program asks for, and the ways in which a run ends."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

EXAMPLES = """\
examples:
  one process:
    python -m course_utils.train --model cnn --data mnist --epochs 5 --checkpoint-dir runs/first
  stopped, or killed? The same command with --resume ends with the same weights:
    python -m course_utils.train --model cnn --data mnist --epochs 5 --checkpoint-dir runs/first --resume
  two processes on this machine, 32 of the 64 samples of a batch each:
    torchrun --standalone --nproc-per-node 2 -m course_utils.train --batch-size 64
  two machines with 4 GPUs each; run it on both, with a checkpoint folder that both can see:
    torchrun --nnodes 2 --nproc-per-node 4 --rdzv-backend c10d --rdzv-endpoint FIRST_MACHINE:29400 --rdzv-id lesson --max-restarts 3 -m course_utils.train --full --precision bf16 --checkpoint-dir runs/big --resume

exit codes: 0 done; 1 failed; 2 wrong input; 130 stopped by Ctrl-C; 143 stopped by SIGTERM.
torchrun itself exits with 1 where one of its processes did not exit with 0.
"""  # noqa: E501 - a command that can be copied


class EndsRun(Exception):
    """A run ends with one sentence and an exit code, and without a traceback."""

    exit_code = 1


class WrongInput(EndsRun):
    """What was asked for cannot be done; the sentence names the option."""

    exit_code = 2


class TrainingFailed(EndsRun):
    """The run began and could not go on, and every process knows it."""


class LostProcess(EndsRun):
    """Another process ended or stopped answering; this one cannot go on alone."""


class Stopped(EndsRun):
    """A signal asked for an end, and the run ended cleanly: 130 for Ctrl-C, 143 for SIGTERM."""

    def __init__(self, number: int, where: str) -> None:
        self.exit_code = 128 + number
        self.by = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        super().__init__(f"Stopped by {self.by} {where}")


@dataclass(frozen=True)
class Settings:
    """The options of one run; the names are those of the command line."""

    model: str
    data: str
    full: bool
    epochs: int
    batch_size: int
    lr: float
    seed: int
    precision: str
    device: str | None
    threads: int
    checkpoint_dir: Path | None
    resume: bool
    log_file: Path | None
    progress: bool

    def recipe(self) -> dict[str, Any]:
        """The part that decides the weights, which a run that goes on must not change."""
        names = ("model", "data", "full", "epochs", "batch_size", "lr", "seed", "precision")
        return {name: value for name, value in asdict(self).items() if name in names}


def option(name: str) -> str:
    """The option's spelling on the command line: `batch_size` is `--batch-size`."""
    return "--" + name.replace("_", "-")


def parse(arguments: list[str], world_size: int) -> Settings:
    """The settings that the command line gives to each of `world_size` processes.

    Raises WrongInput for what cannot be done, in a sentence that names the option.
    """
    settings = Settings(**vars(_parser().parse_args(arguments)))
    if settings.batch_size % world_size:
        raise WrongInput(
            f"--batch-size: expected a multiple of {world_size}, the number of processes that "
            f"share each batch, got {settings.batch_size}"
        )
    if settings.resume and settings.checkpoint_dir is None:
        raise WrongInput("--resume: expected --checkpoint-dir beside it: what to go on from")
    return settings


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and leaves printing and exiting to the program."""

    def error(self, message: str) -> NoReturn:
        raise WrongInput(message.removeprefix("argument "))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m course_utils.train",
        description="Train a network of the course, in one process or, under torchrun, in many. "
        "The same settings and seed lead to the same weights for any number of processes: on the "
        "CPU the same bits for 1, 2 and 4, else up to rounding, which training magnifies.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    what = parser.add_argument_group("what to train").add_argument
    what(
        "--model", choices=("softmax", "mlp", "cnn"), default="cnn",
        help="the network (default: %(default)s)",
    )  # fmt: skip
    what(
        "--data", choices=("mnist", "fashion"), default="mnist",
        help="the data set (default: %(default)s)",
    )  # fmt: skip
    what("--full", action="store_true", help="all 60,000 images, not the bundled part")
    how = parser.add_argument_group("how").add_argument
    how(
        "--epochs", type=_whole(1), default=3, metavar="N",
        help="passes over the training images (default: %(default)s)",
    )  # fmt: skip
    how(
        "--batch-size", type=_whole(1), default=64, metavar="N",
        help="samples of a global batch, over all processes (default: %(default)s)",
    )  # fmt: skip
    how(
        "--lr", type=_rate, default=0.006, metavar="N",
        help="learning rate of Adam: the peak of a one-cycle schedule (default: %(default)s)",
    )  # fmt: skip
    how(
        "--seed", type=_whole(0), default=0, metavar="N",
        help="decides the first weights and the order (default: %(default)s)",
    )  # fmt: skip
    how(
        "--precision", choices=("float32", "bf16"), default="float32",
        help="bf16 computes layers in bfloat16 (default: %(default)s)",
    )  # fmt: skip
    where = parser.add_argument_group("where").add_argument
    where(
        "--device", choices=("cpu", "cuda", "mps"),
        help="default: COURSE_DEVICE, else the best there is",
    )  # fmt: skip
    where(
        "--threads", type=_whole(1), default=1, metavar="N",
        help="threads of each process; they change the rounding (default: %(default)s)",
    )  # fmt: skip
    where(
        "--checkpoint-dir", type=Path, metavar="FOLDER",
        help="keep a checkpoint there after each epoch, and when the run is stopped",
    )  # fmt: skip
    where("--resume", action="store_true", help="go on from the checkpoint, if there is one")
    where(
        # Not --log: torchrun would take that for a beginning of its own --log-dir.
        "--log-file", type=Path, metavar="FILE",
        help="append what happens as JSON, one object a line",
    )  # fmt: skip
    where("--no-progress", action="store_false", dest="progress", help="no progress bar")
    return parser


def _whole(least: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number, {least} or more, got {text!r}"
            )
        return int(text)

    return whole


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return rate
