"""What the command line asks for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

from course_utils.training.errors import WrongInput

MODELS = ("softmax", "mlp", "cnn")
DATA = ("mnist", "fashion")
OPTIMIZERS = ("adam", "sgd")
SCHEDULES = ("one-cycle", "constant")
PRECISIONS = ("float32", "bf16")
DEVICES = ("cpu", "cuda", "mps")

MOST_THREADS = 1024
"""Far more than help; some more again, and the system refuses to start them."""
LARGEST_LR = 1e37
"""Float32 ends at 3.4e38, and Adam's first step divides the rate by 0.1."""

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


@dataclass(frozen=True)
class Settings:
    """The options of one run; the names are those of the command line."""

    model: str
    data: str
    full: bool
    epochs: int
    batch_size: int
    accumulate: int
    optimizer: str
    schedule: str
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
        return {name: value for name, value in asdict(self).items() if name in _RECIPE}


_RECIPE = (
    *("model", "data", "full", "epochs", "batch_size", "accumulate"),
    *("optimizer", "schedule", "lr", "seed", "precision"),
)


def option(name: str) -> str:
    """The option's spelling on the command line: `batch_size` is `--batch-size`."""
    return "--" + name.replace("_", "-")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and leaves printing and exiting to the program."""

    def error(self, message: str) -> NoReturn:
        raise WrongInput(message.removeprefix("argument "))


def parse(arguments: list[str], world_size: int) -> Settings:
    """The settings that the command line gives to each of `world_size` processes.

    Raises WrongInput for what cannot be done, in a sentence that names the option.
    """
    given = vars(_parser().parse_args(arguments))
    settings = Settings(**{field.name: given[field.name] for field in fields(Settings)})
    if settings.batch_size % world_size:
        raise WrongInput(
            f"--batch-size: expected a multiple of {world_size}, the number of processes that "
            f"share each batch, got {settings.batch_size}"
        )
    if settings.resume and settings.checkpoint_dir is None:
        raise WrongInput("--resume: expected --checkpoint-dir beside it: what to go on from")
    return settings


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
    what = parser.add_argument_group("what to train")
    _choice(what, "--model", MODELS, "cnn", "the network")
    _choice(what, "--data", DATA, "mnist", "the data set")
    what.add_argument("--full", action="store_true", help="all 60,000 images, not the bundled part")
    how = parser.add_argument_group("how")
    _number(how, "--epochs", _whole(1), 3, "passes over the training images")
    _number(
        how,
        "--batch-size",
        _whole(1, 2**31 - 1),
        64,
        "samples of a global batch, over all processes",
    )
    _number(how, "--accumulate", _whole(1), 1, "global batches whose gradients make one step")
    _choice(how, "--optimizer", OPTIMIZERS, "adam", "the optimizer")
    _choice(how, "--schedule", SCHEDULES, "one-cycle", "how the learning rate moves")
    _number(how, "--lr", _rate, 0.006, "learning rate; with one-cycle, its peak")
    _number(how, "--seed", _whole(0, 2**32 - 1), 0, "decides the first weights and the order")
    _choice(how, "--precision", PRECISIONS, "float32", "bf16 computes layers in bfloat16")
    where = parser.add_argument_group("where")
    _choice(where, "--device", DEVICES, None, "default: COURSE_DEVICE, else the best there is")
    _number(
        where,
        "--threads",
        _whole(1, MOST_THREADS),
        1,
        "threads of each process; they change the rounding",
    )
    where.add_argument(
        "--checkpoint-dir", type=Path, metavar="FOLDER",
        help="keep a checkpoint there after each epoch, and when the run is stopped",
    )  # fmt: skip
    where.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint, if there is one"
    )
    where.add_argument(
        # Not --log: torchrun would take that for a beginning of its own --log-dir.
        "--log-file", type=Path, metavar="FILE",
        help="append what happens as JSON, one object a line",
    )  # fmt: skip
    where.add_argument(
        "--no-progress", action="store_false", dest="progress", help="no progress bar"
    )
    return parser


def _choice(
    group: argparse._ArgumentGroup,
    name: str,
    choices: tuple[str, ...],
    default: str | None,
    text: str,
) -> None:
    def one_of(value: str) -> str:
        if value not in choices:
            wanted = f"{', '.join(choices[:-1])} or {choices[-1]}"
            raise argparse.ArgumentTypeError(f"expected {wanted}, got {value!r}")
        return value

    suffix = "" if default is None else f" (default: {default})"
    metavar = "{" + ",".join(choices) + "}"
    group.add_argument(name, type=one_of, default=default, metavar=metavar, help=text + suffix)


def _number(
    group: argparse._ArgumentGroup, name: str, kind: Callable[[str], Any], default: Any, text: str
) -> None:
    help_text = f"{text} (default: {default})"
    group.add_argument(name, type=kind, default=default, metavar="N", help=help_text)


def _whole(smallest: int, largest: int | None = None) -> Callable[[str], int]:
    """Whole numbers from `smallest` on, up to `largest`."""
    wanted = f"{smallest} or more" if largest is None else f"{smallest} to {largest}"

    def whole(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = smallest - 1
        if value < smallest or (largest is not None and value > largest):
            raise argparse.ArgumentTypeError(f"expected a whole number, {wanted}, got {text!r}")
        return value

    return whole


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= LARGEST_LR:
        raise argparse.ArgumentTypeError(
            f"expected a number above 0, at most {LARGEST_LR:g}, got {text!r}"
        )
    return value
