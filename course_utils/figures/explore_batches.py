"""How an epoch falls into batches, and which pictures are in each."""

from __future__ import annotations

import ipywidgets
import torch
from torch import Tensor
from torch.utils.data import BatchSampler, RandomSampler, SequentialSampler

from course_utils.figures.batches import Epoch, batch_figure, epochs_figure, grey_bytes
from course_utils.figures.explorer import Explorer

_MOST = 100
"""Pictures of one batch that can be told apart in the space of a slide."""
_ORDERS = {"as stored": None, "shuffled, seed 0": 0, "shuffled, seed 1": 1}


def explore_batches(images: Tensor) -> Explorer:
    """Batch size, `drop_last` and the order: the batches of an epoch, and the pictures in one.

    images: the data set, grey, uint8 [N, 1, H, W] with N from 2 to 100. The batches are those of a
    DataLoader's samplers. The number of the batch follows when there are fewer batches.

    Raises ValueError for images of another shape or number, TypeError for other kinds.
    """
    expected = f"[N, 1, H, W] with N from 2 to {_MOST}"
    samples = len(grey_bytes("images", images, expected))
    if not 2 <= samples <= _MOST:
        raise ValueError(f"images: expected {expected}, got {list(images.shape)}")
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
