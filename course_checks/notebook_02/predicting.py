"""Models and pictures to try exercise 2.1 on, and how a right answer predicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Generator, Tensor, nn


def _filled(generator: Generator, build: Callable[[], nn.Sequential]) -> nn.Sequential:
    """A model in evaluation mode with numbers from `generator`, running statistics included."""
    with torch.random.fork_rng(devices=[]):  # layers start with numbers from the global generator
        model = build()
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            spread = name.endswith("running_var")
            draw = torch.rand if spread else torch.randn
            value.copy_(draw(value.shape, generator=generator) + (0.5 if spread else 0.0))
    return model.eval()


def _picture(generator: Generator, model: nn.Sequential, shape: Sequence[int]) -> Tensor:
    """A picture that the model does not put into class 0, if one is found soon.

    Always answering 0 is what a wrong axis leads to; it should not be right by chance.
    """
    for _ in range(50):
        image = torch.randn(*shape, generator=generator)
        if predict_one(model, image) > 0:
            break
    return image


def models_and_pictures(generator: Generator) -> Iterator[tuple[nn.Sequential, Tensor]]:
    def tiny() -> nn.Sequential:
        return nn.Sequential(nn.Flatten(), nn.Linear(4, 3))

    def convolution() -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(40, 10))

    def normed_convolution() -> nn.Sequential:
        layers = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(96, 5)
        return nn.Sequential(*layers)

    def normed() -> nn.Sequential:
        return nn.Sequential(nn.Flatten(), nn.Linear(40, 8), nn.BatchNorm1d(8), nn.Linear(8, 6))

    def dropping() -> nn.Sequential:
        return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(105, 10))

    model = _filled(generator, tiny)
    yield model, _picture(generator, model, (2, 1, 2))
    model = _filled(generator, convolution)
    yield model, _picture(generator, model, (3, 6, 7))
    model = _filled(generator, normed_convolution)
    image = _picture(generator, model, (1, 8, 6))
    yield model.train(), image
    model = _filled(generator, normed)
    image = _picture(generator, model, (2, 4, 5))
    yield model.train(), image
    model = _filled(generator, dropping)
    yield model.train(), torch.randn(7, 5, 3, generator=generator).permute(2, 1, 0)
    one_class = _filled(generator, lambda: nn.Sequential(nn.Flatten(), nn.Linear(12, 1)))
    yield one_class, torch.randn(3, 1, 4, generator=generator)
    model = _filled(generator, normed)  # comes in evaluation mode, and the mode matters to it
    yield model, _picture(generator, model, (2, 4, 5))


@contextmanager
def predicting(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; the mode from before comes back."""
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(training)


def logits_of(model: nn.Module, batch: Tensor) -> Tensor:
    with predicting(model):
        logits: Tensor = model(batch)
    return logits


def row(model: nn.Module, image: Tensor) -> Tensor:
    """The scores [1, K] of one picture, as a right answer gets them."""
    return logits_of(model, image.unsqueeze(0))


def predict_one(model: nn.Module, image: Tensor) -> int:
    return int(row(model, image).argmax(dim=1).item())
