"""How an epoch falls into batches, and what is in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ipywidgets
import torch
from matplotlib.axes import Axes
from torch import Tensor
from torch.utils.data import BatchSampler, RandomSampler, SequentialSampler

from course_utils.figures.base import (
    COLOURS,
    GREYS,
    HAIRLINE,
    INK,
    MAX_WIDTH_INCHES,
    PALE,
    PAPER,
    CourseFigure,
    course_style,
)
from course_utils.figures.explorer import Explorer

_COLUMNS = 20
"""Pictures of a batch in a row; half as many, and larger, where two such rows hold them all."""
_CHOSEN, _OTHER, _DROPPED = COLOURS[0], PALE, PAPER


@dataclass(frozen=True)
class Epoch:
    """One pass over a data set: the indices of each batch in order, and of what is left out."""

    batches: Sequence[Sequence[int]]
    dropped: Sequence[int] = ()

    @property
    def samples(self) -> int:
        """How many samples the data set has."""
        return sum(map(len, self.batches)) + len(self.dropped)

    def in_words(self) -> str:
        """Number of batches, their sizes, and what is left out."""
        sizes = [len(batch) for batch in self.batches]
        count = len(sizes)
        if count == 0:
            words = "no batch"
        elif count == 1:
            words = f"1 batch of {sizes[0]}"
        elif len({*sizes}) == 1:
            words = f"{count} batches of {sizes[0]}"
        elif len({*sizes[:-1]}) == 1:
            words = f"{count} batches: {count - 1} of {sizes[0]} and a last one of {sizes[-1]}"
        else:
            words = f"{count} batches of {min(sizes)} to {max(sizes)}"
        left = len(self.dropped)
        return words + (
            f"; {left} {'sample is' if left == 1 else 'samples are'} left out" * (left > 0)
        )


def batch_figure(images: Tensor, epoch: Epoch, number: int) -> CourseFigure:
    """The batches of an epoch as a bar, where one of them lies in the data set, and its pictures.

    images: the whole data set, grey, uint8 [N, 1, H, W]. epoch: of that data set. number: of the
    batch to look at, from 1.

    Raises ValueError for a number that no batch has, or an epoch of another data set.
    """
    images = grey_bytes(images)
    _check_samples(epoch, len(images))
    if not 1 <= number <= len(epoch.batches):
        raise ValueError(f"number: expected 1 to {len(epoch.batches)}, got {number}")
    chosen = epoch.batches[number - 1]
    size = f"{len(chosen)} {'picture' if len(chosen) == 1 else 'pictures'}"
    with course_style():
        figure = CourseFigure(
            MAX_WIDTH_INCHES,
            3.6,
            f"{epoch.in_words()}. Batch {number} holds {size}, numbers {_first_few(chosen)}",
            layout="none",
        )
        bar = figure.add_axes((0.02, 0.83, 0.96, 0.08))
        _bar(bar, epoch, number)
        bar.set_title(epoch.in_words(), loc="left", pad=4)
        where = figure.add_axes((0.02, 0.66, 0.96, 0.06))
        _positions(where, chosen, epoch.samples)
        where.set_title(
            f"where batch {number} lies in the data set (sample 0 to {epoch.samples - 1})",
            loc="left",
            pad=4,
        )
        pictures = figure.add_axes((0.02, 0.01, 0.96, 0.54))
        columns = _COLUMNS if len(chosen) > _COLUMNS else _COLUMNS // 2
        _pictures(pictures, images[list(chosen)], columns)
        pictures.set_title(f"batch {number}: {size}", loc="left", pad=4)
    return figure


def epochs_figure(images: Tensor, epochs: Sequence[tuple[str, Epoch]]) -> CourseFigure:
    """Several ways to cut a data set, one below the other, each with pictures of its last batch.

    images: uint8 [N, 1, H, W]. epochs: a name and an epoch each; of a last batch, at most twenty
    pictures are shown.

    Raises ValueError for an epoch of another data set.
    """
    images = grey_bytes(images)
    for _, epoch in epochs:
        _check_samples(epoch, len(images))
    words = "; ".join(f"{name}: {epoch.in_words()}" for name, epoch in epochs)
    with course_style():
        figure = CourseFigure(
            MAX_WIDTH_INCHES, 1.15 * len(epochs), f"an epoch in batches. {words}", layout="none"
        )
        axes = figure.subplots(2 * len(epochs), 1, squeeze=False)[:, 0]
        figure.subplots_adjust(
            left=0.02, right=0.98, top=1 - 0.1 / len(epochs) ** 0.5, bottom=0.01, hspace=0.7
        )
        for position, (name, epoch) in enumerate(epochs):
            bar, pictures = axes[2 * position : 2 * position + 2]
            _bar(bar, epoch, len(epoch.batches))
            bar.set_title(f"{name}: {epoch.in_words()}", loc="left", pad=3)
            _pictures(pictures, images[list(epoch.batches[-1][:_COLUMNS])], _COLUMNS)
    return figure


def grey_bytes(images: Tensor) -> Tensor:
    """Grey pictures, uint8 [N, 1, H, W], on the CPU; raises ValueError and TypeError for others."""
    if images.dim() != 4 or images.shape[1] != 1:
        raise ValueError(f"images: expected [N, 1, H, W], got {list(images.shape)}")
    if images.dtype != torch.uint8:
        raise TypeError(f"images: expected uint8 from 0 to 255, got {images.dtype}")
    return images.cpu()


def _check_samples(epoch: Epoch, samples: int) -> None:
    if epoch.samples != samples:
        raise ValueError(
            f"epoch: expected {samples} samples in all, one for each picture, got {epoch.samples}"
        )


def _bar(axis: Axes, epoch: Epoch, number: int) -> None:
    """A segment for each batch, as wide as it is long; the chosen one dark, the rest hatched."""
    start = 0
    segments = [*epoch.batches, epoch.dropped]
    for position, segment in enumerate(segments, start=1):
        if not segment:
            continue
        is_dropped = position == len(segments)
        colour = _DROPPED if is_dropped else _CHOSEN if position == number else _OTHER
        axis.barh(
            0, len(segment), left=start, height=1, color=colour, edgecolor=INK,
            hatch="xxx" if is_dropped else "",
            linewidth=HAIRLINE if len(epoch.batches) < 60 else 0.3,
        )  # fmt: skip
        if len(segment) >= 0.03 * epoch.samples:
            axis.text(
                start + len(segment) / 2, 0, str(len(segment)), ha="center", va="center",
                color=PAPER if position == number else INK,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1} if is_dropped else None,
            )  # fmt: skip
        start += len(segment)
    axis.set(xlim=(0, epoch.samples), ylim=(-0.5, 0.5))
    axis.set_axis_off()


def _positions(axis: Axes, chosen: Sequence[int], samples: int) -> None:
    """A line as long as the data set with a mark at each chosen sample."""
    axis.vlines([index + 0.5 for index in chosen], 0, 1, color=_CHOSEN, linewidth=3)
    axis.set(xlim=(0, samples), ylim=(0, 1), xticks=[], yticks=[])
    axis.spines[:].set_visible(True)


def _pictures(axis: Axes, images: Tensor, columns: int) -> None:
    """Pictures row by row in one image, which draws faster than one image each."""
    count, _, height, width = images.shape
    rows = -(-count // columns)
    white = torch.full((rows * columns, height + 2, width + 2), 255, dtype=torch.uint8)
    white[:count, 1:-1, 1:-1] = images[:, 0]
    cells = white.reshape(rows, columns, height + 2, width + 2)
    mosaic = cells.permute(0, 2, 1, 3).reshape(rows * (height + 2), columns * (width + 2))
    axis.imshow(mosaic.numpy(), cmap=GREYS, vmin=0, vmax=255, interpolation="nearest")
    axis.set_anchor("NW")
    axis.set_axis_off()


def _first_few(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:6]))
    return shown if len(numbers) <= 6 else f"{shown}, …"


_MOST = 100
"""Pictures of one batch that can be told apart in the space of a slide."""
_ORDERS = {"as stored": None, "shuffled, seed 0": 0, "shuffled, seed 1": 1}


def explore_batches(images: Tensor) -> Explorer:
    """Batch size, `drop_last` and the order: the batches of an epoch, and the pictures in one.

    images: the data set, grey, uint8 [N, 1, H, W] with N from 2 to 100. The batches are those of a
    DataLoader's samplers. The number of the batch follows when there are fewer batches.

    Raises ValueError for images of another shape or number, TypeError for another dtype.
    """
    samples = len(grey_bytes(images))
    if not 2 <= samples <= _MOST:
        raise ValueError(f"images: expected 2 to {_MOST}, got {samples}")
    size = min(32, samples)
    count = len(_epoch(samples, size, False, None).batches)
    batch_size = ipywidgets.IntSlider(size, 1, samples, description="batch_size")
    drop_last = ipywidgets.Checkbox(False, description="drop_last", indent=False)
    batch = ipywidgets.IntSlider(count, 1, count, description="batch to look at")

    def follow(_: object) -> None:
        epoch = _epoch(samples, batch_size.value, drop_last.value, None)
        batch.max = len(epoch.batches)

    # Before the explorer looks: it never draws a batch that is no longer there.
    batch_size.observe(follow, "value")
    drop_last.observe(follow, "value")
    return Explorer(
        f"How many batches do {samples} pictures make, and what is in the last one?",
        {
            "batch_size": batch_size,
            "drop_last": drop_last,
            "order": ipywidgets.SelectionSlider(options=list(_ORDERS), description="order"),
            "batch": batch,
        },
        lambda batch_size, drop_last, order, batch: batch_figure(
            images, _epoch(samples, batch_size, drop_last, _ORDERS[order]), batch
        ),
        lambda: epochs_figure(
            images,
            [
                (f"batch_size={size}", _epoch(samples, size, False, None)),
                (f"batch_size={size}, drop_last=True", _epoch(samples, size, True, None)),
                (f"batch_size={size}, shuffle=True", _epoch(samples, size, False, 0)),
            ],
        ),
    )


def _epoch(samples: int, batch_size: int, drop_last: bool, seed: int | None) -> Epoch:
    """The batches of a DataLoader's samplers, and what `drop_last` leaves out."""
    if seed is None:
        order = list(SequentialSampler(range(samples)))
    else:
        generator = torch.Generator().manual_seed(seed)
        order = list(RandomSampler(range(samples), generator=generator))
    batches = list(BatchSampler(order, batch_size, drop_last))
    return Epoch(batches, order[sum(map(len, batches)) :])
