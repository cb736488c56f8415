"""Wrong answers to exercise 1.2 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def picture_to_tensor_a(pixels: Any) -> Any:
    """Reshape instead of permute: right shape, scrambled pixels."""
    h, w, c = pixels.shape
    t = torch.from_numpy(pixels)
    return t.reshape(c, h, w).float() / 255


def picture_to_tensor_b(pixels: Any) -> Any:
    """Forgets to divide by 255."""
    return torch.from_numpy(pixels).permute(2, 0, 1).float()


def picture_to_tensor_c(pixels: Any) -> Any:
    """Divides in NumPy and ends up with float64."""
    return torch.tensor(pixels / 255).permute(2, 0, 1)


def picture_to_tensor_d(pixels: Any) -> Any:
    """Uses permute(2, 1, 0): height and width swapped."""
    return torch.from_numpy(pixels).permute(2, 1, 0).float() / 255


def picture_to_tensor_e(pixels: Any) -> Any:
    """Divides by 256."""
    t = torch.from_numpy(pixels).float() / 256
    return t.permute(2, 0, 1)


def picture_to_tensor_f(pixels: Any) -> Any:
    """Divides by the largest value of the picture instead of 255."""
    t = torch.from_numpy(pixels).float()
    t = t / t.max()
    return t.permute(2, 0, 1)


def picture_to_tensor_g(pixels: Any) -> Any:
    """Calls permute on the NumPy array; raises AttributeError."""
    return pixels.permute(2, 0, 1) / 255


def picture_to_tensor_h(pixels: Any) -> Any:
    """Stays in NumPy and returns an array."""
    pixels = pixels.transpose(2, 0, 1)
    pixels = pixels.astype(np.float32) / 255
    return pixels


def picture_to_tensor_i(pixels: Any) -> Any:
    """Uses transpose(0, 2) to bring the channels forward: [C, W, H]."""
    t = torch.from_numpy(pixels)
    t = t.transpose(0, 2)
    return t / 255.0


def picture_to_tensor_j(pixels: Any) -> Any:
    """Adds a batch axis that nobody asked for."""
    t = torch.from_numpy(pixels).float() / 255
    return t.permute(2, 0, 1).unsqueeze(0)


def picture_to_tensor_k(pixels: Any) -> Any:
    """Integer division //: uint8, everything below 255 becomes 0."""
    return torch.from_numpy(pixels).permute(2, 0, 1) // 255


def picture_to_tensor_l(pixels: Any) -> Any:
    """Reads permute the wrong way round: permute(1, 2, 0)."""
    t = torch.from_numpy(pixels)
    t = t.permute(1, 2, 0)
    t = t.float() / 255
    return t


def picture_to_tensor_m(pixels: Any) -> Any:
    """Normalises to -1..1 on top, copied from an older tutorial."""
    # as in the other tutorial, Normalize((0.5,), (0.5,))
    t = torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
    return (t - 0.5) / 0.5


def picture_to_tensor_n(pixels: Any) -> Any:
    """Calls t.div(255) without keeping the result (thinks it works in place)."""
    t = torch.from_numpy(pixels).float()
    t.div(255)
    return t.permute(2, 0, 1)


def picture_to_tensor_o(pixels: Any) -> Any:
    """Reshape instead of permute, with three channels written down."""
    return torch.from_numpy(pixels).reshape(3, pixels.shape[0], pixels.shape[1]) / 255


WRONG: list[tuple[Any, str | None]] = [
    (picture_to_tensor_a, "reshape instead of permute"),
    (picture_to_tensor_b, "still 0 to 255"),
    (picture_to_tensor_c, "float64"),
    (picture_to_tensor_d, "height and width swapped"),
    (picture_to_tensor_e, "divided by 256"),
    (picture_to_tensor_f, "divided by the largest value"),
    (picture_to_tensor_g, "a tensor's method on a NumPy array"),
    (picture_to_tensor_h, "NumPy array"),
    (picture_to_tensor_i, "height and width swapped"),
    (picture_to_tensor_j, "batch axis added"),
    (picture_to_tensor_k, "whole numbers"),
    (picture_to_tensor_l, "permuted the other way"),
    (picture_to_tensor_m, "normalised as well"),
    (picture_to_tensor_n, "still 0 to 255"),
    (picture_to_tensor_o, "reshape instead of permute"),
    (lambda pixels: torch.tensor(pixels).view(3, *pixels.shape[:2]), "reshape instead of permute"),
    (lambda pixels: torch.tensor(pixels), "only made a tensor"),
    (lambda pixels: pixels.float().permute(2, 0, 1) / 255, "a tensor's method on a NumPy array"),
    (lambda pixels: pixels.transpose(2, 0, 1) / 255, "NumPy array"),
    (lambda pixels: torch.from_numpy(pixels / 255), None),  # float64, and channels last
    (lambda pixels: torch.from_numpy(pixels[:, :, ::-1].copy()).permute(2, 0, 1) / 255, None),
    (lambda pixels: torch.from_numpy(pixels).permute(2, 0, 1).float() / 255 / 255, None),
]
