"""What an estimate says: bytes by category at the peak, layer by layer, and as a story."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from course_utils.arguments import check_finite
from course_utils.memory.allocator import (
    CUBLAS_WORKSPACES,
    AllocatorEstimate,
    CachingAllocator,
    Workspace,
    replay,
)
from course_utils.memory.tracker import CATEGORIES, Event

NAMES = {
    "parameters": "parameters",
    "buffers": "buffers",
    "gradients": "gradients",
    "optimizer_state": "optimizer state",
    "batch": "batch",
    "activations": "activations",
    "temporaries": "temporaries",
}
"""How each category is written in tables and figures."""


class Moment(NamedTuple):
    """The bytes of each category after one allocation or release, and what ran then."""

    phase: str
    layer: str
    operation: str
    bytes: dict[str, int]


class LayerMemory(NamedTuple):
    """One line of the table of layers. Bytes; output_shape: of its last call, with the batch axis.

    activations: what the layer made in the forward pass and the backward pass still needs.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...] | None
    parameters: int
    activations: int


@dataclass(frozen=True)
class MemoryEstimate:
    """The bytes of one training step, at the moment when they are most.

    parameters, buffers, gradients, optimizer_state, batch, activations, temporaries: bytes of the
    storages of each category at the peak; they add up to `peak`. highest: each category's own
    largest number of bytes during the step, which may come at another moment. peak_operation: what
    runs at the peak, in which pass, for which layer. layers: a `LayerMemory` for each layer that
    has parameters or activations, in the order of the forward pass. events: every allocation and
    release of the steady step; first_step: those of the step before, for the allocator's model.

    Built in notebook 08.
    """

    model: str
    sample: str
    batch_size: int
    optimizer: str
    device: str
    parameters: int
    buffers: int
    gradients: int
    optimizer_state: int
    batch: int
    activations: int
    temporaries: int
    peak: int
    peak_operation: str
    highest: dict[str, int]
    layers: tuple[LayerMemory, ...]
    events: tuple[Event, ...] = field(repr=False)
    first_step: tuple[Event, ...] = field(repr=False)

    def timeline(self) -> list[Moment]:
        """The bytes of each category after each allocation and release of the step."""
        return list(walk(self.events))

    def allocator(self, workspace: Workspace = CUBLAS_WORKSPACES["other"]) -> AllocatorEstimate:
        """What CUDA's caching allocator would report for this step, each number by itself.

        workspace: of the card's libraries; it is passed on, and is in none of the other numbers.
        """
        allocator = CachingAllocator()
        allocated = replay(self.first_step, self.events, allocator)
        return AllocatorEstimate(self.peak, allocated, allocator.max_reserved, workspace)

    def __repr__(self) -> str:
        rows = [("", "at the peak", "at its highest")]
        rows += [
            (NAMES[name], f"{getattr(self, name):,} B", f"{self.highest[name]:,} B")
            for name in CATEGORIES
            if self.highest[name] or name != "buffers"
        ]
        rows.append(("in all", f"{self.peak:,} B", ""))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [self._title()]
        for name, *numbers in rows:
            cells = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True)]
            lines.append("  ".join([name.ljust(widths[0]), *cells]).rstrip())
        lines.append(f"peak: {in_units(self.peak)}, {self.peak_operation}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "<tr><th></th><th>at the peak</th><th>at its highest</th></tr>"
        body = "".join(
            f"<tr><td>{NAMES[name]}</td><td style='text-align:right'>{getattr(self, name):,} B</td>"
            f"<td style='text-align:right'>{self.highest[name]:,} B</td></tr>"
            for name in CATEGORIES
            if self.highest[name] or name != "buffers"
        )
        total = (
            f"<tr><th>in all</th><th style='text-align:right'>{self.peak:,} B</th><th></th></tr>"
        )
        return (
            f"<table><caption>{html.escape(self._title())}</caption>{head}{body}{total}</table>"
            f"<p>Peak: {in_units(self.peak)}, {html.escape(self.peak_operation)}</p>"
        )

    def _title(self) -> str:
        return f"{self.model}, {self.batch_size} × {self.sample}, {self.optimizer}, one step"


def walk(events: Sequence[Event]) -> Iterator[Moment]:
    """Moment by moment, the bytes of each category; ends where the events end."""
    totals = dict.fromkeys(CATEGORIES, 0)
    for event in events:
        totals[event.block.category or "temporaries"] += event.nbytes
        yield Moment(event.phase, event.layer, event.operation, dict(totals))


def in_units(nbytes: int) -> str:
    """Bytes as a person reads them, in powers of 1,024: `397.5 KiB`.

    Raises TypeError for what is no number, ValueError for one that is not finite.

    Built in notebook 08.
    """
    size = check_finite("nbytes", nbytes)
    for unit in ("B", "KiB", "MiB"):
        if abs(size) < 1024:
            return f"{nbytes} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.2f} GiB"
