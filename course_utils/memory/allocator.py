"""CUDA's caching allocator as a model: blocks of 512 bytes in segments that are kept for later.

Tensors ask for bytes; the allocator hands out blocks, cut from segments that it takes from the
driver and does not give back. `torch.cuda.max_memory_allocated` counts blocks,
`torch.cuda.max_memory_reserved` counts segments. The rules and sizes below are those that the
notes on CUDA semantics in PyTorch's documentation and its header AllocatorConfig.h describe, for
the default settings of torch 2.15.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

from course_utils.memory.tracker import Block, Event

KIB, MIB = 1024, 1024**2
BLOCK = 512
SMALL_REQUEST = MIB
SMALL_SEGMENT = 2 * MIB
MIDDLE_REQUEST = 10 * MIB
MIDDLE_SEGMENT = 20 * MIB
LARGE_MULTIPLE = 2 * MIB


@dataclass(frozen=True)
class Workspace:
    """What a library keeps on the card beside all tensors: bytes, and where the number is from."""

    nbytes: int
    origin: str


CUBLAS_WORKSPACES = {
    "hopper": Workspace(
        32 * MIB, "cuBLAS on compute capability 9.0, torch 2.15's default; not measured here"
    ),
    "other": Workspace(
        2 * 4096 * KIB + 8 * 16 * KIB,
        "cuBLAS on other NVIDIA GPUs, torch 2.15's default; not measured here",
    ),
}
"""What torch gives cuBLAS at the first matrix product, unless CUBLAS_WORKSPACE_CONFIG is set."""


class OutOfSegments(RuntimeError):
    """The allocator's capacity does not hold another segment."""


@dataclass(eq=False, slots=True)
class Piece:
    """A part of a segment, in use or free, with its neighbours."""

    size: int
    segment: int
    offset: int
    small: bool
    free: bool = True
    before: Piece | None = None
    after: Piece | None = None


class CachingAllocator:
    """Allocate and release as CUDA's allocator does, and keep count of blocks and segments.

    capacity: bytes of segments in all; None for as many as it takes. allocated, reserved: bytes in
    blocks and in segments now; max_allocated, max_reserved: at most so far.
    """

    def __init__(self, capacity: int | None = None) -> None:
        self.capacity = capacity
        self.allocated = self.reserved = self.max_allocated = self.max_reserved = 0
        self._segments = 0
        # By pool, small or not: the free pieces, sorted by size and then by address.
        self._free: dict[bool, list[tuple[int, int, int]]] = {True: [], False: []}
        self._at: dict[tuple[int, int], Piece] = {}

    def allocate(self, nbytes: int) -> Piece:
        """A block for `nbytes`: the smallest free piece that is large enough, or a new segment.

        Raises OutOfSegments where the capacity does not hold the new segment, even after all
        segments without a block in use have been given back.
        """
        size = max(BLOCK, _up_to(nbytes, BLOCK))
        small = size <= SMALL_REQUEST
        pool = self._free[small]
        place = bisect_left(pool, (size, 0, 0))
        if place < len(pool):
            piece = self._at[pool[place][1:]]
            self._take(piece)
        else:
            piece = self._new_segment(size, small)
        rest = piece.size - size
        # A large segment is cut only where a large request could use what is left.
        if rest >= BLOCK if small else rest > SMALL_REQUEST:
            tail = Piece(rest, piece.segment, piece.offset + size, small, True, piece, piece.after)
            if tail.after is not None:
                tail.after.before = tail
            piece.size, piece.after = size, tail
            self._put(tail)
        piece.free = False
        self.allocated += piece.size
        self.max_allocated = max(self.max_allocated, self.allocated)
        return piece

    def release(self, piece: Piece) -> None:
        """Give a block back to its segment; free neighbours become one piece."""
        self.allocated -= piece.size
        if piece.before is not None and piece.before.free:
            first = piece.before
            self._take(first)
            first.size += piece.size
            first.after = piece.after
            if piece.after is not None:
                piece.after.before = first
            piece = first
        if piece.after is not None and piece.after.free:
            last = piece.after
            self._take(last)
            piece.size += last.size
            piece.after = last.after
            if last.after is not None:
                last.after.before = piece
        self._put(piece)

    def empty_cache(self) -> None:
        """Give back the segments in which no block is in use."""
        for pool in self._free.values():
            for _, segment, offset in list(pool):
                piece = self._at[segment, offset]
                if piece.before is None and piece.after is None:
                    self._take(piece)
                    self.reserved -= piece.size

    def _new_segment(self, size: int, small: bool) -> Piece:
        if small:
            segment = SMALL_SEGMENT
        elif size < MIDDLE_REQUEST:
            segment = MIDDLE_SEGMENT
        else:
            segment = _up_to(size, LARGE_MULTIPLE)
        if self.capacity is not None and self.reserved + segment > self.capacity:
            self.empty_cache()
            if self.reserved + segment > self.capacity:
                raise OutOfSegments(
                    f"{self.reserved:,} of {self.capacity:,} bytes are reserved, "
                    f"and a segment of {segment:,} is needed"
                )
        self._segments += 1
        self.reserved += segment
        self.max_reserved = max(self.max_reserved, self.reserved)
        return Piece(segment, self._segments, 0, small)

    def _put(self, piece: Piece) -> None:
        piece.free = True
        self._at[piece.segment, piece.offset] = piece
        insort(self._free[piece.small], (piece.size, piece.segment, piece.offset))

    def _take(self, piece: Piece) -> None:
        pool = self._free[piece.small]
        del pool[bisect_left(pool, (piece.size, piece.segment, piece.offset))]
        del self._at[piece.segment, piece.offset]
        piece.free = False


@dataclass(frozen=True)
class AllocatorEstimate:
    """What CUDA's allocator should report for an estimated step: separate numbers, in bytes.

    requested: what the tensors ask for, the estimate's peak. allocated: the same in blocks, without
    the workspace. reserved: the segments for both steps, without the workspace. workspace: what
    cuBLAS gets on top, once. The CUDA context, hundreds of megabytes outside of the allocator,
    depends on the driver and is in none of them.
    """

    requested: int
    allocated: int
    reserved: int
    workspace: Workspace

    def __repr__(self) -> str:
        lines = [
            ("requested by tensors", self.requested, "the estimate's peak"),
            ("allocated in blocks", self.allocated, "of 512 bytes each"),
            ("reserved in segments", self.reserved, "of 2 MiB, 20 MiB or more"),
            ("workspace on top", self.workspace.nbytes, self.workspace.origin),
        ]
        return "\n".join(f"{name:<20}  {nbytes:>15,} B  {note}" for name, nbytes, note in lines)


def replay(
    first_step: Sequence[Event], events: Sequence[Event], allocator: CachingAllocator
) -> int:
    """Let `allocator` serve both steps; returns its most bytes in blocks during the second one.

    Raises OutOfSegments where its capacity is too small.
    """
    pieces: dict[Block, Piece] = {}
    for event in first_step:
        _serve(event, pieces, allocator)
    # The steps share parameters and state; each is logged with a batch of its own.
    alive = {event.block for event in events if event.phase == "before"}
    for block in [block for block in pieces if block not in alive]:
        allocator.release(pieces.pop(block))
    for event in events:
        if event.phase == "before" and event.block not in pieces:
            _serve(event, pieces, allocator)
    allocator.max_allocated = allocator.allocated
    for event in events:
        if event.phase != "before":
            _serve(event, pieces, allocator)
    return allocator.max_allocated


def _serve(event: Event, pieces: dict[Block, Piece], allocator: CachingAllocator) -> None:
    if event.nbytes > 0:
        pieces[event.block] = allocator.allocate(event.nbytes)
    elif event.nbytes < 0:
        allocator.release(pieces.pop(event.block))


def _up_to(nbytes: int, multiple: int) -> int:
    return -(-nbytes // multiple) * multiple
