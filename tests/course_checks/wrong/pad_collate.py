"""Wrong answers to exercise 3.3 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence


def pad_collate_a(samples: Any) -> Any:
    """Stacks without padding; raises for different sizes."""
    images = torch.stack([s[0] for s in samples])
    sizes = torch.tensor([[s[0].shape[1], s[0].shape[2]] for s in samples])
    labels = torch.tensor([s[1] for s in samples])
    return images, sizes, labels


def pad_collate_b(samples: Any) -> Any:
    """F.pad with height before width."""
    H = max(x.shape[1] for x, y in samples)
    W = max(x.shape[2] for x, y in samples)
    images = []
    sizes = []
    labels = []
    for x, y in samples:
        _, h, w = x.shape
        images.append(F.pad(x, (0, H - h, 0, W - w)))
        sizes.append([h, w])
        labels.append(y)
    return torch.stack(images), torch.tensor(sizes), torch.tensor(labels)


def pad_collate_c(samples: Any) -> Any:
    """Pads on the left and above."""
    H = max(x.shape[1] for x, y in samples)
    W = max(x.shape[2] for x, y in samples)
    images, sizes, labels = [], [], []
    for x, y in samples:
        _, h, w = x.shape
        images.append(F.pad(x, (W - w, 0, H - h, 0)))
        sizes.append([h, w])
        labels.append(y)
    return torch.stack(images), torch.tensor(sizes), torch.tensor(labels)


def pad_collate_d(samples: Any) -> Any:
    """Measures the sizes after padding."""
    H = max(x.shape[1] for x, y in samples)
    W = max(x.shape[2] for x, y in samples)
    images, sizes, labels = [], [], []
    for x, y in samples:
        h, w = x.shape[1], x.shape[2]
        x = F.pad(x, (0, W - w, 0, H - h))
        images.append(x)
        sizes.append([x.shape[1], x.shape[2]])
        labels.append(y)
    return torch.stack(images), torch.tensor(sizes), torch.tensor(labels)


def pad_collate_e(samples: Any) -> Any:
    """Sizes as (width, height)."""
    H = max(x.shape[1] for x, y in samples)
    W = max(x.shape[2] for x, y in samples)
    images, sizes, labels = [], [], []
    for x, y in samples:
        h, w = x.shape[1:]
        images.append(F.pad(x, (0, W - w, 0, H - h)))
        sizes.append([w, h])
        labels.append(y)
    return torch.stack(images), torch.tensor(sizes), torch.tensor(labels)


def pad_collate_f(samples: Any) -> Any:
    """Sizes and labels from torch.zeros: float32."""
    B = len(samples)
    C = samples[0][0].shape[0]
    H = max(s[0].shape[1] for s in samples)
    W = max(s[0].shape[2] for s in samples)
    images = torch.zeros(B, C, H, W)
    sizes = torch.zeros(B, 2)
    labels = torch.zeros(B)
    for i, (x, y) in enumerate(samples):
        images[i, :, : x.shape[1], : x.shape[2]] = x
        sizes[i, 0] = x.shape[1]
        sizes[i, 1] = x.shape[2]
        labels[i] = y
    return images, sizes, labels


def pad_collate_g(samples: Any) -> Any:
    """Pads to a square of the largest side."""
    m = 0
    for x, _ in samples:
        m = max(m, x.shape[1], x.shape[2])
    images = torch.zeros(len(samples), samples[0][0].shape[0], m, m)
    sizes = []
    labels = []
    for i, (x, y) in enumerate(samples):
        images[i, :, : x.shape[1], : x.shape[2]] = x
        sizes.append([x.shape[1], x.shape[2]])
        labels.append(y)
    return images, torch.tensor(sizes), torch.tensor(labels)


def pad_collate_h(samples: Any) -> Any:
    """Hard-codes one channel: the others are lost."""
    H = max(x.shape[1] for x, y in samples)
    W = max(x.shape[2] for x, y in samples)
    images = torch.zeros(len(samples), 1, H, W)
    sizes = torch.zeros(len(samples), 2, dtype=torch.int64)
    labels = torch.tensor([y for x, y in samples])
    for i in range(len(samples)):
        x = samples[i][0]
        images[i, 0, : x.shape[1], : x.shape[2]] = x[0]
        sizes[i] = torch.tensor(x.shape[1:])
    return images, sizes, labels


def pad_collate_i(samples: Any) -> Any:
    """Takes height and width of the picture with the most pixels."""
    biggest = max(samples, key=lambda s: s[0].numel())[0]
    _, H, W = biggest.shape
    images = []
    for x, _ in samples:
        images.append(F.pad(x, (0, W - x.shape[2], 0, H - x.shape[1])))
    sizes = torch.tensor([list(x.shape[1:]) for x, y in samples])
    labels = torch.tensor([y for x, y in samples])
    return torch.stack(images), sizes, labels


def pad_collate_j(samples: Any) -> Any:
    """Sizes and labels stay lists."""
    images = [x for x, y in samples]
    labels = [y for x, y in samples]
    H = max(x.shape[1] for x in images)
    W = max(x.shape[2] for x in images)
    sizes = [(x.shape[1], x.shape[2]) for x in images]
    padded = [F.pad(x, (0, W - x.shape[2], 0, H - x.shape[1])) for x in images]
    return torch.stack(padded), sizes, labels


def pad_collate_k(samples: Any) -> Any:
    """Centres the pictures."""
    images = [x for x, y in samples]
    H = max(x.shape[1] for x in images)
    W = max(x.shape[2] for x in images)
    out = []
    for x in images:
        dh = H - x.shape[1]
        dw = W - x.shape[2]
        out.append(F.pad(x, (dw // 2, dw - dw // 2, dh // 2, dh - dh // 2)))
    sizes = torch.tensor([[x.shape[1], x.shape[2]] for x in images])
    labels = torch.tensor([y for x, y in samples])
    return torch.stack(out), sizes, labels


def pad_collate_l(samples: Any) -> Any:
    """Takes pad_sequence from the text tutorial; raises unless heights and widths agree."""
    images = pad_sequence([x for x, y in samples], batch_first=True)
    sizes = torch.tensor([x.shape[1:] for x, y in samples])
    labels = torch.tensor([y for x, y in samples])
    return images, sizes, labels


def pad_collate_m(samples: Any) -> Any:
    """Takes the first picture's height and width."""
    C, H, W = samples[0][0].shape
    images = torch.zeros(len(samples), C, H, W)
    sizes = []
    for i, (x, _) in enumerate(samples):
        images[i, :, : x.shape[1], : x.shape[2]] = x
        sizes.append([x.shape[1], x.shape[2]])
    labels = torch.tensor([y for x, y in samples])
    return images, torch.tensor(sizes), labels


def pad_collate_n(samples: Any) -> Any:
    """Returns images, labels, sizes."""
    H = max(x.shape[1] for x, y in samples)
    W = max(x.shape[2] for x, y in samples)
    images, sizes, labels = [], [], []
    for x, y in samples:
        images.append(F.pad(x, (0, W - x.shape[2], 0, H - x.shape[1])))
        sizes.append([x.shape[1], x.shape[2]])
        labels.append(y)
    return torch.stack(images), torch.tensor(labels), torch.tensor(sizes)


def pad_collate_o(samples: Any) -> Any:
    """Resizes with interpolate instead of padding."""
    H = max(x.shape[1] for x, y in samples)
    W = max(x.shape[2] for x, y in samples)
    sizes = torch.tensor([[x.shape[1], x.shape[2]] for x, y in samples])
    labels = torch.tensor([y for x, y in samples])
    images = [F.interpolate(x[None], size=(H, W))[0] for x, y in samples]
    return torch.stack(images), sizes, labels


def padded_by(widths: Any) -> Any:
    """F.pad with the four or two numbers that `widths(H, W, h, w)` gives."""

    def pad_collate(samples: Any) -> Any:
        H = max(x.shape[1] for x, y in samples)
        W = max(x.shape[2] for x, y in samples)
        images = [F.pad(x, widths(H, W, x.shape[1], x.shape[2])) for x, y in samples]
        sizes = torch.tensor([[x.shape[1], x.shape[2]] for x, y in samples])
        return torch.stack(images), sizes, torch.tensor([y for x, y in samples])

    return pad_collate


WRONG: list[tuple[Any, str | None]] = [
    (pad_collate_a, "not padded"),
    (pad_collate_b, "height and width swapped"),
    (pad_collate_c, "pads the wrong side"),
    (pad_collate_d, "sizes after padding"),
    (pad_collate_e, "sizes as width and height"),
    (pad_collate_f, "sizes and labels as float"),
    (pad_collate_g, "padded to a square"),
    (pad_collate_h, "one channel fixed"),
    (pad_collate_i, "size of the picture with most pixels"),
    (pad_collate_j, "left in a list"),
    (pad_collate_k, "pads both sides"),
    (pad_collate_l, None),
    (pad_collate_m, "size of the first picture"),
    (pad_collate_n, "order of the three"),
    (pad_collate_o, "stretches"),
    (padded_by(lambda H, W, h, w: (0, W, 0, H)), "padded by the largest size"),
    (padded_by(lambda H, W, h, w: (W - w, H - h)), "two numbers for F.pad"),
    (padded_by(lambda H, W, h, w: (0, W - w)), "only one axis padded"),
    (padded_by(lambda H, W, h, w: (0, W - w, H - h, 0)), "pads the wrong side"),
    (padded_by(lambda H, W, h, w: (0, 28 - w, 0, 28 - h)), None),
]
