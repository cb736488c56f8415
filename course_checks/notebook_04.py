"""The exercises of notebook 04: counting correct predictions, in a batch and over a loader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from course_checks.declared import Edit, instead, replaced, without
from course_checks.engine import Exercise, Mistake

# Scores and labels of which it is known where each label ranks.


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


def _scored_with_whole_numbers(generator: Generator) -> tuple[Tensor, Tensor]:
    """Scores [4, 6] of whole numbers, some of them equal to their label [4].

    One label is ranked first, one second. The largest score of each row is 5, which is the label of
    the two other rows. So whoever compares scores with labels counts some, but not the right ones.
    """
    scores = torch.stack([torch.randperm(6, generator=generator) for _ in range(4)]).float()
    for row, column in ((2, 5), (3, 5)):  # the largest score may not stand at place 5 there
        if scores[row, column] == 5:
            scores[row] = scores[row].roll(1)
    best_first = scores.argsort(dim=1, descending=True)
    return scores, torch.stack([best_first[0, 0], best_first[1, 1], *torch.tensor([5, 5])])


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
    yield _scored(generator, (2, 1), 3)  # none is right
    yield _scored(generator, (0,), 7)
    yield _scored(generator, (0, 0, 0), 1)
    yield _scored_with_whole_numbers(generator)
    yield _scored(generator, _random_ranks(generator, 10, 10), 10)
    scores, labels = _scored(generator, _random_ranks(generator, 32, 10), 10, scale=1e6)
    yield scores.double(), labels
    scores, labels = _scored(generator, _random_ranks(generator, 20, 6), 6)
    yield _not_contiguous(scores), labels.int()


def _rows(rows: str) -> Edit:
    """Only some rows are looked at."""
    return replaced("preds.argmax", f"preds[{rows}].argmax") + replaced(
        "(labels)", f"(labels[{rows}])"
    )


GET_NUM_CORRECT = Exercise(
    number="4.1",
    name="get_num_correct",
    solution='''\
def get_num_correct(preds, labels):
    """[B, K] scores and [B] labels -> how many are right, an int."""
    return preds.argmax(dim=1).eq(labels).sum().item()
''',
    cases=_predictions,
    mistakes=(
        Mistake(
            "dim=0",
            replaced("dim=1", "dim=0"),
            "argmax(dim=0) picks a picture for every class. Along which axis do the scores of one "
            "picture lie?",
        ),
        Mistake(
            "returns a tensor",
            (replaced(".item()", ""), replaced("sum().item()", "float().sum()")),
            "The count is right, but it is still a tensor. Which method takes the one number out?",
        ),
        Mistake(
            "returns a fraction",
            (
                replaced("sum().item()", "float().mean().item()"),
                replaced("sum().item()", "float().mean()"),
            ),
            "That is the share of correct predictions. What do you get before you divide?",
        ),
        Mistake(
            "returns percent",
            replaced("return ", "return 100 * ") + replaced(".item()", ".item() / len(labels)"),
            "That is a percentage. What do you get before you divide?",
        ),
        Mistake(
            "returns a float",
            replaced("sum()", "float().sum()"),
            "The value is right, but a count should be an int. Does a True need to become a float "
            "to be summed?",
        ),
        Mistake(
            "compares floats",
            replaced("argmax(dim=1)", "max(dim=1).values"),
            "A score was compared with a label. Do you need the largest score, or the place where "
            "it stands?",
        ),
        Mistake(
            "no argmax",
            replaced(".argmax(dim=1)", ""),
            "Scores were compared with labels directly. How does a row of scores become one class?",
        ),
        Mistake(
            "no dim",
            replaced("dim=1", ""),
            "argmax() without an axis finds one place in the whole batch. How many guesses do you "
            "need?",
        ),
        Mistake(
            "every guess with every label",
            replaced("dim=1", "dim=1, keepdim=True"),
            "Shapes [B, 1] and [B] broadcast to [B, B]. Which shape should the guesses have, so "
            "that each meets its own label?",
        ),
        Mistake(
            "not counted",
            replaced(".sum().item()", ""),
            "That is one True or False for each picture. How do you make one number of them?",
        ),
        Mistake(
            "counts the wrong ones",
            replaced(".eq", ".ne"),
            "These are the predictions that differ from their label. Which ones were asked for?",
        ),
        Mistake(
            "counts all rows",
            instead("return len(labels)"),
            "That is how many pictures there are, right or wrong. How do you count only the True "
            "ones?",
        ),
        Mistake(
            "one row left out",
            (_rows(":-1"), _rows("1:")),
            "One row of the batch was never looked at. Where does your loop begin, and where does "
            "it end?",
        ),
        Mistake(
            "counting ends too soon",
            (
                instead(
                    "for scores, label in zip(preds, labels):",
                    "    if scores.argmax() == label:",
                    "        return 1",
                ),
                _rows(":1"),
            ),
            "The count was handed back before every row had been looked at. Does `return` stand "
            "inside the loop or behind it?",
        ),
        Mistake(
            "scores above one half",
            instead("return int((preds.gather(1, labels.long().unsqueeze(1)) > 0.5).sum())"),
            "You counted labels whose score is above 0.5. Can a smaller score be the largest of "
            "its row, and a larger one not?",
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
        scores, labels = _scored(generator, ranks, classes)
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


def _returning(result: str) -> Edit:
    return replaced("num_correct / num_samples", result)


def _growing(samples: str) -> Edit:
    """With each batch the second count grows by something else."""
    return replaced("num_samples += len(labels)", f"num_samples += {samples}")


_NO_EVAL = without("model.eval()")
_TRACKED = replaced("torch.no_grad()", "torch.enable_grad()")
_SWITCHES = (_NO_EVAL, _TRACKED, _NO_EVAL + _TRACKED)
_BATCH_MEANS = replaced("sum().item()", "sum().item() / len(labels)") + _growing("1")
_TENSOR = _returning("torch.tensor(num_correct / num_samples)")
_CORRECT_OF_LAST = replaced("num_correct +=", "num_correct =")
_SAMPLES_OF_LAST = replaced("num_samples +=", "num_samples =")

LOADER_ACCURACY = Exercise(
    number="4.2",
    name="loader_accuracy",
    solution='''\
def loader_accuracy(model, loader):
    """A model and batches of (images, labels [B]) -> share of correct predictions, a float."""
    model.eval()
    num_correct = num_samples = 0
    with torch.no_grad():
        for images, labels in loader:
            num_correct += model(images).argmax(dim=1).eq(labels).sum().item()
            num_samples += len(labels)
    return num_correct / num_samples
''',
    cases=_data_sets,
    observe=_watch,
    mistakes=(
        Mistake(
            "mean of batch means",
            (_BATCH_MEANS, _BATCH_MEANS + _TENSOR),
            "You averaged the accuracies of the batches. How much does a picture weigh that sits "
            "in a short last batch?",
        ),
        Mistake(
            "mean of batch means",
            tuple(
                means + switch
                for means in (_BATCH_MEANS, _BATCH_MEANS + _TENSOR)
                for switch in _SWITCHES
            ),
            "You averaged the accuracies of the batches. How much does a picture weigh that sits "
            "in a short last batch? The mode or the gradients are not as asked for, either.",
        ),
        Mistake(
            "forgets no_grad",
            _TRACKED,
            "The share is right, but gradients were tracked during the predictions. What does "
            "PyTorch keep then that nobody here will use?",
        ),
        Mistake(
            "forgets eval",
            _NO_EVAL,
            "The share is right, but the model ran in train mode. Which layers answer differently "
            "in that mode?",
        ),
        Mistake(
            "forgets eval and no_grad",
            _NO_EVAL + _TRACKED,
            "The share is right, but the model ran in train mode and with gradients. Which two "
            "switches belong before a measurement?",
        ),
        Mistake(
            "gradients left switched off",
            replaced("with torch.no_grad():", "torch.set_grad_enabled(False)\n    if True:"),
            "After your function, gradients stay switched off in the whole program. Which form of "
            "that switch ends by itself?",
        ),
        Mistake(
            "weights frozen",
            replaced("model.eval()", "model.eval().requires_grad_(False)"),
            "Your function froze the model's weights: training it would change nothing now. Which "
            "switch stops the notes for gradients and leaves the model alone?",
        ),
        Mistake(
            "divides by number of batches",
            _growing("1"),
            "The number of correct predictions was divided by the number of batches. Of how many "
            "pictures were they correct?",
        ),
        Mistake(
            "takes every batch for full",
            _growing("loader.batch_size"),
            "You divided by batches times batch size. Is every batch that long?",
        ),
        Mistake(
            "takes one batch's length for all",
            (
                _returning("num_correct / (len(loader) * len(labels))"),
                _growing("len(next(iter(loader))[1])"),
            ),
            "You took the length of one batch for the length of all of them. Which batch can be "
            "shorter than the others?",
        ),
        Mistake(
            "divides by the whole data set",
            _returning("num_correct / len(loader.dataset)"),
            "You divided by the length of the data set. With drop_last, how many of its pictures "
            "came out of the loader?",
        ),
        Mistake(
            "first batch only",
            _growing("len(labels)\n            break"),
            "That is the accuracy of the first batch. What has to grow while you go on?",
        ),
        Mistake(
            "last batch only",
            _CORRECT_OF_LAST + _SAMPLES_OF_LAST,
            "That is the accuracy of the last batch. What happened to the counts of those before?",
        ),
        Mistake(
            "one of the two counts does not grow",
            (_SAMPLES_OF_LAST, _CORRECT_OF_LAST),
            "One of your two counts goes through all batches, the other knows the last batch "
            "alone. Which one is set anew where it should grow?",
        ),
        Mistake(
            "returns a tensor",
            (_TENSOR, _returning("torch.tensor(num_correct / num_samples, dtype=torch.float64)")),
            "The accuracy is still a tensor. Where could it have become a Python number?",
        ),
        Mistake(
            "returns a tensor",
            tuple(_TENSOR + switch for switch in _SWITCHES),
            "The accuracy is still a tensor. Where could it have become a Python number? "
            "The mode or the gradients are not as asked for, either.",
        ),
        Mistake(
            "returns percent",
            _returning("100 * num_correct / num_samples"),
            "That is a percentage. Between which two numbers does a share lie?",
        ),
        Mistake(
            "rounded",
            (
                _returning("round(num_correct / num_samples, 3)"),
                _returning("round(num_correct / num_samples, 2)"),
            ),
            "The share was rounded. Who should choose how many digits are shown: the function, or "
            "whoever prints its result?",
        ),
        Mistake(
            "not divided",
            _returning("num_correct"),
            "That is the number of correct predictions. How does it become a share?",
        ),
        Mistake(
            "counts the wrong ones",
            replaced(".eq", ".ne"),
            "That is the share of the predictions that differ from their label. Which share was "
            "asked for?",
        ),
        Mistake(
            "every guess with every label",
            replaced("dim=1", "dim=1, keepdim=True"),
            "Shapes [B, 1] and [B] broadcast to [B, B]. Which shape should the guesses have, so "
            "that each meets its own label?",
        ),
        Mistake(
            "dim=0",
            replaced("dim=1", "dim=0"),
            "argmax(dim=0) picks a picture for every class. Along which axis do the scores of one "
            "picture lie?",
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
    yield *_scored_with_whole_numbers(generator), 2
    scores, labels = _scored(generator, _random_ranks(generator, 30, 10), 10, scale=1e6)
    yield scores.double(), labels, 3
    scores, labels = _scored(generator, _random_ranks(generator, 20, 7), 7)
    yield _not_contiguous(scores), labels, 4


def _best_of(number: str) -> Edit:
    """Another number of classes is looked at."""
    return replaced("topk(k,", f"topk({number},")


_DOWN_THE_COLUMNS = replaced("topk(k, dim=1)", "topk(k, dim=0)")
_LABELS_AS_ROW = replaced(".unsqueeze(1)", "")
_EVERY_PLACE = replaced(".any(dim=1)", "")

TOPK_CORRECT = Exercise(
    number="4.3",
    name="topk_correct",
    solution='''\
def topk_correct(preds, labels, k):
    """[B, K] scores and [B] labels -> how many labels are in the top k, an int."""
    best = preds.topk(k, dim=1).indices
    return best.eq(labels.unsqueeze(1)).any(dim=1).sum().item()
''',
    cases=_ranked,
    mistakes=(
        Mistake(
            "k fixed to 1",
            _best_of("1"),
            "Only the single highest score was looked at. Where does k come in?",
        ),
        Mistake(
            "k fixed to another number",
            (_best_of("2"), _best_of("3"), _best_of("5")),
            "The same number of classes was looked at for every k. Where does k come in?",
        ),
        Mistake(
            "wrong axis",
            (
                _DOWN_THE_COLUMNS,
                _DOWN_THE_COLUMNS + _LABELS_AS_ROW + replaced("any(dim=1)", "any(dim=0)"),
                _DOWN_THE_COLUMNS + _LABELS_AS_ROW + _EVERY_PLACE,
            ),
            "The k highest were taken down each column, over the pictures. Along which axis do "
            "the scores of one picture lie?",
        ),
        Mistake(
            "labels as a row",
            (_LABELS_AS_ROW, _LABELS_AS_ROW + _EVERY_PLACE),
            "The top classes have shape [B, k], the labels [B]. Which shape lets a label meet all "
            "of its own row?",
        ),
        Mistake(
            "any over the pictures",
            replaced("any(dim=1)", "any(dim=0)"),
            "You asked of each of the k places whether any picture hits there. Which axis has to "
            "disappear, so that each picture counts once?",
        ),
        Mistake(
            "all instead of any",
            replaced(".any(", ".all("),
            "Your rows count only if all k places hold the label. In how many of them can a label "
            "stand?",
        ),
        Mistake(
            "labels found in another row",
            replaced("best.eq(labels.unsqueeze(1)).any(dim=1)", "torch.isin(labels, best)"),
            "A label counted as soon as it was in the top k of any picture. In whose top k should "
            "it be?",
        ),
        Mistake(
            "k-th only",
            replaced("best.eq(labels.unsqueeze(1)).any(dim=1)", "best[:, -1].eq(labels)"),
            "Only the class in place k was compared. Which places count as a hit?",
        ),
        Mistake(
            "lowest k",
            replaced("topk(k, dim=1)", "topk(k, dim=1, largest=False)"),
            "These are the k lowest scores. In which order does sorting put them?",
        ),
        Mistake(
            "one too many",
            (_best_of("min(k + 1, preds.shape[1])"), _best_of("k + 1")),
            "A label in place k + 1 was counted as well. How many classes may score higher than a "
            "label that is still a hit?",
        ),
        Mistake(
            "one too few",
            # The second is [-k + 1:] of a sorted row, which takes all of it for k = 1.
            (_best_of("k - 1"), _best_of("k - 1 or preds.shape[1]")),
            "A label in place k was not counted. How many classes may score higher than a label "
            "that is still a hit?",
        ),
        Mistake(
            "compares scores",
            replaced("indices", "values") + _EVERY_PLACE,
            "Scores were compared with labels. What else does topk return beside the values?",
        ),
        Mistake(
            "compares topk's pair",
            (
                instead("return (preds.topk(k, dim=1) == labels.unsqueeze(1)).any()"),
                instead("return (preds.topk(k, dim=1) == labels.unsqueeze(1)).sum()"),
                instead("return preds.topk(k, dim=1).eq(labels.unsqueeze(1))"),
            ),
            "`topk` hands back two tensors at once, and you compared the pair. Which of the two "
            "holds classes?",
        ),
        Mistake(
            "returns a tensor",
            (replaced(".item()", ""), replaced("sum().item()", "float().sum()")),
            "The count is right, but it is still a tensor. Which method takes the one number out?",
        ),
        Mistake(
            "returns a float",
            replaced("sum()", "float().sum()"),
            "The value is right, but a count should be an int. Does a True need to become a float "
            "to be summed?",
        ),
        Mistake(
            "returns a fraction",
            (
                replaced(".item()", ".item() / len(labels)"),
                replaced("sum().item()", "float().mean()"),
            ),
            "That is the share of hits. What do you get before you divide?",
        ),
        Mistake(
            "not counted",
            replaced(".sum().item()", ""),
            "That is one True or False for each picture. How do you make one number of them?",
        ),
        Mistake(
            "divides by every comparison",
            replaced(".any(dim=1).sum()", ".float().mean()"),
            "That is a mean over all B times k comparisons. Which number was asked for?",
        ),
    ),
)
