"""Right but unusual answers to the exercises of notebook 01, and the wrong ones by exercise."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torchvision.transforms import functional as pictures

from tests.course_checks.wrong import (
    channel_statistics,
    flatten_batch,
    picture_to_tensor,
    undo_normalize,
)


def _rows_one_by_one(images):  # type: ignore[no-untyped-def]
    return torch.stack(
        [torch.cat([row for channel in image for row in channel]) for image in images]
    )


def _flattened_by_numpy(images):  # type: ignore[no-untyped-def]
    return torch.from_numpy(images.numpy().reshape(len(images), -1))


def _filled_in(images):  # type: ignore[no-untyped-def]
    batch, channels, height, width = images.shape
    rows = torch.zeros(batch, channels * height * width)
    for b in range(batch):
        position = 0
        for c in range(channels):
            for h in range(height):
                rows[b, position : position + width] = images[b, c, h]
                position += width
    return rows


def _channel_by_channel(pixels):  # type: ignore[no-untyped-def]
    channels = [torch.tensor(pixels[:, :, c] / 255.0) for c in range(pixels.shape[2])]
    return torch.stack(channels).float()


def _moved_by_numpy(pixels):  # type: ignore[no-untyped-def]
    return torch.from_numpy(np.moveaxis(pixels, -1, 0).astype(np.float32) / np.float32(255))


def _from_lists(pixels):  # type: ignore[no-untyped-def]
    return torch.tensor(pixels.tolist()).transpose(0, 2).transpose(1, 2) * (1 / 255)


def _undone_channel_by_channel(images, mean, std):  # type: ignore[no-untyped-def]
    result = images.clone()
    for channel in range(images.shape[1]):
        result[:, channel] *= std[channel]
        result[:, channel] += mean[channel]
    return result


def _undone_with_channels_last(images, mean, std):  # type: ignore[no-untyped-def]
    return (images.permute(0, 2, 3, 1) * std + mean).permute(0, 3, 1, 2)


def _undone_in_double(images, mean, std):  # type: ignore[no-untyped-def]
    scale, shift = std.double()[None, :, None, None], mean.double()[None, :, None, None]
    return torch.addcmul(shift, images.double(), scale).float()


def _undone_by_einsum(images, mean, std):  # type: ignore[no-untyped-def]
    return torch.einsum("bchw,c->bchw", images, std) + mean.view(1, -1, 1, 1)


def _undone_by_normalising_again(images, mean, std):  # type: ignore[no-untyped-def]
    return pictures.normalize(images, (-mean / std).tolist(), (1 / std).tolist())


def _statistics_in_numpy(images):  # type: ignore[no-untyped-def]
    pixels = images.numpy().astype(np.float64)
    mean = pixels.mean(axis=(0, 2, 3), keepdims=True)
    std = pixels.std(axis=(0, 2, 3), keepdims=True, ddof=1)
    return torch.from_numpy(mean).float(), torch.from_numpy(std).float()


def _statistics_in_rows(images):  # type: ignore[no-untyped-def]
    channels = images.transpose(0, 1).flatten(start_dim=1)  # [C, B * H * W]
    std, mean = torch.std_mean(channels, dim=1)
    return mean[None, :, None, None], std[None, :, None, None]


def _statistics_in_a_loop(images):  # type: ignore[no-untyped-def]
    means, stds = [], []
    for channel in range(images.shape[1]):
        values = images[:, channel]
        means.append(values.sum() / values.numel())
        stds.append(((values - means[-1]).square().sum() / (values.numel() - 1)).sqrt())
    shape = (1, -1, 1, 1)
    return torch.stack(means).reshape(shape), torch.stack(stds).reshape(shape)


def _biased_statistics(images):  # type: ignore[no-untyped-def]
    mean = images.mean((0, 2, 3), keepdim=True)
    return mean, (images - mean).square().mean((0, 2, 3), keepdim=True).sqrt()


def _biased_in_numpy(images):  # type: ignore[no-untyped-def]
    pixels = images.numpy()
    mean = pixels.mean(axis=(0, 2, 3), keepdims=True)
    std = pixels.std(axis=(0, 2, 3), keepdims=True)
    return torch.from_numpy(mean), torch.from_numpy(std)


RIGHT: dict[str, list[Any]] = {
    "1.1": [
        lambda images: images.flatten(start_dim=1),
        nn.Flatten(),
        lambda images: torch.einsum("bchw->bchw", images).contiguous().view(len(images), -1),
        _rows_one_by_one,
        _flattened_by_numpy,
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
        _biased_in_numpy,
    ],
}

WRONG: dict[str, list[tuple[Any, str | None]]] = {
    "1.1": flatten_batch.WRONG,
    "1.2": picture_to_tensor.WRONG,
    "1.3": undo_normalize.WRONG,
    "1.4": channel_statistics.WRONG,
}
