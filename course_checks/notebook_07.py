"""The exercises of notebook 07: a training step, an evaluation, and loops with a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from course_checks.declared import exchanged, replaced, without
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
            "evaluation mode",
            replaced("    loss = ", "    model.eval()\n    loss = "),
            "The model came in training mode and the step ran in evaluation mode. "
            "Who asked for the change?",
        ),
    ),
)
