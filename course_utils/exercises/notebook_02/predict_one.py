"""Exercise 2.1 of notebook 02: one picture through a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Generator, Tensor, nn

from course_utils.exercises.engine import Exercise, Mistake
from course_utils.exercises.forms import in_forms
from course_utils.exercises.result import CheckResult


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
        if _predict_one(model, image) > 0:
            break
    return image


def _models_and_pictures(generator: Generator) -> Iterator[tuple[nn.Sequential, Tensor]]:
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


@contextmanager
def _predicting(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; the mode from before comes back."""
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(training)


def _logits(model: nn.Module, batch: Tensor) -> Tensor:
    with _predicting(model):
        logits: Tensor = model(batch)
    return logits


def _row(model: nn.Module, image: Tensor) -> Tensor:
    """The scores [1, K] of one picture, as a right answer gets them."""
    return _logits(model, image.unsqueeze(0))


def _predict_one(model: nn.Module, image: Tensor) -> int:
    return int(_row(model, image).argmax(dim=1).item())


def _left_in_train_mode(model: nn.Module, image: Tensor) -> int:
    with torch.no_grad():
        return int(model(image.unsqueeze(0)).argmax(dim=1).item())


def _gradients_tracked(model: nn.Module, image: Tensor) -> int:
    with _predicting(model), torch.enable_grad():
        return int(model(image.unsqueeze(0)).argmax(dim=1).item())


def _mode_changed(model: nn.Module, image: Tensor) -> int:
    model.eval()
    return _left_in_train_mode(model, image)


def _gradients_left_off(model: nn.Module, image: Tensor) -> int:
    prediction = _predict_one(model, image)
    torch.set_grad_enabled(False)
    return prediction


def _weights_frozen(model: nn.Module, image: Tensor) -> int:
    return _predict_one(model.requires_grad_(False), image)


def _outer_mode_restored(model: nn.Module, image: Tensor) -> int:
    training = model.training
    prediction = _mode_changed(model, image)
    model.training = training
    return prediction


def _neither_restored_nor_untracked(model: nn.Module, image: Tensor) -> int:
    return int(model.eval()(image.unsqueeze(0)).argmax(dim=1).item())


def _always_train_afterwards(model: nn.Module, image: Tensor) -> int:
    prediction = _predict_one(model, image)
    model.train()
    return prediction


def _observe_prediction(answer: Any, model: nn.Sequential, image: Tensor) -> dict[str, Any]:
    """The prediction, and what else the answer did, which an int does not show."""
    tracked: list[bool] = []
    hook = model[-1].register_forward_hook(lambda _, __, out: tracked.append(out.requires_grad))
    try:
        prediction = answer(model, image)
    finally:
        hook.remove()
    if isinstance(prediction, Tensor) and prediction.numel() == 1:
        prediction = prediction.detach().reshape(1)  # shapes [] and [1]: the same mistake
    modes = {module.training for module in model.modules()}
    mode = "mixed" if len(modes) > 1 else "training" if modes.pop() else "evaluation"
    trainable = all(weight.requires_grad for weight in model.parameters())
    return {
        "prediction": prediction,
        "gradients tracked": any(tracked),
        "mode afterwards": mode,
        "gradients afterwards": "on" if torch.is_grad_enabled() else "off",
        "weights afterwards": "trainable" if trainable else "frozen",
    }


PREDICT_ONE = Exercise(
    number="2.1",
    name="predict_one",
    reference=_predict_one,
    cases=_models_and_pictures,
    observe=_observe_prediction,
    mistakes=(
        Mistake(
            "no unsqueeze",
            lambda model, image: int(_logits(model, image).argmax(dim=1).item()),
            "The picture went in as [C, H, W], so its channels were read as the batch. "
            "How many axes does the model expect?",
        ),
        Mistake(
            "unsqueeze at 1",
            lambda model, image: int(_logits(model, image.unsqueeze(1)).argmax(dim=1).item()),
            "The new axis stands between C and H: that is a batch of C grey pictures. "
            "Where does the batch axis belong?",
        ),
        *in_forms(
            "size of the picture fixed",
            "That fits pictures of one size only. "
            "Which operation adds an axis and leaves all sizes as they are?",
            lambda model, image: _logits(model, image.reshape(1, 1, 28, 28)),
            lambda model, image: _logits(model, image.reshape(-1, 1, 28, 28)),
            lambda model, image: _logits(model, image.reshape(1, 784)),
            lambda model, image: _logits(model, image.reshape(-1, 784)),
        ),
        Mistake(
            "argmax over the wrong axis",
            lambda model, image: int(_row(model, image).argmax(dim=0).item()),
            "That compares pictures for each class, and gives K numbers. "
            "Which axis of [B, K] holds the scores of one picture?",
        ),
        Mistake(
            "always class 0",
            lambda model, image: int(_row(model, image).argmax(dim=0)[0].item()),
            "Along the batch axis there is one entry, so its place is always 0. "
            "Which axis of [B, K] holds the scores of one picture?",
        ),
        Mistake(
            "left in train mode",
            _left_in_train_mode,
            "A model that came in training mode predicted in training mode. "
            "What do Dropout and BatchNorm do there?",
        ),
        Mistake(
            "returns a tensor",
            lambda model, image: _row(model, image).argmax(dim=1),
            "The number is right, but it is still inside a tensor. "
            "How do you take a single number out of one?",
        ),
        Mistake(
            "returns a list",
            lambda model, image: _row(model, image).argmax(dim=1).tolist(),
            "The number is right, but it is still inside a list. "
            "How do you take a single number out of one?",
        ),
        *in_forms(
            "returns the score",
            "That says how high the best class scored. Which class was it?",
            lambda model, image: _row(model, image).max().item(),
            lambda model, image: int(_row(model, image).max()),
            lambda model, image: _row(model, image).max(),
            lambda model, image: _row(model, image).softmax(dim=1).max().item(),
        ),
        Mistake(
            "returns all scores",
            lambda model, image: _row(model, image),
            "Those are the scores of all classes. How do you find the class with the largest one?",
        ),
        Mistake(
            "tracks gradients",
            _gradients_tracked,
            "The prediction is right, but PyTorch took notes for gradients that nobody will use. "
            "How do you tell it not to?",
        ),
        Mistake(
            "gradients left switched off",
            _gradients_left_off,
            "After your function, gradients stay switched off in the whole program. "
            "Which form of that switch ends by itself?",
        ),
        Mistake(
            "weights frozen",
            _weights_frozen,
            "Your function froze the model's weights: training it would change nothing now. "
            "Which switch stops the notes for gradients and leaves the model alone?",
        ),
        Mistake(
            "mode left changed",
            _mode_changed,
            "The model came in training mode and is left in evaluation mode. "
            "What will the caller's next training step do?",
        ),
        Mistake(
            "mode put back outside only",
            _outer_mode_restored,
            "The model says that it is training, but the layers inside it still evaluate. "
            "Which call reaches every layer?",
        ),
        Mistake(
            "training mode afterwards",
            _always_train_afterwards,
            "A model that came in evaluation mode is left in training mode. "
            "How could you know which mode it came in?",
        ),
        Mistake(
            "both switches forgotten",
            lambda model, image: int(model(image.unsqueeze(0)).argmax(dim=1).item()),
            "The model ran in whatever mode it came in, and gradients were tracked. "
            "Which two switches belong before a prediction?",
        ),
        Mistake(
            "mode changed and gradients tracked",
            _neither_restored_nor_untracked,
            "The model stays in evaluation mode afterwards, and gradients were tracked. "
            "What should the caller find as it was, and which switch is missing?",
        ),
    ),
)


def check_predict_one(answer: object) -> CheckResult:
    """Check exercise 2.1: `predict_one(model, image)`, image [C, H, W], returns the class."""
    return PREDICT_ONE.check(answer)
