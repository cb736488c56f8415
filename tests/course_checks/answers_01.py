"""Answers to exercises of notebook 01: unusual right ones, and wrong ones by students."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torchvision.transforms import functional as pictures

from course_checks.declared import instead, replaced

# mypy: disable-error-code="no-untyped-def"

# 1.1


def _rows_one_by_one(images):
    return torch.stack(
        [torch.cat([row for channel in image for row in channel]) for image in images]
    )


def _filled_in(images):
    batch, channels, height, width = images.shape
    rows = torch.zeros(batch, channels * height * width)
    for b in range(batch):
        position = 0
        for c in range(channels):
            for h in range(height):
                rows[b, position : position + width] = images[b, c, h]
                position += width
    return rows


def _squeezed_first(images):
    squeezed = images.squeeze()
    return squeezed.reshape(squeezed.shape[0], -1)


# 1.2


def _channel_by_channel(pixels):
    channels = [torch.tensor(pixels[:, :, c] / 255.0) for c in range(pixels.shape[2])]
    return torch.stack(channels).float()


def _moved_by_numpy(pixels):
    return torch.from_numpy(np.moveaxis(pixels, -1, 0).astype(np.float32) / np.float32(255))


def _from_lists(pixels):
    return torch.tensor(pixels.tolist()).transpose(0, 2).transpose(1, 2) * (1 / 255)


def _divided_in_vain(pixels):
    tensor = torch.from_numpy(pixels).float()
    tensor.div(255)
    return tensor.permute(2, 0, 1)


# 1.3


def _undone_channel_by_channel(images, mean, std):
    result = images.clone()
    for channel in range(images.shape[1]):
        result[:, channel] *= std[channel]
        result[:, channel] += mean[channel]
    return result


def _undone_with_channels_last(images, mean, std):
    return (images.permute(0, 2, 3, 1) * std + mean).permute(0, 3, 1, 2)


def _undone_in_double(images, mean, std):
    scale, shift = std.double()[None, :, None, None], mean.double()[None, :, None, None]
    return torch.addcmul(shift, images.double(), scale).float()


def _undone_by_einsum(images, mean, std):
    return torch.einsum("bchw,c->bchw", images, std) + mean.view(1, -1, 1, 1)


def _undone_by_normalising_again(images, mean, std):
    return pictures.normalize(images, (-mean / std).tolist(), (1 / std).tolist())


def _undone_in_the_input(images, mean, std):
    images *= std.view(1, -1, 1, 1)
    images += mean.view(1, -1, 1, 1)
    return images


# 1.4


def _statistics_in_numpy(images):
    pixels = images.numpy().astype(np.float64)
    mean = pixels.mean(axis=(0, 2, 3), keepdims=True)
    std = pixels.std(axis=(0, 2, 3), keepdims=True, ddof=1)
    return torch.from_numpy(mean).float(), torch.from_numpy(std).float()


def _statistics_in_rows(images):
    channels = images.transpose(0, 1).flatten(start_dim=1)  # [C, B * H * W]
    std, mean = torch.std_mean(channels, dim=1)
    return mean[None, :, None, None], std[None, :, None, None]


def _statistics_in_a_loop(images):
    means, stds = [], []
    for channel in range(images.shape[1]):
        values = images[:, channel]
        means.append(values.sum() / values.numel())
        stds.append(((values - means[-1]).square().sum() / (values.numel() - 1)).sqrt())
    shape = (1, -1, 1, 1)
    return torch.stack(means).reshape(shape), torch.stack(stds).reshape(shape)


def _biased_statistics(images):
    mean = images.mean((0, 2, 3), keepdim=True)
    return mean, (images - mean).square().mean((0, 2, 3), keepdim=True).sqrt()


def _statistics_from_a_forum(images):
    mean, std = torch.zeros(2, images.shape[1])
    for image in images:
        rows = image.view(image.size(0), -1)
        mean += rows.mean(1)
        std += rows.std(1)
    return (mean / len(images)).view(1, -1, 1, 1), (std / len(images)).view(1, -1, 1, 1)


RIGHT: dict[str, list[Any]] = {
    "1.1": [
        lambda images: images.flatten(start_dim=1),
        nn.Flatten(),
        lambda images: torch.einsum("bchw->bchw", images).contiguous().view(len(images), -1),
        lambda images: torch.from_numpy(images.numpy().reshape(len(images), -1)),
        _rows_one_by_one,
        _filled_in,
    ],
    "1.2": [
        pictures.to_tensor,
        lambda pixels: torch.einsum("hwc->chw", torch.as_tensor(pixels).float().div(255)),
        lambda pixels: torch.from_numpy(pixels.transpose(2, 0, 1).copy()).float() / 255,
        _channel_by_channel,
        _moved_by_numpy,
        _from_lists,
    ],
    "1.3": [
        lambda images, mean, std: images * std[:, None, None] + mean[:, None, None],
        _undone_channel_by_channel,
        _undone_with_channels_last,
        _undone_in_double,
        _undone_by_einsum,
        _undone_by_normalising_again,
    ],
    "1.4": [
        lambda images: torch.std_mean(images, dim=(0, 2, 3), keepdim=True)[::-1],
        _statistics_in_numpy,
        _statistics_in_rows,
        _statistics_in_a_loop,
        _biased_statistics,
    ],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "1.1": [
        (replaced("return", "rows ="), "nothing returned"),
        (lambda images: images.view(-1, 1 * 28 * 28), "784 fixed"),
        (_squeezed_first, "batch of one squeezed away"),
        (lambda images: images.flatten(2).permute(0, 2, 1).flatten(1), "channels last"),
        (lambda images: np.array(images).reshape(len(images), -1), "NumPy array"),
        (lambda images: images.flatten(1).unsqueeze(1), None),
        (lambda images: images.transpose(0, 1).flatten(1), None),
        (lambda images: images[:, 0].flatten(1), None),  # the other channels are gone
        (lambda images: images.numpy().reshape(-1, len(images)).T, None),  # order lost, and NumPy
    ],
    "1.2": [
        (
            lambda pixels: torch.tensor(pixels).view(3, *pixels.shape[:2]),
            "reshape instead of permute",
        ),
        (lambda pixels: torch.from_numpy(pixels).transpose(0, 2) / 255, "height and width swapped"),
        (_divided_in_vain, "still 0 to 255"),
        (replaced("/ 255", "/ tensor.max()"), "divided by the largest value"),
        (lambda pixels: torch.tensor(pixels / 255).permute(2, 0, 1), "float64"),
        (lambda pixels: pixels.float().permute(2, 0, 1), "a tensor's method on a NumPy array"),
        (lambda pixels: pixels.transpose(2, 0, 1).astype(np.float32) / 255, "NumPy array"),
        (lambda pixels: torch.from_numpy(pixels / 255), None),  # float64, and channels last
        (lambda pixels: torch.from_numpy(pixels[:, :, ::-1].copy()).permute(2, 0, 1) / 255, None),
        (replaced("/ 255", "/ 255 / 255"), None),
    ],
    "1.3": [
        (replaced("return", "result ="), "nothing returned"),
        (lambda images, mean, std: images * std + mean, "along the width"),
        (lambda images, mean, std: images * std.view(1, -1) + mean.view(1, -1), "along the width"),
        (
            lambda images, mean, std: images * std + mean.view(-1, 1, 1),
            "one of the two along the width",
        ),
        (
            lambda images, mean, std: images * std.view(1, -1, 1, 1) + mean,
            "one of the two along the width",
        ),
        (lambda images, mean, std: images * std[:, None] + mean[:, None], "along the height"),
        (_undone_in_the_input, "input changed in place"),
        (
            instead(
                "out = images",
                "for c in range(images.shape[1]):",
                "    out[:, c] = out[:, c] * std[c] + mean[c]",
                "return out",
            ),
            "input changed in place",
        ),
        (lambda images, mean, std: images.mul_(std).add_(mean), None),  # along the width, in place
        (lambda images, mean, std: (images - mean[:, None, None]) * std[:, None, None], None),
    ],
    "1.4": [
        (lambda images: (images.mean(), images.std()), "one number for everything"),
        (lambda images: (images.mean(1), images.std(1)), "channels averaged away"),
        (_statistics_from_a_forum, "mean of the stds"),
        (lambda images: torch.std_mean(images, dim=(0, 2, 3), keepdim=True), "order of the pair"),
        (lambda images: (images.numpy().mean(), images.numpy().std()), None),
        (replaced("axes = ", "images = images[:1]; axes = "), None),  # the first picture's own
        (lambda images: images.mean((0, 2, 3), keepdim=True).expand_as(images), None),
    ],
}
