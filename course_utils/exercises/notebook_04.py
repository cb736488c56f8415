"""The exercises of notebook 04: correct predictions, over a loader and among the top k."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from course_utils.exercises.engine import Exercise, Mistake
from course_utils.exercises.result import CheckResult

Batches = Iterable[tuple[Tensor, Tensor]]


def _scored(
    generator: Generator, ranks: Sequence[int], classes: int, scale: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Scores [B, K] and labels [B] in which the label of row i has rank `ranks[i]` (0 is the best).

    No two scores of a row are equal, so the right answer does not depend on how ties are broken,
    and none is a whole number, so that a score is never mistaken for a label.
    """
    values = (classes / 2 - torch.arange(classes) + 0.25) * scale
    scores = torch.empty(len(ranks), classes)
    labels = torch.empty(len(ranks), dtype=torch.int64)
    for row, rank in enumerate(ranks):
        best_first = torch.randperm(classes, generator=generator)
        scores[row, best_first] = values
        labels[row] = best_first[rank]
    return scores, labels


def _random_ranks(generator: Generator, batch: int, classes: int) -> list[int]:
    """About half of the labels first, the others anywhere."""
    first = torch.rand(batch, generator=generator) < 0.5
    ranks = torch.randint(classes, (batch,), generator=generator).masked_fill(first, 0)
    return [int(rank) for rank in ranks]


def _not_contiguous(scores: Tensor) -> Tensor:
    """The same numbers, stored column by column."""
    return scores.t().contiguous().t()


# 4.1


def _predictions(generator: Generator) -> Iterator[tuple[Tensor, Tensor]]:
    yield _scored(generator, (0, 1, 0, 0), 3)
    yield _scored(generator, (0, 2, 0, 0, 4), 5)
    yield _scored(generator, (3, 0, 1, 0, 0, 0), 4)
    yield _scored(generator, (0,), 7)
    yield _scored(generator, (0, 0, 0), 1)
    yield _scored(generator, _random_ranks(generator, 10, 10), 10)
    scores, labels = _scored(generator, _random_ranks(generator, 32, 10), 10, scale=1e6)
    yield scores.double(), labels
    scores, labels = _scored(generator, _random_ranks(generator, 20, 6), 6)
    yield _not_contiguous(scores), labels.int()


def _get_num_correct(preds: Tensor, labels: Tensor) -> int:
    return int(preds.argmax(dim=1).eq(labels).sum().item())


GET_NUM_CORRECT = Exercise(
    number="4.1",
    name="get_num_correct",
    reference=_get_num_correct,
    cases=_predictions,
    mistakes=(
        Mistake(
            "dim=0",
            lambda preds, labels: preds.argmax(dim=0).eq(labels).sum().item(),
            "argmax(dim=0) picks a picture for every class. Along which axis do the scores of one "
            "picture lie?",
        ),
        Mistake(
            "returns a tensor",
            lambda preds, labels: preds.argmax(dim=1).eq(labels).sum(),
            "The count is right, but it is still a tensor. Which method takes the one number out?",
        ),
        Mistake(
            "returns a fraction",
            lambda preds, labels: preds.argmax(dim=1).eq(labels).float().mean().item(),
            "That is the share of correct predictions. What do you get before you divide?",
        ),
        Mistake(
            "returns a float",
            lambda preds, labels: preds.argmax(dim=1).eq(labels).float().sum().item(),
            "The value is right, but a count should be an int. Does a True need to become a float "
            "to be summed?",
        ),
        Mistake(
            "compares floats",
            lambda preds, labels: preds.max(dim=1).values.eq(labels).sum().item(),
            "A score was compared with a label. Do you need the largest score, or the place where "
            "it stands?",
        ),
        Mistake(
            "no argmax",
            lambda preds, labels: preds.eq(labels).sum().item(),
            "Scores were compared with labels directly. How does a row of scores become one class?",
        ),
        Mistake(
            "no dim",
            lambda preds, labels: preds.argmax().eq(labels).sum().item(),
            "argmax() without an axis finds one place in the whole batch. How many guesses do you "
            "need?",
        ),
        Mistake(
            "every guess with every label",
            lambda preds, labels: preds.argmax(dim=1, keepdim=True).eq(labels).sum().item(),
            "Shapes [B, 1] and [B] broadcast to [B, B]. Which shape should the guesses have, so "
            "that each meets its own label?",
        ),
        Mistake(
            "not counted",
            lambda preds, labels: preds.argmax(dim=1).eq(labels),
            "That is one True or False for each picture. How do you make one number of them?",
        ),
        Mistake(
            "counts the wrong ones",
            lambda preds, labels: preds.argmax(dim=1).ne(labels).sum().item(),
            "These are the predictions that differ from their label. Which ones were asked for?",
        ),
    ),
)


# 4.2


class _Watched(nn.Module):
    """Returns its input as the scores, and notes in which mode and with which tracking it ran."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(()))
        self.trained = self.tracked = False

    def forward(self, scores: Tensor) -> Tensor:
        self.trained |= self.training
        self.tracked |= torch.is_grad_enabled()
        return scores * self.factor


def _hits(generator: Generator, hits: str, classes: int) -> tuple[Tensor, Tensor]:
    return _scored(generator, [0 if hit == "1" else classes - 1 for hit in hits], classes)


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
        scores, labels = _hits(generator, hits, classes)
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
    }


def _counted(model: nn.Module, loader: Batches) -> tuple[int, int, int, int]:
    """Correct predictions, samples, batches, and the size of the first batch, over a loader."""
    correct = samples = batches = first = 0
    for images, labels in loader:
        correct += _get_num_correct(model(images), labels)
        samples, batches = samples + len(labels), batches + 1
        first = first or len(labels)
    return correct, samples, batches, first


@torch.no_grad()
def _loader_accuracy(model: nn.Module, loader: Batches) -> float:
    model.eval()
    correct, samples, _, _ = _counted(model, loader)
    return correct / samples


@torch.no_grad()
def _mean_of_batch_means(model: nn.Module, loader: Batches) -> float:
    model.eval()
    shares = [_get_num_correct(model(images), labels) / len(labels) for images, labels in loader]
    return sum(shares) / len(shares)


@torch.no_grad()
def _divides_by_batches(model: nn.Module, loader: Batches) -> float:
    model.eval()
    correct, _, batches, _ = _counted(model, loader)
    return correct / batches


@torch.no_grad()
def _all_batches_full(model: nn.Module, loader: Batches) -> float:
    model.eval()
    correct, _, batches, _ = _counted(model, loader)
    size: int = loader.batch_size  # type: ignore[attr-defined]
    return correct / (batches * size)


@torch.no_grad()
def _divides_by_data_set(model: nn.Module, loader: Batches) -> float:
    model.eval()
    return _counted(model, loader)[0] / len(loader.dataset)  # type: ignore[attr-defined]


@torch.no_grad()
def _first_batch_only(model: nn.Module, loader: Batches) -> float:
    model.eval()
    images, labels = next(iter(loader))
    return _get_num_correct(model(images), labels) / len(labels)


@torch.no_grad()
def _last_batch_only(model: nn.Module, loader: Batches) -> float:
    model.eval()
    shares = [_get_num_correct(model(images), labels) / len(labels) for images, labels in loader]
    return shares[-1]


@torch.no_grad()
def _forgets_eval(model: nn.Module, loader: Batches) -> float:
    correct, samples, _, _ = _counted(model, loader)
    return correct / samples


def _forgets_no_grad(model: nn.Module, loader: Batches) -> float:
    model.eval()
    correct, samples, _, _ = _counted(model, loader)
    return correct / samples


def _forgets_both(model: nn.Module, loader: Batches) -> float:
    correct, samples, _, _ = _counted(model, loader)
    return correct / samples


@torch.no_grad()
def _counts_only(model: nn.Module, loader: Batches) -> int:
    model.eval()
    return _counted(model, loader)[0]


LOADER_ACCURACY = Exercise(
    number="4.2",
    name="loader_accuracy",
    reference=_loader_accuracy,
    cases=_data_sets,
    observe=_watch,
    mistakes=(
        Mistake(
            "mean of batch means",
            _mean_of_batch_means,
            "You averaged the accuracies of the batches. How much does a picture weigh that sits "
            "in a short last batch?",
        ),
        Mistake(
            "forgets no_grad",
            _forgets_no_grad,
            "The share is right, but gradients were tracked during the predictions. What does "
            "PyTorch keep then that nobody here will use?",
        ),
        Mistake(
            "forgets eval",
            _forgets_eval,
            "The share is right, but the model ran in train mode. Which layers answer differently "
            "in that mode?",
        ),
        Mistake(
            "forgets eval and no_grad",
            _forgets_both,
            "The share is right, but the model ran in train mode and with gradients. Which two "
            "switches belong before a measurement?",
        ),
        Mistake(
            "divides by number of batches",
            _divides_by_batches,
            "The number of correct predictions was divided by the number of batches. Of how many "
            "pictures were they correct?",
        ),
        Mistake(
            "takes every batch for full",
            _all_batches_full,
            "You divided by batches times batch size. Is every batch that long?",
        ),
        Mistake(
            "divides by the whole data set",
            _divides_by_data_set,
            "You divided by the length of the data set. With drop_last, how many of its pictures "
            "came out of the loader?",
        ),
        Mistake(
            "first batch only",
            _first_batch_only,
            "That is the accuracy of the first batch. What has to grow while you go on?",
        ),
        Mistake(
            "last batch only",
            _last_batch_only,
            "That is the accuracy of the last batch. What happened to the counts of those before?",
        ),
        Mistake(
            "returns a tensor",
            lambda model, loader: torch.tensor(_loader_accuracy(model, loader)),
            "The accuracy is still a tensor. Where could it have become a Python number?",
        ),
        Mistake(
            "returns percent",
            lambda model, loader: 100 * _loader_accuracy(model, loader),
            "That is a percentage. Between which two numbers does a share lie?",
        ),
        Mistake(
            "not divided",
            _counts_only,
            "That is the number of correct predictions. How does it become a share?",
        ),
    ),
)


# 4.3


def _ranked(generator: Generator) -> Iterator[tuple[Tensor, Tensor, int]]:
    yield *_scored(generator, (0, 1, 2, 0), 3), 2
    yield *_scored(generator, (1, 0, 3, 0, 2), 4), 1
    yield *_scored(generator, (0, 1, 2, 3, 4, 2, 1), 5), 3
    yield *_scored(generator, (3, 0, 6), 8), 5
    yield *_scored(generator, (2, 1, 0, 4, 3), 5), 2
    yield *_scored(generator, (2, 1, 0, 3), 4), 4
    yield *_scored(generator, (1,), 6), 2
    yield *_scored(generator, (0, 0), 1), 1
    scores, labels = _scored(generator, _random_ranks(generator, 30, 10), 10, scale=1e6)
    yield scores.double(), labels, 3
    scores, labels = _scored(generator, _random_ranks(generator, 20, 7), 7)
    yield _not_contiguous(scores), labels, 4


def _topk_correct(preds: Tensor, labels: Tensor, k: int) -> int:
    return int(preds.topk(k, dim=1).indices.eq(labels.unsqueeze(1)).sum().item())


def _wrong_axis(preds: Tensor, labels: Tensor, k: int) -> Any:
    return preds.topk(k, dim=0).indices.eq(labels.unsqueeze(1)).any(dim=1).sum().item()


def _wrong_axis_labels_as_a_row(preds: Tensor, labels: Tensor, k: int) -> Any:
    return preds.topk(k, dim=0).indices.eq(labels).any(dim=0).sum().item()


def _labels_as_a_row(preds: Tensor, labels: Tensor, k: int) -> Any:
    return preds.topk(k, dim=1).indices.eq(labels).any(dim=1).sum().item()


def _one_too_many(preds: Tensor, labels: Tensor, k: int) -> int:
    return _topk_correct(preds, labels, min(k + 1, preds.shape[1]))


_WRONG_AXIS = (
    "The k highest were taken down each column, over the pictures. Along which axis do the scores "
    "of one picture lie?"
)

TOPK_CORRECT = Exercise(
    number="4.3",
    name="topk_correct",
    reference=_topk_correct,
    cases=_ranked,
    mistakes=(
        Mistake(
            "k fixed to 1",
            lambda preds, labels, k: _get_num_correct(preds, labels),
            "Only the single highest score was looked at. Where does k come in?",
        ),
        Mistake("wrong axis", _wrong_axis, _WRONG_AXIS),
        Mistake("wrong axis, labels as a row", _wrong_axis_labels_as_a_row, _WRONG_AXIS),
        Mistake(
            "labels as a row",
            _labels_as_a_row,
            "The top classes have shape [B, k], the labels [B]. Which shape lets a label meet all "
            "of its own row?",
        ),
        Mistake(
            "k-th only",
            lambda preds, labels, k: preds.topk(k, dim=1).indices[:, -1].eq(labels).sum().item(),
            "Only the class in place k was compared. Which places count as a hit?",
        ),
        Mistake(
            "lowest k",
            lambda preds, labels, k: (
                preds.argsort(dim=1)[:, :k].eq(labels.unsqueeze(1)).sum().item()
            ),
            "These are the k lowest scores. In which order does sorting put them?",
        ),
        Mistake(
            "one too many",
            _one_too_many,
            "A label in place k + 1 was counted as well. How many classes may score higher than a "
            "label that is still a hit?",
        ),
        Mistake(
            "compares scores",
            lambda preds, labels, k: (
                preds.topk(k, dim=1).values.eq(labels.unsqueeze(1)).sum().item()
            ),
            "Scores were compared with labels. What else does topk return beside the values?",
        ),
        Mistake(
            "returns a tensor",
            lambda preds, labels, k: preds.topk(k, dim=1).indices.eq(labels.unsqueeze(1)).sum(),
            "The count is right, but it is still a tensor. Which method takes the one number out?",
        ),
        Mistake(
            "returns a fraction",
            lambda preds, labels, k: _topk_correct(preds, labels, k) / len(labels),
            "That is the share of hits. What do you get before you divide?",
        ),
        Mistake(
            "divides by every comparison",
            lambda preds, labels, k: (
                preds.topk(k, dim=1).indices.eq(labels.unsqueeze(1)).float().mean().item()
            ),
            "That is a mean over all B times k comparisons. Which number was asked for?",
        ),
    ),
)


def check_get_num_correct(answer: object) -> CheckResult:
    """Check exercise 4.1: `get_num_correct(preds, labels)`, preds [B, K], labels [B], an int."""
    return GET_NUM_CORRECT.check(answer)


def check_loader_accuracy(answer: object) -> CheckResult:
    """Check exercise 4.2: `loader_accuracy(model, loader)`, the share of correct predictions."""
    return LOADER_ACCURACY.check(answer)


def check_topk_correct(answer: object) -> CheckResult:
    """Check exercise 4.3: `topk_correct(preds, labels, k)`, preds [B, K], labels [B], an int."""
    return TOPK_CORRECT.check(answer)


EXERCISES = (GET_NUM_CORRECT, LOADER_ACCURACY, TOPK_CORRECT)
