"""Exercise 7.2 of notebook 07: loss and accuracy over a loader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms

Batches = Iterable[tuple[Tensor, Tensor]]
Result = tuple[float, float]
Answer = Callable[[nn.Module, Batches], Any]


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


def _data_sets(generator: Generator) -> Iterator[tuple[Tensor, Tensor, int, str]]:
    """Scores [N, K] that the model will give, labels [N], batch size, mode of the model."""
    for hits, classes, batch_size, mode in (
        ("110", 2, 2, "training"),  # batches of 2 and 1
        ("1111111100", 3, 4, "training"),  # 4, 4 and 2
        ("1011001", 4, 3, "evaluation"),  # 3, 3 and 1
        ("101100", 5, 3, "training"),  # divides: 3 and 3
        ("101", 3, 8, "evaluation"),  # one batch, short
        ("0111", 3, 1, "training"),  # batches of one
        ("01" * 20 + "11011", 10, 20, "evaluation"),  # 20, 20 and 5
    ):
        count = len(hits)
        labels = torch.randint(classes, (count,), generator=generator)
        guesses = labels + torch.tensor([hit == "0" for hit in hits])
        # One clear guess for each row, right or wrong; the later ones surer, so that the losses
        # of the batches differ and their plain mean is seen to be wrong.
        scores = torch.rand(count, classes, generator=generator) / 4
        scores[torch.arange(count), guesses % classes] += torch.linspace(1, 3, count)
        yield (scores * 8).round() / 8, labels, batch_size, mode


def _observe(
    answer: Any, scores: Tensor, labels: Tensor, batch_size: int, mode: str
) -> dict[str, Any]:
    """Give the answer a model that returns `scores`, and say what it did with the model."""
    model = _Watched()
    model.train(mode == "training")
    returned = answer(model, DataLoader(TensorDataset(scores, labels), batch_size))
    return {
        "(loss, accuracy)": returned,
        "mode while predicting": "training" if model.trained else "evaluation",
        "gradients": "tracked" if model.tracked else "off",
        "mode afterwards": "training" if model.training else "evaluation",
    }


@dataclass
class _Counts:
    """What a loop over the batches can add up."""

    loss_sum: float = 0.0
    sum_of_losses: float = 0.0
    last_loss: float = 0.0
    correct: int = 0
    sum_of_accuracies: float = 0.0
    last_accuracy: float = 0.0
    samples: int = 0
    batches: int = 0


def _count(model: nn.Module, loader: Batches) -> _Counts:
    counts = _Counts()
    for images, labels in loader:
        logits = model(images)
        counts.last_loss = cross_entropy(logits, labels).item()
        correct = int(logits.argmax(dim=1).eq(labels).sum())
        counts.last_accuracy = correct / len(labels)
        counts.loss_sum += counts.last_loss * len(labels)
        counts.sum_of_losses += counts.last_loss
        counts.correct += correct
        counts.sum_of_accuracies += counts.last_accuracy
        counts.samples += len(labels)
        counts.batches += 1
    return counts


def _averaged(counts: _Counts) -> Result:
    return counts.loss_sum / counts.samples, counts.correct / counts.samples


def _counted(
    result: Callable[[_Counts], Any],
    evaluating: bool = True,
    tracking: bool = False,
    restoring: bool = True,
) -> Answer:
    """An answer that makes `result` of the sums, with these switches before and afterwards."""

    def answer(model: nn.Module, loader: Batches) -> Any:
        was_training = model.training
        if evaluating:
            model.eval()
        with torch.set_grad_enabled(tracking):
            value = result(_count(model, loader))
        if restoring:
            model.train(was_training)
        return value

    return answer


def _switches_wrong(result: Callable[[_Counts], Any]) -> list[Answer]:
    """`result` in forms that also get the mode or the gradients wrong."""
    return [
        _counted(result, restoring=False),
        _counted(result, evaluating=False),
        _counted(result, tracking=True),
        _counted(result, tracking=True, restoring=False),
        _counted(result, evaluating=False, tracking=True),
    ]


def _training_afterwards(model: nn.Module, loader: Batches) -> Result:
    result: Result = _counted(_averaged)(model, loader)
    model.train()
    return result


def _alone_and_with_others(
    name: str, message: str, result: Callable[[_Counts], Any]
) -> list[Mistake]:
    """A mistake in the sums, and the same beside one in the switches, which is then named too."""
    also = " The mode or the gradients are not as asked for, either."
    return [
        Mistake(name, _counted(result), message),
        *in_forms(name, message + also, *_switches_wrong(result)),
    ]


EVALUATE = Exercise(
    number="7.2",
    name="evaluate",
    reference=_counted(_averaged),
    cases=_data_sets,
    observe=_observe,
    mistakes=(
        *_alone_and_with_others(
            "mean of batch means",
            "Loss and accuracy were averaged over the batches. How much does a picture weigh that "
            "sits in a short last batch?",
            lambda c: (c.sum_of_losses / c.batches, c.sum_of_accuracies / c.batches),
        ),
        *_alone_and_with_others(
            "loss averaged over batches",
            "The accuracy is right, but the losses were averaged over the batches. "
            "Of how many pictures is each of them a mean?",
            lambda c: (c.sum_of_losses / c.batches, c.correct / c.samples),
        ),
        Mistake(
            "accuracy averaged over batches",
            _counted(lambda c: (c.loss_sum / c.samples, c.sum_of_accuracies / c.batches)),
            "The loss is right, but the accuracies were averaged over the batches. "
            "Does each batch hold as many pictures?",
        ),
        *_alone_and_with_others(
            "batch losses divided by samples",
            "The loss is too small: means of batches were added and divided by the number of "
            "pictures. What turns a mean back into a sum?",
            lambda c: (c.sum_of_losses / c.samples, c.correct / c.samples),
        ),
        Mistake(
            "loss not divided",
            _counted(lambda c: (c.loss_sum, c.correct / c.samples)),
            "The accuracy is right, the loss is a sum over all pictures. Which loss can be "
            "compared between data sets of different sizes?",
        ),
        Mistake(
            "hits not divided",
            _counted(lambda c: (c.loss_sum / c.samples, c.correct)),
            "The second number is the count of correct predictions. How does it become a share?",
        ),
        Mistake(
            "last batch only",
            _counted(lambda c: (c.last_loss, c.last_accuracy)),
            "These are the loss and the accuracy of the last batch. "
            "What happened to the sums of those before?",
        ),
        *_alone_and_with_others(
            "order swapped",
            "Both numbers are right. In which order does the task ask for them?",
            lambda c: (c.correct / c.samples, c.loss_sum / c.samples),
        ),
        Mistake(
            "percent",
            _counted(lambda c: (c.loss_sum / c.samples, 100 * c.correct / c.samples)),
            "The accuracy is a percentage. Between which two numbers does a share lie?",
        ),
        Mistake(
            "train mode",
            _counted(_averaged, evaluating=False),
            "The numbers are right, but the model predicted in training mode. "
            "Which layers would have answered differently?",
        ),
        Mistake(
            "gradients on",
            _counted(_averaged, tracking=True),
            "The numbers are right, but gradients were tracked during the predictions. "
            "What does PyTorch keep then that nobody here will use?",
        ),
        Mistake(
            "train mode and gradients on",
            _counted(_averaged, evaluating=False, tracking=True),
            "The numbers are right, but the model ran in training mode and with gradients. "
            "Which two switches belong before a measurement?",
        ),
        Mistake(
            "mode not restored",
            _counted(_averaged, restoring=False),
            "The model came in training mode and was left in evaluation mode. "
            "How will the next epoch of training run?",
        ),
        Mistake(
            "mode not restored, gradients on",
            _counted(_averaged, tracking=True, restoring=False),
            "The model was left in evaluation mode, and gradients were tracked. "
            "What should the caller find as it was, and which switch is missing?",
        ),
        Mistake(
            "training mode afterwards",
            _training_afterwards,
            "A model that came in evaluation mode was left in training mode. "
            "How could you know which mode it came in?",
        ),
    ),
)
