"""Wrong answers to exercise 2.2 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional as F


def stack_images_a(images: Any) -> Any:
    """Only torch.stack: misfits raise RuntimeError, not ValueError."""
    return torch.stack(images)


def stack_images_b(images: Any) -> Any:
    """Calls torch.cat instead of stack: [B*C, H, W]."""
    for img in images:
        if img.shape != images[0].shape:
            raise ValueError(f"shapes differ: {images[0].shape} and {img.shape}")
    return torch.cat(images)


def stack_images_c(images: Any) -> Any:
    """Message without the shapes."""
    for img in images:
        if img.shape != images[0].shape:
            raise ValueError("the pictures have different shapes")
    return torch.stack(images)


def stack_images_d(images: Any) -> Any:
    """Compares the first two only (and raises IndexError for a single picture)."""
    if images[0].shape != images[1].shape:
        raise ValueError(f"{images[0].shape} is not {images[1].shape}")
    return torch.stack(images)


def stack_images_e(images: Any) -> Any:
    """Returns the ValueError instead of raising it."""
    shape = images[0].shape
    for img in images:
        if img.shape != shape:
            return ValueError(f"{shape} {img.shape}")
    return torch.stack(images)


def stack_images_f(images: Any) -> Any:
    """Uses assert: AssertionError."""
    first = images[0].shape
    for img in images[1:]:
        assert img.shape == first, f"{img.shape} and {first}"
    return torch.stack(images)


def stack_images_g(images: Any) -> Any:
    """Return is indented into the loop: only the second picture is checked."""
    first = images[0].shape
    for i in range(1, len(images)):
        if images[i].shape != first:
            raise ValueError(f"expected {first}, got {images[i].shape}")
        return torch.stack(images)


def stack_images_h(images: Any) -> Any:
    """Fills torch.zeros: the dtype becomes float32."""
    C, H, W = images[0].shape
    batch = torch.zeros(len(images), C, H, W)
    for i, img in enumerate(images):
        if img.shape != images[0].shape:
            raise ValueError(f"{images[0].shape} and {img.shape}")
        batch[i] = img
    return batch


def stack_images_i(images: Any) -> Any:
    """Only the misfit's shape in the message."""
    shape = images[0].shape
    for img in images:
        if img.shape != shape:
            raise ValueError(f"picture has shape {img.shape}")
    return torch.stack(images)


def stack_images_j(images: Any) -> Any:
    """Compares the height only."""
    for img in images:
        if img.shape[1] != images[0].shape[1]:
            raise ValueError(f"{images[0].shape} {img.shape}")
    return torch.stack(images)


def stack_images_k(images: Any) -> Any:
    """Leaves misfits out and prints, instead of raising."""
    shape = images[0].shape
    good = []
    for img in images:
        if img.shape == shape:
            good.append(img)
        else:
            print("ValueError", shape, img.shape)
    return torch.stack(good)


def stack_images_l(images: Any) -> Any:
    """Forgets the f before the string: braces in the message."""
    for a in images:
        if a.shape != images[0].shape:
            raise ValueError("{images[0].shape} and {a.shape}")
    return torch.stack(images)


def stack_images_m(images: Any) -> Any:
    """Compares neighbours, but off by one: the last picture is never checked."""
    for i in range(len(images) - 2):
        if images[i].shape != images[i + 1].shape:
            raise ValueError(f"{images[i].shape} != {images[i + 1].shape}")
    return torch.stack(images)


def stack_images_n(images: Any) -> Any:
    """Gives torch.tensor a list of tensors; raises."""
    for img in images:
        if img.shape != images[0].shape:
            raise ValueError(f"{tuple(images[0].shape)} {tuple(img.shape)}")
    return torch.tensor(images)


def stack_images_o(images: Any) -> Any:
    """Stacks along dim=1: [C, B, H, W]."""
    for img in images:
        if img.shape != images[0].shape:
            raise ValueError(f"{list(images[0].shape)} {list(img.shape)}")
    return torch.stack(images, dim=1)


def pads_to_the_largest(images: Any) -> Any:
    H = max(image.shape[1] for image in images)
    W = max(image.shape[2] for image in images)
    return torch.stack([F.pad(i, (0, W - i.shape[2], 0, H - i.shape[1])) for i in images])


def prints_and_goes_on(images: Any) -> Any:
    for image in images:
        if image.shape != images[0].shape:
            print("ValueError: shapes differ")
    return torch.stack(images)


def stops_at_the_misfit(images: Any) -> Any:
    good = []
    for image in images:
        if image.shape != images[0].shape:
            break
        good.append(image)
    return torch.stack(good)


def refuses(kind: type[Exception], *words: str) -> Any:
    """Raises `kind` with the words and both shapes."""

    def stack_images(images: Any) -> Any:
        for image in images:
            if image.shape != images[0].shape:
                raise kind(*words, images[0].shape, image.shape)
        return torch.stack(images)

    return stack_images


def adds_a_shape_to_a_string(images: Any) -> Any:
    for image in images:
        if image.shape != images[0].shape:
            raise ValueError("shapes differ: " + image.shape)
    return torch.stack(images)


def compares_identity(images: Any) -> Any:
    for image in images:
        if image.shape is not images[0].shape:
            raise ValueError(f"{images[0].shape} and {image.shape}")
    return torch.stack(images)


WRONG: list[tuple[Any, str | None]] = [
    (stack_images_a, "RuntimeError, not ValueError"),
    (stack_images_b, "cat"),
    (stack_images_c, "no shape in the message"),
    (stack_images_d, "only the first two compared"),
    (stack_images_e, "not raised"),
    (stack_images_f, "assert, not raise"),
    (stack_images_g, "only the first two compared"),
    (stack_images_h, "dtype changed"),
    (stack_images_i, "one shape in the message"),
    (stack_images_j, "only one axis compared"),
    (stack_images_k, "pictures dropped"),
    (stack_images_l, "no shape in the message"),
    (stack_images_m, "last picture not compared"),
    (stack_images_n, "torch.tensor of tensors"),
    (stack_images_o, "batch axis not in front"),
    (
        lambda images: torch.cat(images).view(len(images), *images[0].shape),
        "RuntimeError, not ValueError",
    ),
    (
        lambda images: torch.from_numpy(np.stack([i.numpy() for i in images])),
        "no shape in the message",
    ),
    (pads_to_the_largest, "silent resize"),
    (prints_and_goes_on, "RuntimeError, not ValueError"),
    (stops_at_the_misfit, None),
    (refuses(Exception), "Exception, not ValueError"),
    (refuses(RuntimeError), "RuntimeError, not ValueError"),
    (refuses(TypeError), None),
    (adds_a_shape_to_a_string, None),
    (compares_identity, None),
]
