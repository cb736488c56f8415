"""Training, evaluation and checkpoints."""

from __future__ import annotations

import copy
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from hypothesis import strategies as st
from torch import nn

from course_utils import metrics, training
from tests.course_utils.robust.case import Arguments, Case
from tests.course_utils.robust.values import (
    ANYTHING,
    CLASSES,
    FEATURES,
    ODD_MODELS,
    PATHS,
    WHOLE,
    WHOLE_NUMBERS,
    linear,
    tensors,
)


@st.composite
def _loaders(draw: Any) -> list[Any]:
    sizes = draw(st.lists(st.integers(0, 3), max_size=3))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10**6)))
    return [
        (torch.randn(size, FEATURES, generator=generator), torch.arange(size) % CLASSES)
        for size in sizes
    ]


PAIRS = st.tuples(
    tensors(dtypes=(torch.float32, torch.float64, torch.int64)) | ANYTHING,
    tensors(dtypes=WHOLE) | ANYTHING,
)
ODD_LOADERS = st.lists(PAIRS | ANYTHING, max_size=2)


LOSSES = st.sampled_from(
    [
        nn.MSELoss(),
        nn.CrossEntropyLoss(reduction="none"),
        nn.CrossEntropyLoss,
        lambda logits, labels: 0.0,
        lambda logits, labels: logits.sum() * math.nan,
    ]
)


SGD, GOOD = "an optimizer of the model's parameters", "a path in a folder that is there"
"""What the two functions below make when they are called."""


def _with_optimizer(function: Callable[..., Any], arguments: Arguments) -> Any:
    """The function with an optimizer over the model's parameters, where that is asked for."""
    if arguments["optimizer"] is SGD:
        model = arguments["model"]
        params = list(model.parameters()) if isinstance(model, nn.Module) else []
        arguments["optimizer"] = torch.optim.SGD(params or [torch.zeros(1)], lr=0.1)
    return function(**arguments)


def _training(**arguments: Any) -> Any:
    return _with_optimizer(training.train_epoch, arguments)


def _fitted(**arguments: Any) -> Any:
    """`fit` in the same way, with a checkpoint in a folder that is there or is not."""
    with tempfile.TemporaryDirectory() as folder:
        path = arguments["checkpoint"]
        if path is GOOD:
            arguments["checkpoint"] = Path(folder) / "run.pt"
        elif isinstance(path, str | Path) and str(path) and "\0" not in str(path):
            arguments["checkpoint"] = Path(folder) / "missing" / path
        return _with_optimizer(training.fit, arguments)


def _learned(arguments: Arguments, history: Any) -> bool:
    accuracies = [*history.column("train_accuracy"), *history.column("test_accuracy")]
    return len(history) == arguments["epochs"] and all(0 <= share <= 1 for share in accuracies)


def _shares(arguments: Arguments, answer: Any) -> bool:
    loss, accuracy = answer
    return math.isfinite(loss) and 0 <= accuracy <= 1


def _share(arguments: Arguments, answer: Any) -> bool:
    model, loader = arguments["model"], arguments["loader"]
    if not isinstance(model, nn.Module):
        return bool(0 <= answer <= 1)
    right = [model(x).argmax(1) == y for x, y in loader if len(y)]
    expected = torch.cat(right).double().mean().item()
    return bool(math.isclose(answer, expected, rel_tol=1e-9))


def _evaluated(arguments: Arguments, answer: Any) -> bool:
    loss, _ = answer
    return isinstance(loss, float) and _share(arguments, answer[1])


LOADER_WORDS = ("model", "model's result", "loader", "labels", "loss_function", "loss")


def _checkpointed(**arguments: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = arguments["path"]
        if path is GOOD:
            arguments["path"] = Path(folder) / "run.pt"
        elif isinstance(path, str | Path) and "\0" not in str(path):
            arguments["path"] = Path(folder) / "missing" / path
        training.save_checkpoint(**arguments)
        model = copy.deepcopy(arguments["model"])
        for parameter in model.parameters():
            parameter.data.zero_()
        epoch = training.load_checkpoint(arguments["path"], model)
        return epoch, model, training.read_extra(arguments["path"])


def _restored(arguments: Arguments, answer: Any) -> bool:
    epoch, model, extra = answer
    same = all(map(torch.equal, model.parameters(), arguments["model"].parameters()))
    return same and epoch == arguments["epoch"] and repr(extra) == repr(arguments["extra"] or {})


CASES = [
    Case(
        "metrics.evaluate_accuracy",
        metrics.evaluate_accuracy,
        st.fixed_dictionaries({"model": st.builds(linear), "loader": _loaders()}),
        _share,
        names=LOADER_WORDS,
        replaced={"model": ODD_MODELS, "loader": ODD_LOADERS},
    ),
    Case(
        "training.evaluate",
        training.evaluate,
        st.fixed_dictionaries(
            {
                "model": st.builds(linear),
                "loader": _loaders(),
                "loss_function": st.just(nn.functional.cross_entropy),
            }
        ),
        _evaluated,
        names=LOADER_WORDS,
        replaced={"model": ODD_MODELS, "loader": ODD_LOADERS, "loss_function": LOSSES},
    ),
    Case(
        "training.train_epoch",
        _training,
        st.fixed_dictionaries(
            {
                "model": st.builds(linear),
                "loader": _loaders(),
                "optimizer": st.just(SGD),
                "loss_function": st.just(nn.functional.cross_entropy),
                "scheduler": st.none(),
                "accumulate": st.integers(1, 3),
                "epoch": st.integers(1, 3),
            }
        ),
        _shares,
        names=(*LOADER_WORDS, "optimizer", "scheduler", "accumulate", "epoch"),
        replaced={
            "model": ODD_MODELS,
            "loader": ODD_LOADERS,
            "loss_function": LOSSES,
            "accumulate": WHOLE_NUMBERS,
        },
    ),
    Case(
        "training.fit",
        _fitted,
        st.fixed_dictionaries(
            {
                "model": st.builds(linear),
                "train_loader": _loaders(),
                "test_loader": _loaders(),
                "epochs": st.integers(1, 3),
                "optimizer": st.just(SGD),
                "scheduler": st.none(),
                "loss_function": st.just(nn.functional.cross_entropy),
                "accumulate": st.integers(1, 3),
                "checkpoint": st.sampled_from([None, GOOD]),
                "progress": st.just(False),
            }
        ),
        _learned,
        names=(
            *LOADER_WORDS,
            *("train_loader", "test_loader", "epochs", "optimizer", "scheduler", "accumulate"),
            *("checkpoint", "progress"),
        ),
        replaced={
            "model": ODD_MODELS,
            "train_loader": ODD_LOADERS,
            "test_loader": ODD_LOADERS,
            # No other: a run of many epochs ends, but not today.
            "epochs": st.integers(-3, 3) | st.sampled_from([None, True, 1.5, "3"]),
            "loss_function": LOSSES,
            "accumulate": WHOLE_NUMBERS,
            "checkpoint": PATHS,
        },
        starred=("epochs",),
    ),
    Case(
        "training.save_checkpoint, load_checkpoint, read_extra",
        _checkpointed,
        st.fixed_dictionaries(
            {
                "path": st.just(GOOD),
                "model": st.builds(linear),
                "epoch": st.integers(0, 9),
                "extra": st.none()
                | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
            }
        ),
        _restored,
        replaced={
            "path": PATHS,
            "epoch": WHOLE_NUMBERS,
            "extra": st.dictionaries(st.text(max_size=2), ANYTHING, max_size=2),
        },
    ),
    Case(
        "training.History.column",
        training.History().column,
        st.fixed_dictionaries({"name": st.sampled_from(["test_loss", "seconds", "number"])}),
        lambda arguments, answer: answer == [],
    ),
]
