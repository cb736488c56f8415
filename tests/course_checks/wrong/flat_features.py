"""Wrong answers to exercise 6.4 as students write them."""

from __future__ import annotations

from typing import Any

import torch


def _mode_forgotten(features, image_shape):  # type: ignore[no-untyped-def]
    return features(torch.zeros(1, *image_shape)).flatten(start_dim=1).shape[1]


def _eval_forgotten(features, image_shape):  # type: ignore[no-untyped-def]
    features.eval()
    with torch.no_grad():
        return features(torch.rand(image_shape).unsqueeze(0)).numel()


def _shape_handed_over(features, image_shape):  # type: ignore[no-untyped-def]
    before = features.training
    features.eval()
    shape = features(torch.zeros(1, *image_shape))[0].shape
    features.train(before)
    return shape


def _one_map(features, image_shape):  # type: ignore[no-untyped-def]
    before = features.training
    shape = features.eval()(torch.zeros(1, *image_shape)).shape
    features.train(before)
    return shape[-2] * shape[-1]


def _a_batch_of_ten(features, image_shape):  # type: ignore[no-untyped-def]
    before = features.training
    count = features.eval()(torch.zeros(10, *image_shape)).numel()
    features.train(before)
    return count


def _train_at_the_end(features, image_shape):  # type: ignore[no-untyped-def]
    features.eval()
    with torch.no_grad():
        count = features(torch.ones(1, *image_shape)).numel()
    features.train()
    return count


WRONG: list[tuple[Any, str | None]] = [
    (_mode_forgotten, "mode not looked at"),
    (_eval_forgotten, "left in eval mode"),
    (_train_at_the_end, "left in train mode"),
    (_shape_handed_over, "shape instead of count"),
    (_one_map, "channels forgotten"),
    (_a_batch_of_ten, None),
]
