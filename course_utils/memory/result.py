"""What an estimate says: bytes by category at the peak, layer by layer, and as a story."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from course_utils.memory.allocator import AllocatorEstimate, replay
from course_utils.memory.tracker import CATEGORIES, Event


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

    def allocator(self) -> AllocatorEstimate:
        """What CUDA's caching allocator would report for this step, each number by itself."""
        allocated, reserved = replay(self.first_step, self.events)
        return AllocatorEstimate(self.peak, allocated, reserved)

    def __repr__(self) -> str:
        rows = [("", "at the peak", "at its highest"), *self._rows(), ("in all", self._total(), "")]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [self._title()]
        for name, now, highest in rows:
            line = f"{name:<{widths[0]}}  {now:>{widths[1]}}  {highest:>{widths[2]}}"
            lines.append(line.rstrip())
        lines.append(f"peak: {in_units(self.peak)}, {self.peak_operation}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "<tr><th></th><th>at the peak</th><th>at its highest</th></tr>"
        body = "".join(
            f"<tr><td>{name}</td><td style='text-align:right'>{now}</td>"
            f"<td style='text-align:right'>{highest}</td></tr>"
            for name, now, highest in self._rows()
        )
        total = (
            f"<tr><th>in all</th><th style='text-align:right'>{self._total()}</th><th></th></tr>"
        )
        return (
            f"<table><caption>{html.escape(self._title())}</caption>{head}{body}{total}</table>"
            f"<p>Peak: {in_units(self.peak)}, {html.escape(self.peak_operation)}</p>"
        )

    def _rows(self) -> list[tuple[str, str, str]]:
        return [
            (name.replace("_", " "), f"{getattr(self, name):,} B", f"{self.highest[name]:,} B")
            for name in CATEGORIES
            if self.highest[name] or name != "buffers"
        ]

    def _total(self) -> str:
        return f"{self.peak:,} B"

    def _title(self) -> str:
        return f"{self.model}, {self.batch_size} × {self.sample}, {self.optimizer}, one step"


def walk(events: Sequence[Event]) -> Iterator[Moment]:
    """Moment by moment, the bytes of each category; ends where the events end."""
    totals = dict.fromkeys(CATEGORIES, 0)
    for event in events:
        totals[event.block.category or "temporaries"] += event.nbytes
        yield Moment(event.phase, event.layer, event.operation, dict(totals))


def in_units(nbytes: float) -> str:
    """Bytes as a person reads them, in powers of 1,024: `397.5 KiB`.

    Built in notebook 08.
    """
    if abs(nbytes) < 1024:
        return f"{nbytes} B"
    size = nbytes / 1024
    for unit in ("KiB", "MiB"):
        if abs(size) < 1024:
            return f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.2f} GiB"
