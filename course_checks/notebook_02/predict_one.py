"""Exercise 2.1 of notebook 02: one picture through a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.notebook_02.predicting import (
    logits_of,
    models_and_pictures,
    predict_one,
    predicting,
    row,
)
from course_checks.result import CheckResult


def _number(logits: Tensor) -> int:
    return int(logits.argmax(dim=1).item())


def _still_a_tensor(logits: Tensor) -> Tensor:
    return logits.argmax(dim=1)


def _in_modes(
    before: bool | None = None,
    after: bool | None = None,
    tracked: bool = False,
    read: Callable[[Tensor], Any] = _number,
) -> Callable[[nn.Module, Tensor], Any]:
    """Predict after `model.train(before)` and end with `model.train(after)`; None: no such call."""

    def predict(model: nn.Module, image: Tensor) -> Any:
        if before is not None:
            model.train(before)
        with torch.set_grad_enabled(tracked):
            logits = model(image.unsqueeze(0))
        if after is not None:
            model.train(after)
        return read(logits)

    return predict


def _gradients_tracked(model: nn.Module, image: Tensor) -> int:
    with predicting(model), torch.enable_grad():
        return int(model(image.unsqueeze(0)).argmax(dim=1).item())


def _gradients_left_off(model: nn.Module, image: Tensor) -> int:
    prediction = predict_one(model, image)
    torch.set_grad_enabled(False)
    return prediction


def _weights_frozen(model: nn.Module, image: Tensor) -> int:
    return predict_one(model.requires_grad_(False), image)


def _outer_mode_restored(model: nn.Module, image: Tensor) -> int:
    training = model.training
    prediction = int(_in_modes(before=False)(model, image))
    model.training = training
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
    reference=predict_one,
    cases=models_and_pictures,
    observe=_observe_prediction,
    mistakes=(
        Mistake(
            "no unsqueeze",
            lambda model, image: int(logits_of(model, image).argmax(dim=1).item()),
            "The picture went in as [C, H, W], so its channels were read as the batch. "
            "How many axes does the model expect?",
        ),
        Mistake(
            "unsqueeze at 1",
            lambda model, image: int(logits_of(model, image.unsqueeze(1)).argmax(dim=1).item()),
            "The new axis stands between C and H: that is a batch of C grey pictures. "
            "Where does the batch axis belong?",
        ),
        *in_forms(
            "size of the picture fixed",
            "That fits pictures of one size only. "
            "Which operation adds an axis and leaves all sizes as they are?",
            lambda model, image: logits_of(model, image.reshape(1, 1, 28, 28)),
            lambda model, image: logits_of(model, image.reshape(-1, 1, 28, 28)),
            lambda model, image: logits_of(model, image.reshape(1, 784)),
            lambda model, image: logits_of(model, image.reshape(-1, 784)),
        ),
        Mistake(
            "argmax over the wrong axis",
            lambda model, image: int(row(model, image).argmax(dim=0).item()),
            "That compares pictures for each class, and gives K numbers. "
            "Which axis of [B, K] holds the scores of one picture?",
        ),
        Mistake(
            "always class 0",
            lambda model, image: int(row(model, image).argmax(dim=0)[0].item()),
            "Along the batch axis there is one entry, so its place is always 0. "
            "Which axis of [B, K] holds the scores of one picture?",
        ),
        *in_forms(
            "left in train mode",
            "A model that came in training mode predicted in training mode. "
            "What do Dropout and BatchNorm do there?",
            _in_modes(),
            _in_modes(read=_still_a_tensor),
        ),
        *in_forms(
            "switched to training mode",
            "Your function put the model into training mode to predict. "
            "Which mode is made for predicting, and in which should the caller find the model?",
            _in_modes(before=True),
            _in_modes(before=True, tracked=True),
            _in_modes(before=True, after=False),
            _in_modes(before=True, after=False, tracked=True),
        ),
        Mistake(
            "returns a tensor",
            lambda model, image: row(model, image).argmax(dim=1),
            "The number is right, but it is still inside a tensor. "
            "How do you take a single number out of one?",
        ),
        Mistake(
            "returns a list",
            lambda model, image: row(model, image).argmax(dim=1).tolist(),
            "The number is right, but it is still inside a list. "
            "How do you take a single number out of one?",
        ),
        *in_forms(
            "returns the score",
            "That says how high the best class scored. Which class was it?",
            lambda model, image: row(model, image).max().item(),
            lambda model, image: int(row(model, image).max()),
            lambda model, image: row(model, image).max(),
            lambda model, image: row(model, image).softmax(dim=1).max().item(),
        ),
        Mistake(
            "returns all scores",
            lambda model, image: row(model, image),
            "Those are the scores of all classes. How do you find the class with the largest one?",
        ),
        Mistake(
            "tracks gradients",
            _gradients_tracked,
            "The prediction is right, but PyTorch recorded steps for gradients that nobody "
            "will use. How do you tell it not to?",
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
            "Which switch stops the recording for gradients and leaves the model alone?",
        ),
        *in_forms(
            "mode left changed",
            "The model came in training mode and is left in evaluation mode. "
            "What will the caller's next training step do?",
            _in_modes(before=False),
            _in_modes(before=False, read=_still_a_tensor),
        ),
        Mistake(
            "mode put back outside only",
            _outer_mode_restored,
            "The model says that it is training, but the layers inside it still evaluate. "
            "Which call reaches every layer?",
        ),
        *in_forms(
            "training mode afterwards",
            "A model that came in evaluation mode is left in training mode. "
            "How could you know which mode it came in?",
            _in_modes(before=False, after=True),
            _in_modes(before=False, after=True, read=_still_a_tensor),
        ),
        *in_forms(
            "training mode afterwards and gradients tracked",
            "A model that came in evaluation mode is left in training mode, and gradients were "
            "tracked. How could you know which mode it came in, and which switch is missing?",
            _in_modes(before=False, after=True, tracked=True),
            _in_modes(before=False, after=True, tracked=True, read=_still_a_tensor),
        ),
        *in_forms(
            "both switches forgotten",
            "The model ran in whatever mode it came in, and gradients were tracked. "
            "Which two switches belong before a prediction?",
            _in_modes(tracked=True),
            _in_modes(tracked=True, read=_still_a_tensor),
        ),
        *in_forms(
            "mode changed and gradients tracked",
            "The model stays in evaluation mode afterwards, and gradients were tracked. "
            "What should the caller find as it was, and which switch is missing?",
            _in_modes(before=False, tracked=True),
            _in_modes(before=False, tracked=True, read=_still_a_tensor),
        ),
    ),
)


def check_predict_one(answer: object) -> CheckResult:
    """Check exercise 2.1: `predict_one(model, image)`, image [C, H, W], returns the class."""
    return PREDICT_ONE.check(answer)
