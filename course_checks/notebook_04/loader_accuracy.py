"""Exercise 4.2 of notebook 04: the accuracy over all batches of a loader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.notebook_04.scores import num_correct, scored
from course_checks.result import CheckResult

_Answer = Callable[[nn.Module, DataLoader[Any]], Any]
_ToCount = Callable[[Tensor, Tensor], int]


class _Watched(nn.Module):
    """Returns its input as the scores, and notes in which mode and with which tracking it ran."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(()))
        self.trained = self.tracked = False

    def forward(self, scores: Tensor) -> Tensor:
        out = scores * self.factor
        self.trained |= self.training
        self.tracked |= out.requires_grad
        return out


def _data_sets(generator: Generator) -> Iterator[tuple[Tensor, Tensor, int, bool]]:
    """Scores [N, K] that the model will give, labels [N], batch size, drop_last."""
    for hits, classes, batch_size, drop_last in (
        ("01011", 2, 2, False),  # batches of 2, 2 and 1
        ("1111111100", 3, 4, False),  # 4, 4 and 2
        ("101100", 4, 3, False),  # divides: 3 and 3
        ("110100101", 5, 4, True),  # 4 and 4; the last one is never seen
        ("101", 3, 8, False),  # one batch, short
        ("0111", 3, 1, False),  # batches of one
        ("01" * 20 + "11011", 10, 20, False),  # 20, 20 and 5
    ):
        ranks = [0 if hit == "1" else classes - 1 for hit in hits]
        scores, labels = scored(generator, ranks, classes)
        yield scores, labels, batch_size, drop_last


def _watch(
    answer: Any, scores: Tensor, labels: Tensor, batch_size: int, drop_last: bool
) -> dict[str, Any]:
    """Give the answer a model that returns `scores`, and say what it did with the model."""
    model = _Watched()
    loader = DataLoader(TensorDataset(scores, labels), batch_size, drop_last=drop_last)
    share = answer(model, loader)
    return {
        "accuracy": share,
        "mode": "train" if model.trained else "eval",
        "gradients": "tracked" if model.tracked else "off",
        "gradients afterwards": "on" if torch.is_grad_enabled() else "off",
        "weights afterwards": "trainable" if model.factor.requires_grad else "frozen",
    }


@dataclass(frozen=True)
class _Pass:
    """What went by: the correct predictions and the length of each batch, and the loader."""

    correct: list[int]
    lengths: list[int]
    loader: Any

    @property
    def share(self) -> float:
        return sum(self.correct) / sum(self.lengths)

    @property
    def mean_of_shares(self) -> float:
        shares = [one / length for one, length in zip(self.correct, self.lengths, strict=True)]
        return sum(shares) / len(shares)


def _seen(
    share: Callable[[_Pass], Any],
    evaluating: bool = True,
    tracking: bool = False,
    count: _ToCount = num_correct,
) -> _Answer:
    """An answer that goes through the loader with the given switches, and makes `share` of it."""

    def answer(model: nn.Module, loader: DataLoader[Any]) -> Any:
        if evaluating:
            model.eval()
        with torch.set_grad_enabled(tracking):
            counted = [(count(model(images), labels), len(labels)) for images, labels in loader]
        correct, lengths = ([pair[place] for pair in counted] for place in (0, 1))
        return share(_Pass(correct, lengths, loader))

    return answer


def _share(seen: _Pass) -> float:
    return seen.share


def _switches_forgotten(share: Callable[[_Pass], Any]) -> list[_Answer]:
    """`share` with the mode, the gradients or both as they came."""
    return [_seen(share, False), _seen(share, True, True), _seen(share, False, True)]


def _leaving_gradients_off(model: nn.Module, loader: DataLoader[Any]) -> float:
    share: float = _seen(_share)(model, loader)
    torch.set_grad_enabled(False)
    return share


def _freezing_weights(model: nn.Module, loader: DataLoader[Any]) -> float:
    share: float = _seen(_share)(model.requires_grad_(False), loader)
    return share


def _every_guess_with_every_label(preds: Tensor, labels: Tensor) -> int:
    return int(preds.argmax(dim=1, keepdim=True).eq(labels).sum())


def _along_the_batch(preds: Tensor, labels: Tensor) -> int:
    return int(preds.argmax(dim=0).eq(labels).sum())


LOADER_ACCURACY = Exercise(
    number="4.2",
    name="loader_accuracy",
    reference=_seen(_share),
    cases=_data_sets,
    observe=_watch,
    mistakes=(
        *in_forms(
            "mean of batch means",
            "You averaged the accuracies of the batches. How much does a picture weigh that sits "
            "in a short last batch?",
            _seen(lambda seen: seen.mean_of_shares),
            _seen(lambda seen: torch.tensor(seen.mean_of_shares)),
        ),
        *in_forms(
            "mean of batch means",
            "You averaged the accuracies of the batches. How much does a picture weigh that sits "
            "in a short last batch? The mode or the gradients are not as asked for, either.",
            *_switches_forgotten(lambda seen: seen.mean_of_shares),
            *_switches_forgotten(lambda seen: torch.tensor(seen.mean_of_shares)),
        ),
        Mistake(
            "forgets no_grad",
            _seen(_share, tracking=True),
            "The share is right, but gradients were tracked during the predictions. What does "
            "PyTorch keep then that nobody here will use?",
        ),
        Mistake(
            "forgets eval",
            _seen(_share, evaluating=False),
            "The share is right, but the model ran in train mode. Which layers answer differently "
            "in that mode?",
        ),
        Mistake(
            "forgets eval and no_grad",
            _seen(_share, evaluating=False, tracking=True),
            "The share is right, but the model ran in train mode and with gradients. Which two "
            "switches belong before a measurement?",
        ),
        Mistake(
            "gradients left switched off",
            _leaving_gradients_off,
            "After your function, gradients stay switched off in the whole program. Which form of "
            "that switch ends by itself?",
        ),
        Mistake(
            "weights frozen",
            _freezing_weights,
            "Your function froze the model's weights: training it would change nothing now. Which "
            "switch stops the notes for gradients and leaves the model alone?",
        ),
        Mistake(
            "divides by number of batches",
            _seen(lambda seen: sum(seen.correct) / len(seen.lengths)),
            "The number of correct predictions was divided by the number of batches. Of how many "
            "pictures were they correct?",
        ),
        Mistake(
            "takes every batch for full",
            _seen(lambda seen: sum(seen.correct) / len(seen.lengths) / seen.loader.batch_size),
            "You divided by batches times batch size. Is every batch that long?",
        ),
        *in_forms(
            "takes one batch's length for all",
            "You took the length of one batch for the length of all of them. Which batch can be "
            "shorter than the others?",
            _seen(lambda seen: sum(seen.correct) / len(seen.lengths) / seen.lengths[-1]),
            _seen(lambda seen: sum(seen.correct) / len(seen.lengths) / seen.lengths[0]),
        ),
        Mistake(
            "divides by the whole data set",
            _seen(lambda seen: sum(seen.correct) / len(seen.loader.dataset)),
            "You divided by the length of the data set. With drop_last, how many of its pictures "
            "came out of the loader?",
        ),
        Mistake(
            "first batch only",
            _seen(lambda seen: seen.correct[0] / seen.lengths[0]),
            "That is the accuracy of the first batch. What has to grow while you go on?",
        ),
        Mistake(
            "last batch only",
            _seen(lambda seen: seen.correct[-1] / seen.lengths[-1]),
            "That is the accuracy of the last batch. What happened to the counts of those before?",
        ),
        *in_forms(
            "one of the two counts does not grow",
            "One of your two counts goes through all batches, the other knows the last batch "
            "alone. Which one is set anew where it should grow?",
            _seen(lambda seen: sum(seen.correct) / seen.lengths[-1]),
            _seen(lambda seen: seen.correct[-1] / sum(seen.lengths)),
        ),
        *in_forms(
            "returns a tensor",
            "The accuracy is still a tensor. Where could it have become a Python number?",
            _seen(lambda seen: torch.tensor(seen.share)),
            _seen(lambda seen: torch.tensor(seen.share, dtype=torch.float64)),
        ),
        *in_forms(
            "returns a tensor",
            "The accuracy is still a tensor. Where could it have become a Python number? "
            "The mode or the gradients are not as asked for, either.",
            *_switches_forgotten(lambda seen: torch.tensor(seen.share)),
        ),
        Mistake(
            "returns percent",
            _seen(lambda seen: 100 * seen.share),
            "That is a percentage. Between which two numbers does a share lie?",
        ),
        *in_forms(
            "rounded",
            "The share was rounded. Who should choose how many digits are shown: the function, or "
            "whoever prints its result?",
            _seen(lambda seen: round(seen.share, 3)),
            _seen(lambda seen: round(seen.share, 2)),
        ),
        Mistake(
            "not divided",
            _seen(lambda seen: sum(seen.correct)),
            "That is the number of correct predictions. How does it become a share?",
        ),
        Mistake(
            "counts the wrong ones",
            _seen(lambda seen: 1 - seen.share),
            "That is the share of the predictions that differ from their label. Which share was "
            "asked for?",
        ),
        Mistake(
            "every guess with every label",
            _seen(_share, count=_every_guess_with_every_label),
            "Shapes [B, 1] and [B] broadcast to [B, B]. Which shape should the guesses have, so "
            "that each meets its own label?",
        ),
        Mistake(
            "dim=0",
            _seen(_share, count=_along_the_batch),
            "argmax(dim=0) picks a picture for every class. Along which axis do the scores of one "
            "picture lie?",
        ),
    ),
)


def check_loader_accuracy(answer: object) -> CheckResult:
    """Check exercise 4.2: `loader_accuracy(model, loader)`, the share of correct predictions."""
    return LOADER_ACCURACY.check(answer)
