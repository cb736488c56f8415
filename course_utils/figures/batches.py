"""How an epoch falls into batches, and what is in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_utils.arguments import check_text, check_whole, check_within, shown
from course_utils.figures.arguments import check_count, check_record, listed, several, table_of
from course_utils.figures.base import COLOURS, CourseFigure, course_style

_MOST_BATCHES = 1000
"""More have no width in the bar."""
_COLUMNS = 20
"""Pictures of a batch in a row; half as many, and larger, where two such rows hold them all."""
_CHOSEN, _OTHER, _DROPPED = COLOURS[0], "#CFE3F1", "white"


@dataclass(frozen=True)
class Epoch:
    """One pass over a data set: the indices of each batch in order, and of what is left out.

    Pictures show up to 1,000 batches. Raises TypeError for other kinds, ValueError for an empty
    batch or an index below 0.
    """

    batches: Sequence[Sequence[int]]
    dropped: Sequence[int] = ()

    def __post_init__(self) -> None:
        given = listed("batches", self.batches, "batches")
        batches = [_numbers(f"batches[{place}]", batch) for place, batch in enumerate(given)]
        if [] in batches:
            place = batches.index([])
            raise ValueError(f"batches[{place}]: expected at least one sample, got none")
        # Lists, also where they came as tensors or ranges.
        object.__setattr__(self, "batches", batches)
        object.__setattr__(self, "dropped", _numbers("dropped", self.dropped))

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

    Raises ValueError for a number that no batch has, or an epoch of another data set, TypeError for
    other kinds of arguments and of numbers.
    """
    images = grey_bytes("images", images, "[N, 1, H, W]")
    _require(epoch, len(images))
    check_within("number", number, 1, len(epoch.batches))
    chosen = epoch.batches[number - 1]
    size = f"{len(chosen)} {'picture' if len(chosen) == 1 else 'pictures'}"
    with course_style():
        figure = CourseFigure(
            7.0,
            3.6,
            f"{epoch.in_words()}. Batch {number} holds {size}, numbers {_first_few(chosen)}",
            layout="none",
        )
        bar = figure.add_axes((0.02, 0.83, 0.96, 0.08))
        _bar(bar, epoch, number)
        bar.set_title(epoch.in_words(), fontsize=10, loc="left", pad=4)
        where = figure.add_axes((0.02, 0.66, 0.96, 0.06))
        _positions(where, chosen, epoch.samples)
        where.set_title(
            f"where batch {number} lies in the data set (sample 0 to {epoch.samples - 1})",
            fontsize=10, loc="left", pad=4,
        )  # fmt: skip
        pictures = figure.add_axes((0.02, 0.01, 0.96, 0.54))
        columns = _COLUMNS if len(chosen) > _COLUMNS else _COLUMNS // 2
        _pictures(pictures, images[list(chosen)], columns)
        pictures.set_title(f"batch {number}: {size}", fontsize=10, loc="left", pad=4)
    return figure


def epochs_figure(images: Tensor, epochs: Sequence[tuple[str, Epoch]]) -> CourseFigure:
    """Several ways to cut a data set, one below the other, each with pictures of its last batch.

    images: uint8 [N, 1, H, W]. epochs: a name and an epoch each, up to 12; of a last batch, at most
    twenty pictures are shown.

    Raises ValueError for no epoch, or one of another data set, TypeError for other kinds of
    arguments and of numbers.
    """
    images = grey_bytes("images", images, "[N, 1, H, W]")
    for pair in several("epochs", epochs, "epochs", 12):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(f"epochs: expected a name and an epoch each, got {shown(pair)}")
        check_text("epochs", pair[0])
        _require(pair[1], len(images), "epochs")
    words = "; ".join(f"{name}: {epoch.in_words()}" for name, epoch in epochs)
    with course_style():
        figure = CourseFigure(
            7.0, 1.15 * len(epochs), f"an epoch in batches. {words}", layout="none"
        )
        axes = figure.subplots(2 * len(epochs), 1, squeeze=False)[:, 0]
        figure.subplots_adjust(
            left=0.02, right=0.98, top=1 - 0.1 / len(epochs) ** 0.5, bottom=0.01, hspace=0.7
        )
        for position, (name, epoch) in enumerate(epochs):
            bar, pictures = axes[2 * position : 2 * position + 2]
            _bar(bar, epoch, len(epoch.batches))
            bar.set_title(f"{name}: {epoch.in_words()}", fontsize=10, loc="left", pad=3)
            _pictures(pictures, images[list(epoch.batches[-1][:_COLUMNS])], _COLUMNS)
    return figure


def grey_bytes(name: str, images: Tensor, expected: str) -> Tensor:
    """Grey pictures, uint8 [N, 1, H, W], on the CPU; raises TypeError and ValueError for others."""
    pixels = table_of(name, images, expected, (4,))
    if pixels.shape[1] != 1:
        raise ValueError(f"{name}: expected {expected}, got {list(pixels.shape)}")
    if pixels.dtype != torch.uint8:
        raise TypeError(f"{name}: expected uint8 from 0 to 255, got {pixels.dtype}")
    return pixels


def _require(epoch: Epoch, samples: int, name: str = "epoch") -> None:
    check_record(name, epoch, Epoch)
    if len(epoch.batches) == 0:
        raise ValueError(f"{name}: expected at least one batch, got none")
    check_count(name, len(epoch.batches), "batches", _MOST_BATCHES)
    if epoch.samples != samples:
        raise ValueError(
            f"{name}: expected {samples} samples in all, one for each picture, got {epoch.samples}"
        )
    highest = max(max(indices, default=0) for indices in (*epoch.batches, epoch.dropped))
    if highest >= samples:
        raise ValueError(
            f"{name}: expected samples with the numbers 0 to {samples - 1}, got {highest}"
        )


def _numbers(name: str, indices: Sequence[int]) -> list[int]:
    """The numbers of samples as a list; raises TypeError and ValueError."""
    numbers = listed(name, indices, "numbers of samples")
    for index in numbers:
        check_whole(name, index, least=0)
    return numbers


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
            0, len(segment), left=start, height=1, color=colour, edgecolor="black",
            linewidth=0.8 if len(epoch.batches) < 60 else 0.3, hatch="xxx" if is_dropped else "",
        )  # fmt: skip
        if len(segment) >= 0.03 * epoch.samples:
            axis.text(
                start + len(segment) / 2, 0, str(len(segment)), ha="center", va="center",
                color="white" if position == number else "black",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1} if is_dropped else None,
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
    axis.imshow(mosaic.numpy(), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axis.set_anchor("NW")
    axis.set_axis_off()


def _first_few(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:6]))
    return shown if len(numbers) <= 6 else f"{shown}, …"
