"""Right but unusual answers to the exercises of notebook 02, and the wrong ones by exercise."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tests.course_checks.wrong import axis_errors, predict_one, stack_images


def _predict_with_a_copy(model: nn.Module, image: Tensor) -> int:
    own = copy.deepcopy(model).eval()
    with torch.inference_mode():
        return int(own(image[None]).argmax())


def _predict_with_a_python_loop(model: nn.Module, image: Tensor) -> int:
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


def _predict_through_numpy(model: nn.Module, image: Tensor) -> Any:
    before = {module: module.training for module in model.modules()}
    model.eval()
    with torch.no_grad():
        logits = model(torch.cat([image.unsqueeze(0)] * 2)).numpy()
    for module, training in before.items():
        module.training = training
    return np.argmax(logits, axis=1)[1]


@torch.no_grad()
def _predict_with_a_decorator(model: nn.Module, image: Tensor) -> int:
    before = model.training
    try:
        row = model.eval()(image.reshape(1, *image.shape)).softmax(dim=1).double()
    finally:
        model.train(before)
    return int(torch.topk(row, k=1, dim=1).indices.item())


def _stack_by_filling(images: list[Tensor]) -> Tensor:
    sizes = {tuple(image.shape) for image in images}
    if len(sizes) > 1:
        raise ValueError(f"images of different sizes: {sorted(sizes)}")
    batch = torch.empty(len(images), *images[0].shape, dtype=images[0].dtype)
    for row, image in enumerate(images):
        batch[row] = image
    return batch


def _stack_through_cat(images: list[Tensor]) -> Tensor:
    first, *rest = images
    for image in rest:
        if image.size() != first.size():
            raise ValueError(f"{tuple(first.size())} and {tuple(image.size())} do not fit")
    return torch.cat([image[None] for image in images], dim=0)


def _stack_through_numpy(images: list[Tensor]) -> Tensor:
    shapes = [image.numpy().shape for image in images]
    if shapes.count(shapes[0]) != len(shapes):
        raise ValueError("unequal: " + ", ".join(str(shape) for shape in shapes))
    return torch.from_numpy(np.stack([image.numpy() for image in images]))


def _stack_and_translate(images: list[Tensor]) -> Tensor:
    try:
        return torch.stack(images)
    except RuntimeError as error:
        raise ValueError(str(error)) from error


_AXIS_ERRORS = {
    "a": "works",
    "b": "sizes",
    "c": "works",
    "d": "sizes",
    "e": "number of axes",
    "f": "sizes",
    "g": "no such axis",
    "h": "works",
}

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
    "2.3": [_AXIS_ERRORS],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "2.1": predict_one.WRONG,
    "2.2": stack_images.WRONG,
    "2.3": axis_errors.WRONG,
}
