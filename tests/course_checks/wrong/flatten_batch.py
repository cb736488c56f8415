"""Wrong answers to exercise 1.1 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def flatten_batch_a(images: Any) -> Any:
    """Uses view, which raises on a permuted batch."""
    return images.view(images.shape[0], -1)


def flatten_batch_b(images: Any) -> Any:
    """Calls flatten() without start_dim: the batch axis is gone too."""
    return images.flatten()


def flatten_batch_c(images: Any) -> Any:
    """Hard-coded 28*28 from the MNIST tutorial."""
    return images.reshape(-1, 28 * 28)


def flatten_batch_d(images: Any) -> Any:
    """Forgets the channels: [B*C, H*W], right only for one channel."""
    B, C, H, W = images.shape  # noqa: RUF059
    return images.reshape(-1, H * W)


def flatten_batch_e(images: Any) -> Any:
    """Squeezes first, so a batch of a single picture loses its batch axis."""
    x = images.squeeze()
    return x.reshape(x.shape[0], -1)


def flatten_batch_f(images: Any) -> Any:
    """Flattens from axis 2 on: [B, C, H*W]."""
    return images.flatten(start_dim=2)


def flatten_batch_g(images: Any) -> Any:
    """Calls reshape without keeping its result and returns the input."""
    images.reshape(images.shape[0], -1)
    return images


def flatten_batch_h(images: Any) -> Any:
    """Prints the result instead of returning it."""
    b = images.shape[0]
    out = images.reshape(b, -1)
    print(out)


def flatten_batch_i(images: Any) -> Any:
    """Moves the channels to the end before flattening: right shape, wrong order."""
    # pictures are H, W, C, so put the colours last first
    images = images.permute(0, 2, 3, 1)
    return images.reshape(images.shape[0], -1)


def flatten_batch_j(images: Any) -> Any:
    """Swaps the arguments of reshape: [-1, B]."""
    return images.reshape(-1, images.shape[0])


def flatten_batch_k(images: Any) -> Any:
    """Works in NumPy and returns an array."""
    return np.array(images).reshape(len(images), -1)


WRONG: list[tuple[Any, str | None]] = [
    (flatten_batch_a, "view of a permuted batch"),
    (flatten_batch_b, "flattens everything"),
    (flatten_batch_c, "784 fixed"),
    (flatten_batch_d, "channels become pictures"),
    (flatten_batch_e, "batch of one squeezed away"),
    (flatten_batch_f, "channels kept apart"),
    (flatten_batch_g, "result not kept"),
    (flatten_batch_h, "nothing returned"),
    (flatten_batch_i, "channels last"),
    (flatten_batch_j, "batch axis second"),
    (flatten_batch_k, "NumPy array"),
    (lambda images: images.view(-1, 1 * 28 * 28), "784 fixed"),
    (lambda images: images.flatten(2).permute(0, 2, 1).flatten(1), "channels last"),
    (lambda images: images.flatten(1).unsqueeze(1), None),
    (lambda images: images.transpose(0, 1).flatten(1), None),
    (lambda images: images[:, 0].flatten(1), None),  # the other channels are gone
    (lambda images: images.numpy().reshape(-1, len(images)).T, None),  # order lost, and NumPy
]
