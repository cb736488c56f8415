"""Wrong answers to exercise 1.3 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any


def undo_normalize_a(images: Any, mean: Any, std: Any) -> Any:
    """Broadcasts [C] against the width: raises, or is wrong where W equals C."""
    return images * std + mean


def undo_normalize_b(images: Any, mean: Any, std: Any) -> Any:
    """Works in place with *= and +=, changes images."""
    images *= std.view(1, -1, 1, 1)
    images += mean.view(1, -1, 1, 1)
    return images


def undo_normalize_c(images: Any, mean: Any, std: Any) -> Any:
    """Adds the mean first and multiplies then."""
    m = mean.view(1, -1, 1, 1)
    s = std.view(1, -1, 1, 1)
    return (images + m) * s


def undo_normalize_d(images: Any, mean: Any, std: Any) -> Any:
    """Normalises a second time instead of undoing."""
    return (images - mean[None, :, None, None]) / std[None, :, None, None]


def undo_normalize_e(images: Any, mean: Any, std: Any) -> Any:
    """Copied UnNormalize: zips over the pictures instead of the channels, and in place."""
    # the UnNormalize that everybody copies
    for t, m, s in zip(images, mean, std, strict=False):
        t.mul_(s).add_(m)
    return images


def undo_normalize_f(images: Any, mean: Any, std: Any) -> Any:
    """Right loop over channels, but out = images without clone, so the input changes."""
    out = images
    for c in range(images.shape[1]):
        out[:, c] = out[:, c] * std[c] + mean[c]
    return out


def undo_normalize_g(images: Any, mean: Any, std: Any) -> Any:
    """Loops over the channels but indexes the batch axis with them."""
    out = images.clone()
    for c in range(len(mean)):
        out[c] = out[c] * std[c] + mean[c]
    return out


def undo_normalize_h(images: Any, mean: Any, std: Any) -> Any:
    """Uses view(-1, 1): broadcasts along the height."""
    return images * std.view(-1, 1) + mean.view(-1, 1)


def undo_normalize_i(images: Any, mean: Any, std: Any) -> Any:
    """Hard-codes 3 channels; raises for any other number."""
    mean = mean.view(1, 3, 1, 1)
    std = std.view(1, 3, 1, 1)
    return images * std + mean


def undo_normalize_j(images: Any, mean: Any, std: Any) -> Any:
    """Swaps mean and std."""
    mean = mean.view(1, -1, 1, 1)
    std = std.view(1, -1, 1, 1)
    return images * mean + std


def undo_normalize_k(images: Any, mean: Any, std: Any) -> Any:
    """Clamps to 0..1 at the end, so values outside are lost."""
    mean = mean[:, None, None]
    std = std[:, None, None]
    return (images * std + mean).clamp(0, 1)


def undo_normalize_l(images: Any, mean: Any, std: Any) -> Any:
    """Uses view(-1, 1, 1, 1): broadcasts along the batch."""
    mean = mean.view(-1, 1, 1, 1)
    std = std.view(-1, 1, 1, 1)
    return images * std + mean


def undo_normalize_m(images: Any, mean: Any, std: Any) -> Any:
    """One mean and one std for all channels (averaged)."""
    return images * std.mean() + mean.mean()


def undo_normalize_n(images: Any, mean: Any, std: Any) -> Any:
    """Prints instead of returning."""
    new = images * std.reshape(1, -1, 1, 1) + mean.reshape(1, -1, 1, 1)
    print(new)


WRONG: list[tuple[Any, str | None]] = [
    (undo_normalize_a, "along the width"),
    (undo_normalize_b, "input changed in place"),
    (undo_normalize_c, "steps in the wrong order"),
    (undo_normalize_d, "normalised again"),
    (undo_normalize_e, "channels sought in the batch axis"),
    (undo_normalize_f, "input changed in place"),
    (undo_normalize_g, "channels sought in the batch axis"),
    (undo_normalize_h, "along the height"),
    (undo_normalize_i, "three channels fixed"),
    (undo_normalize_j, "mean and std swapped"),
    (undo_normalize_k, "values cut off"),
    (undo_normalize_l, "along the batch"),
    (undo_normalize_m, "one value for all channels"),
    (undo_normalize_n, "nothing returned"),
    (lambda images, mean, std: images * std.view(1, -1) + mean.view(1, -1), "along the width"),
    (lambda images, mean, std: images * std[:, None] + mean[:, None], "along the height"),
    (lambda images, mean, std: images * std[0] + mean[0], "one value for all channels"),
    (
        lambda images, mean, std: images * std + mean.view(-1, 1, 1),
        "one of the two along the width",
    ),
    (
        lambda images, mean, std: images * std.view(1, -1, 1, 1) + mean,
        "one of the two along the width",
    ),
    (lambda images, mean, std: images.mul_(std).add_(mean), None),  # along the width, in place
    (lambda images, mean, std: (images - mean[:, None, None]) * std[:, None, None], None),
]
