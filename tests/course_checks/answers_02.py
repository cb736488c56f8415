"""Answers to exercises of notebook 02: unusual right ones, and wrong ones by students."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from course_checks import EXERCISES
from course_checks.declared import exchanged, replaced, without

# mypy: disable-error-code="no-untyped-def"

# 2.1


def _predict_with_a_copy(model, image):
    own = copy.deepcopy(model).eval()
    with torch.inference_mode():
        return int(own(image[None]).argmax())


def _predict_with_a_python_loop(model, image):
    before = model.training
    model.train(False)
    with torch.no_grad():
        scores = model(torch.stack([image]))[0].tolist()
    model.train(before)
    best = 0
    for k, score in enumerate(scores):
        if score > scores[best]:
            best = k
    return best


def _predict_through_numpy(model, image):
    before = {module: module.training for module in model.modules()}
    model.eval()
    with torch.no_grad():
        logits = model(torch.cat([image.unsqueeze(0)] * 2)).numpy()
    for module, training in before.items():
        module.training = training
    return np.argmax(logits, axis=1)[1]


@torch.no_grad()
def _predict_with_a_decorator(model, image):
    before = model.training
    try:
        row = model.eval()(image.reshape(1, *image.shape)).softmax(dim=1).double()
    finally:
        model.train(before)
    return int(torch.topk(row, k=1, dim=1).indices.item())


def _put_back_after_the_return(model, image):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        return int(model(image.unsqueeze(0)).argmax(dim=1))
    model.train(was_training)  # type: ignore[unreachable]


def _both_switches_without_effect(model, image):
    model.eval  # noqa: B018
    torch.no_grad()
    return model(image.unsqueeze(0)).argmax(dim=1).item()


# 2.2


def _stack_by_filling(images):
    sizes = {tuple(image.shape) for image in images}
    if len(sizes) > 1:
        raise ValueError(f"images of different sizes: {sorted(sizes)}")
    batch = torch.empty(len(images), *images[0].shape, dtype=images[0].dtype)
    for row, image in enumerate(images):
        batch[row] = image
    return batch


def _stack_through_cat(images):
    first, *rest = images
    for image in rest:
        if image.size() != first.size():
            raise ValueError(f"{tuple(first.size())} and {tuple(image.size())} do not fit")
    return torch.cat([image[None] for image in images], dim=0)


def _stack_through_numpy(images):
    shapes = [image.numpy().shape for image in images]
    if shapes.count(shapes[0]) != len(shapes):
        raise ValueError("unequal: " + ", ".join(str(shape) for shape in shapes))
    return torch.from_numpy(np.stack([image.numpy() for image in images]))


def _stack_and_translate(images):
    try:
        return torch.stack(images)
    except RuntimeError as error:
        raise ValueError(str(error)) from error


def _stack_into_zeros(images):
    batch = torch.zeros(len(images), *images[0].shape)
    for i, image in enumerate(images):
        if image.shape != images[0].shape:
            raise ValueError(f"{images[0].shape} and {image.shape}")
        batch[i] = image
    return batch


def _stack_after_too_short_a_loop(images):
    for i in range(len(images) - 2):
        if images[i].shape != images[i + 1].shape:
            raise ValueError(f"{images[i].shape} != {images[i + 1].shape}")
    return torch.stack(images)


def _stack_padded(images):
    height = max(image.shape[1] for image in images)
    width = max(image.shape[2] for image in images)
    sides = [(0, width - image.shape[2], 0, height - image.shape[1]) for image in images]
    return torch.stack([F.pad(image, side) for image, side in zip(images, sides, strict=True)])


def _stack_up_to_the_misfit(images):
    good = []
    for image in images:
        if image.shape != images[0].shape:
            break
        good.append(image)
    return torch.stack(good)


# 2.3

_OUTCOMES = EXERCISES["2.3"].reference


RIGHT: dict[str, list[Any]] = {
    "2.1": [
        _predict_with_a_copy,
        _predict_with_a_python_loop,
        _predict_through_numpy,
        _predict_with_a_decorator,
    ],
    "2.2": [
        _stack_by_filling,
        _stack_through_cat,
        _stack_through_numpy,
        _stack_and_translate,
    ],
    "2.3": [{key: _OUTCOMES[key] for key in reversed(_OUTCOMES)}],
}

_TRACKED = replaced("torch.no_grad()", "torch.enable_grad()")

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "2.1": [
        (replaced("return", "prediction ="), "nothing returned"),
        (replaced("unsqueeze(0)", "view(1, 1, 28, 28)"), "size of the picture fixed"),
        (replaced("argmax(dim=1)", "softmax(dim=0).argmax(dim=1)"), "always class 0"),
        (
            replaced("model.eval()", "model.eval().requires_grad_(False)") + _TRACKED,
            "weights frozen",
        ),
        (_put_back_after_the_return, "mode left changed"),
        (exchanged("was_training = model.training", "model.eval()"), "mode left changed"),
        (replaced("model.eval()", "model.eval"), "left in train mode"),
        (_both_switches_without_effect, "both switches forgotten"),
        (replaced("argmax", "argmin"), None),
        (replaced("logits.argmax(dim=1).item()", "str(logits.argmax(dim=1).item())"), None),
        (without("model.eval()") + replaced("model.train(was_training)", "model.eval()"), None),
    ],
    "2.2": [
        (replaced("raise ValueError", "print"), "RuntimeError, not ValueError"),
        (replaced("ValueError", "RuntimeError"), "RuntimeError, not ValueError"),
        (
            lambda images: torch.cat(images).view(len(images), *images[0].shape),
            "RuntimeError, not ValueError",
        ),
        (
            lambda images: torch.from_numpy(np.stack([i.numpy() for i in images])),
            "no shape in the message",
        ),
        (replaced("raise ValueError(f", "assert False, (f"), "assert, not raise"),
        (_stack_into_zeros, "dtype changed"),
        (_stack_after_too_short_a_loop, "last picture not compared"),
        (_stack_padded, "silent resize"),
        (_stack_up_to_the_misfit, None),
        (replaced("ValueError", "TypeError"), None),
        (
            replaced('f"expected shape {images[0].shape}, got {image.shape}"', '"" + image.shape'),
            None,
        ),
        (replaced("!=", "is not"), None),
    ],
    "2.3": [
        (_OUTCOMES | {"b": "works", "e": "works"}, None),
        (_OUTCOMES | {"e": "works", "f": "number of axes", "g": "works"}, None),
        (_OUTCOMES | {"b": "size", "d": "size", "f": "size"}, None),
        ({key: word == "works" for key, word in _OUTCOMES.items()}, None),
    ],
}
