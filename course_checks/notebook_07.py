"""The exercises of notebook 07: a training step, an evaluation, and loops with a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, TensorDataset

from course_checks.declared import Edit, everywhere, exchanged, made, replaced, without
from course_checks.engine import Exercise, Mistake

# 7.1

_OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "SGD": lambda params: torch.optim.SGD(params, lr=0.5),
    "SGD with momentum": lambda params: torch.optim.SGD(params, lr=0.2, momentum=0.9),
    "Adam": lambda params: torch.optim.Adam(params, lr=0.1),
}


def _linear(generator: Generator, features: int, classes: int) -> nn.Sequential:
    """Flatten and one linear layer, in training mode, with weights from `generator`."""
    with torch.random.fork_rng(devices=[]):  # layers start with numbers from the global generator
        model = nn.Sequential(nn.Flatten(), nn.Linear(features, classes))
    for param in model.parameters():
        param.data.copy_(torch.randn(param.shape, generator=generator) / 2)
    return model


def _normed(generator: Generator, channels: int, classes: int) -> nn.Sequential:
    """A network that answers differently in evaluation mode."""
    with torch.random.fork_rng(devices=[]):
        norm = nn.BatchNorm2d(channels)
    return nn.Sequential(norm, *_linear(generator, channels * 3 * 2, classes))


def _batches(generator: Generator) -> Iterator[tuple[nn.Sequential, Tensor, Tensor, str]]:
    """Model, images [B, C, H, W], labels [B], and the kind of optimizer."""

    def images(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    def labels(batch_size: int, classes: int) -> Tensor:
        # Every class in turn, so that no batch is without one and no step is too small to see.
        return (torch.arange(batch_size) + 1) % classes

    digits = torch.randint(1, 10, (2, 1, 1, 2), generator=generator) / 4
    yield _linear(generator, 2, 2), digits, labels(2, 2), "SGD"
    yield _linear(generator, 12, 5), images(7, 1, 4, 3), labels(7, 5), "SGD"
    yield _linear(generator, 12, 3), images(4, 2, 3, 2), labels(4, 3), "SGD with momentum"
    yield _linear(generator, 20, 10), images(16, 1, 4, 5), labels(16, 10), "Adam"
    yield _normed(generator, 2, 4), images(6, 2, 3, 2), labels(6, 4), "SGD"
    yield _linear(generator, 6, 3), images(1, 1, 2, 3), labels(1, 3), "SGD"  # a batch of one


def _two_steps(
    answer: Any, model: nn.Sequential, images: Tensor, labels: Tensor, optimizer: str
) -> dict[str, Any]:
    """Take two steps on one batch; say what was returned and what the model has become."""
    stepper = _OPTIMIZERS[optimizer](model.parameters())
    before = [param.detach().clone() for param in model.parameters()]
    with_gradients: list[bool] = []
    modes: list[bool] = []
    ran_backward: list[bool] = []
    last = list(model.parameters())[-1]

    def note_step(*_: Any) -> None:
        with_gradients.append(last.grad is not None)

    hooks = [
        stepper.register_step_post_hook(note_step),
        model.register_forward_hook(lambda *_: modes.append(model.training)),
        last.register_hook(lambda _: ran_backward.append(True)),
    ]
    losses = [answer(model, images, labels, stepper) for _ in range(2)]
    for hook in hooks:
        hook.remove()
    after = [param.detach().clone() for param in model.parameters()]
    moved = not all(torch.equal(one, two) for one, two in zip(before, after, strict=True))
    tracked = any(isinstance(loss, Tensor) and loss.requires_grad for loss in losses)
    notes = {
        "never in training mode": not any(modes),
        "backward never ran": not moved and not ran_backward,
        # Whether gradients are cleared before or after a step is free, unless nothing ever moves.
        "gradients gone at the end": not moved and last.grad is None,
        "the optimizer never stepped": not with_gradients,
        "a step without gradients": not all(with_gradients),
        "the graph is kept": tracked,
        "more than one forward pass a step": len(modes) > 2,
    }
    return {
        "losses": [loss.detach() if isinstance(loss, Tensor) else loss for loss in losses],
        "bias": after[-1],
        "seen": ", ".join(note for note, seen in notes.items() if seen) or "two steps",
        "weight": after[-2],
    }


TRAIN_STEP = Exercise(
    number="7.1",
    name="train_step",
    solution='''\
def train_step(model, images, labels, optimizer):
    """images [B, C, H, W], labels [B] -> the batch's mean loss, a float; the weights move."""
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
''',
    cases=_batches,
    observe=_two_steps,
    mistakes=(
        Mistake(
            "no zero_grad",
            without("zero_grad"),
            "The first step is right, the second is not. What does backward() do with a gradient "
            "that is there already?",
        ),
        Mistake(
            "step before backward",
            exchanged("loss.backward()", "optimizer.step()"),
            "The optimizer was asked to step while there was no gradient, so no weight moves. "
            "Which call makes the gradients?",
        ),
        Mistake(
            "step before backward, nothing cleared",
            exchanged("loss.backward()", "optimizer.step()") + without("zero_grad"),
            "The first step found no gradient, the second an old one. "
            "In which order must a gradient be made and used?",
        ),
        Mistake(
            "zero_grad between backward and step",
            exchanged("optimizer.zero_grad()", "loss.backward()"),
            "backward() made the gradients, and they were gone before the step. "
            "What was called in between?",
        ),
        Mistake(
            "no step",
            without("optimizer.step()"),
            "The gradients are there, but no weight has moved. Who applies them?",
        ),
        Mistake(
            "no backward",
            without("loss.backward()"),
            "The loss was computed, but no parameter has ever had a gradient. "
            "Which call goes back through the graph?",
        ),
        Mistake(
            "softmax before the loss",
            replaced("model(images)", "model(images).softmax(dim=1)"),
            "The loss got probabilities. cross_entropy takes the softmax of what it gets: "
            "how often has it been taken now?",
        ),
        Mistake(
            "log-softmax taken for a loss of probabilities",
            replaced("cross_entropy(model(images)", "nll_loss(model(images).softmax(dim=1)"),
            "nll_loss picks numbers out and changes their sign. Which logarithm has nobody taken?",
        ),
        Mistake(
            "keeps the graph",
            replaced("loss.item()", "loss"),
            "The loss still hangs on its whole graph. What will an epoch's sum of such losses keep "
            "in memory?",
        ),
        Mistake(
            "sum for mean",
            replaced("labels)\n", 'labels, reduction="sum")\n'),
            "The losses of the batch were summed. How does the size of a step then depend on the "
            "batch size?",
        ),
        Mistake(
            "loss times batch size",
            replaced("loss.item()", "loss.item() * len(labels)"),
            "The weights are right, but that is the loss summed over the batch. "
            "Which one was asked for?",
        ),
        Mistake(
            "loss after the step",
            replaced(
                "return loss.item()",
                "return torch.nn.functional.cross_entropy(model(images), labels).item()",
            ),
            "The weights are right, but that is the loss after they moved. "
            "Which loss did the gradients come from?",
        ),
        Mistake(
            "two forward passes",
            replaced(
                "    optimizer.zero_grad()",
                "    value = torch.nn.functional.cross_entropy(model(images), labels).item()\n"
                "    optimizer.zero_grad()",
            )
            + replaced("return loss.item()", "return value"),
            "The model ran more than once for one step. Which tensor knows the value of the loss "
            "already?",
        ),
        Mistake(
            "evaluation mode",
            replaced("    loss = ", "    model.eval()\n    loss = "),
            "The model came in training mode and the step ran in evaluation mode. "
            "Who asked for the change?",
        ),
    ),
)

# 7.2


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


def _data_sets(generator: Generator) -> Iterator[tuple[Tensor, Tensor, int, bool, str]]:
    """Scores [N, K] that the model will give, labels [N], batch size, drop_last, model's mode."""
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
        # Where the last batch is short, one data set is handed out without it.
        yield (scores * 8).round() / 8, labels, batch_size, hits == "1011001", mode


def _watch(
    answer: Any, scores: Tensor, labels: Tensor, batch_size: int, drop_last: bool, mode: str
) -> dict[str, Any]:
    """Give the answer a model that returns `scores`, and say what it did with the model."""
    watched = _Watched()
    # A layer inside a model, so that a mode that is set on the outside alone is seen.
    model = nn.Sequential(watched).train(mode == "training")
    loader = DataLoader(TensorDataset(scores, labels), batch_size, drop_last=drop_last)
    returned = answer(model, loader)
    return {
        "(loss, accuracy)": returned,
        "mode while predicting": "training" if watched.trained else "evaluation",
        "gradients": "tracked" if watched.tracked else "off",
        "mode afterwards": "training" if watched.training else "evaluation",
    }


def _returning(loss: str, accuracy: str) -> Edit:
    return replaced("total_loss / num_samples, num_correct / num_samples", f"{loss}, {accuracy}")


_LOSS, _ACCURACY = "total_loss / num_samples", "num_correct / num_samples"
_SUM_OF_LOSSES = replaced("loss.item() * len(labels)", "loss.item()")
_SUM_OF_ACCURACIES = replaced("sum().item()", "sum().item() / len(labels)")
_IN_TRAIN_MODE = without("model.eval()")
_TRACKED = replaced("no_grad", "enable_grad")
_NOT_RESTORED = without("model.train(was_training)")


def _alone_and_with_others(name: str, edit: Edit, message: str) -> tuple[Mistake, Mistake]:
    """A mistake in the sums, and the same beside one in the switches, which is then named too."""
    switches = (
        _NOT_RESTORED,
        _IN_TRAIN_MODE,
        _TRACKED,
        _TRACKED + _NOT_RESTORED,
        _IN_TRAIN_MODE + _TRACKED,
    )
    also = " The mode or the gradients are not as asked for, either."
    return (
        Mistake(name, edit, message),
        Mistake(name, tuple(edit + switch for switch in switches), message + also),
    )


EVALUATE = Exercise(
    number="7.2",
    name="evaluate",
    solution='''\
def evaluate(model, loader):
    """A model and batches of (images, labels [B]) -> (mean loss per picture, accuracy)."""
    was_training = model.training
    model.eval()
    total_loss, num_correct, num_samples = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in loader:
            logits = model(images)
            loss = torch.nn.functional.cross_entropy(logits, labels)
            total_loss += loss.item() * len(labels)
            num_correct += logits.argmax(dim=1).eq(labels).sum().item()
            num_samples += len(labels)
    model.train(was_training)
    return total_loss / num_samples, num_correct / num_samples
''',
    cases=_data_sets,
    observe=_watch,
    mistakes=(
        *_alone_and_with_others(
            "mean of batch means",
            _SUM_OF_LOSSES
            + _SUM_OF_ACCURACIES
            + _returning("total_loss / len(loader)", "num_correct / len(loader)"),
            "Loss and accuracy were averaged over the batches. How much does a picture weigh that "
            "sits in a short last batch?",
        ),
        *_alone_and_with_others(
            "loss averaged over batches",
            _SUM_OF_LOSSES + _returning("total_loss / len(loader)", _ACCURACY),
            "The accuracy is right, but the losses were averaged over the batches. "
            "Of how many pictures is each of them a mean?",
        ),
        Mistake(
            "accuracy averaged over batches",
            _SUM_OF_ACCURACIES + _returning(_LOSS, "num_correct / len(loader)"),
            "The loss is right, but the accuracies were averaged over the batches. "
            "Does each batch hold as many pictures?",
        ),
        *_alone_and_with_others(
            "batch losses divided by samples",
            _SUM_OF_LOSSES,
            "The loss is too small: means of batches were added and divided by the number of "
            "pictures. What turns a mean back into a sum?",
        ),
        Mistake(
            "loss not divided",
            _returning("total_loss", _ACCURACY),
            "The accuracy is right, the loss is a sum over all pictures. Which loss can be "
            "compared between data sets of different sizes?",
        ),
        Mistake(
            "hits not divided",
            _returning(_LOSS, "num_correct"),
            "The second number is the count of correct predictions. How does it become a share?",
        ),
        Mistake(
            "last batch only",
            everywhere("+=", "="),
            "These are the loss and the accuracy of the last batch. "
            "What happened to the sums of those before?",
        ),
        *_alone_and_with_others(
            "order swapped",
            _returning(_ACCURACY, _LOSS),
            "Both numbers are right. In which order does the task ask for them?",
        ),
        Mistake(
            "percent",
            _returning(_LOSS, "100 * num_correct / num_samples"),
            "The accuracy is a percentage. Between which two numbers does a share lie?",
        ),
        Mistake(
            "train mode",
            _IN_TRAIN_MODE,
            "The numbers are right, but the model predicted in training mode. "
            "Which layers would have answered differently?",
        ),
        Mistake(
            "gradients on",
            _TRACKED,
            "The numbers are right, but gradients were tracked during the predictions. "
            "What does PyTorch keep then that nobody here will use?",
        ),
        Mistake(
            "train mode and gradients on",
            _IN_TRAIN_MODE + _TRACKED,
            "The numbers are right, but the model ran in training mode and with gradients. "
            "Which two switches belong before a measurement?",
        ),
        Mistake(
            "mode not restored",
            _NOT_RESTORED,
            "The model came in training mode and was left in evaluation mode. "
            "How will the next epoch of training run?",
        ),
        Mistake(
            "mode not restored, gradients on",
            _TRACKED + _NOT_RESTORED,
            "The model was left in evaluation mode, and gradients were tracked. "
            "What should the caller find as it was, and which switch is missing?",
        ),
        Mistake(
            "training mode afterwards",
            replaced("model.train(was_training)", "model.train()"),
            "A model that came in evaluation mode was left in training mode. "
            "How could you know which mode it came in?",
        ),
    ),
)

# 7.3

SYMPTOMS = (
    "nothing moves",
    "steps grow",
    "loss has a floor",
    "loss is nan",
    "memory grows",
    "dropout sleeps",
    "test too good",
)
"""What a training run can suffer from: the words to answer exercise 7.3 with."""

_SOLUTION = """\
answers = {
    "a": "nothing moves",  # step() always comes right after zero_grad()
    "b": "steps grow",  # gradients of all batches add up
    "c": "loss has a floor",  # scores between 0 and 1 are never far apart
    "d": "memory grows",  # each loss keeps its graph
    "e": "dropout sleeps",  # nobody calls train() again after eval()
}
"""
_LOOPS: dict[str, str] = made(_SOLUTION)
"""Loop to its symptom. The loops themselves stand in the notebook, which runs them, too."""


class _Said(str):
    """A student's word for one loop, which in a message does not give the right one away."""

    right: bool

    def __repr__(self) -> str:
        return "the symptom of this loop" if self.right else str.__repr__(self)


def _loops(_: Generator) -> Iterator[tuple[str]]:
    for loop in _LOOPS:
        yield (loop,)


def _word_for(answers: Any, loop: str) -> _Said:
    if not isinstance(answers, dict) or answers.keys() != _LOOPS.keys():
        raise TypeError(f"answers: expected a dictionary with the keys {', '.join(_LOOPS)}")
    word = answers[loop]
    if word not in SYMPTOMS:
        raise ValueError(f"answers[{loop!r}]: expected one of {', '.join(SYMPTOMS)}; got {word!r}")
    said = _Said(word)
    said.right = word == _LOOPS[loop]
    return said


def _confused(**words: str) -> dict[str, str]:
    """The right answers but for these loops."""
    return {**_LOOPS, **words}


FIND_THE_BUG = Exercise(
    number="7.3",
    name="find_the_bug",
    solution=_SOLUTION,
    stub='answers = {"a": ..., "b": ..., "c": ..., "d": ..., "e": ...}\n',
    cases=_loops,
    observe=_word_for,
    mistakes=(
        Mistake(
            "sums of losses and of gradients confused",
            _confused(b="memory grows", d="steps grow"),
            "A new gradient is added into the memory of the old one, and a loss is one number. "
            "Which of the two grows in size, and what else hangs on a loss?",
        ),
        Mistake(
            "a late backward adds up",
            _confused(a="steps grow"),
            "In loop a every turn begins with zero_grad(). What does step() find right after it?",
        ),
        Mistake(
            "a step without gradients gives nan",
            _confused(a="loss is nan"),
            "What did the optimizer do with a parameter whose gradient was None?",
        ),
        Mistake(
            "nothing moves without zero_grad",
            _confused(b="nothing moves"),
            "zero_grad() opens no path; it only drops numbers. "
            "What does step() apply in the second turn of loop b?",
        ),
        Mistake(
            "gradients pile up in memory",
            (
                _confused(b="memory grows"),
                # No symptom fits two loops, so d has often been given another one.
                _confused(b="memory grows", d="loss is nan"),
                _confused(b="memory grows", d="test too good"),
            ),
            "backward() frees each batch's notes, and a second gradient is added to the first "
            "number by number. What is left in .grad for the next batch?",
        ),
        Mistake(
            "adding up gives nan",
            (
                _confused(b="loss is nan"),
                _confused(b="loss is nan", d="steps grow"),
                _confused(b="loss is nan", d="test too good"),
            ),
            "Every loss of loop b is still a number. Which call is missing, and what piles up "
            "without it?",
        ),
        Mistake(
            "softmax stops the gradient",
            _confused(c="nothing moves"),
            "Softmax can be gone back through like any layer. "
            "But which loss belongs to the probabilities 1 and 0, if they are read as scores?",
        ),
        Mistake(
            "softmax overflows",
            _confused(c="loss is nan"),
            "PyTorch's softmax is the stable one. Which scores reach the loss, and how far apart "
            "can they be?",
        ),
        Mistake(
            "a sum of losses changes the steps",
            _confused(d="steps grow"),
            "Nobody calls backward() on the sum of loop d. What is each of its terms tied to?",
        ),
        Mistake(
            "a sum of losses gives nan",
            _confused(d="loss is nan"),
            "A few hundred losses are no large sum. What is each of its terms tied to?",
        ),
        Mistake(
            "eval() stops learning",
            _confused(e="nothing moves"),
            "eval() changes what layers compute; gradients and steps go on. "
            "Which layer computes something else?",
        ),
        Mistake(
            "eval() is about data",
            _confused(e="test too good"),
            "The test pictures stay the test pictures. Who calls train() before the second epoch?",
        ),
    ),
)
