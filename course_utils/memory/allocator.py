"""CUDA's caching allocator as a model: blocks of 512 bytes in segments that are kept for later.

Tensors ask for bytes; the allocator hands out blocks, cut from segments that it takes from the
driver and does not give back. `torch.cuda.max_memory_allocated` counts blocks,
`torch.cuda.max_memory_reserved` counts segments. The rules and sizes are those of the default
settings, which PyTorch's notes on CUDA semantics and its header AllocatorConfig.h describe.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
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
        32 * MIB, "cuBLAS on compute capability 9.0, PyTorch's default; not measured here"
    ),
    "other": Workspace(
        2 * 4096 * KIB + 8 * 16 * KIB,
        "cuBLAS on other NVIDIA GPUs, PyTorch's default; not measured here",
    ),
}
"""What torch gives cuBLAS at the first matrix product, unless CUBLAS_WORKSPACE_CONFIG is set."""


@dataclass(frozen=True)
class AllocatorEstimate:
    """What CUDA's allocator should report for an estimated step: separate numbers, in bytes.

    requested: what the tensors ask for, the estimate's peak. allocated: the same in blocks, without
    the workspace. reserved: the segments for both steps, without the workspace. workspace: what
    cuBLAS gets on top, once. The CUDA context, hundreds of megabytes outside of the allocator,
    depends on the driver and is in none of them.

    Built in notebook 08.
    """

    requested: int
    allocated: int
    reserved: int
    workspace: Workspace = CUBLAS_WORKSPACES["other"]

    def __repr__(self) -> str:
        lines = [
            ("requested by tensors", self.requested, "the estimate's peak"),
            ("allocated in blocks", self.allocated, "of 512 bytes each"),
            ("reserved in segments", self.reserved, "of 2 MiB, 20 MiB or more"),
            ("workspace on top", self.workspace.nbytes, self.workspace.origin),
        ]
        return "\n".join(f"{name:<20}  {nbytes:>15,} B  {note}" for name, nbytes, note in lines)


def replay(first_step: Sequence[Event], steady_step: Sequence[Event]) -> tuple[int, int]:
    """Let the allocator serve both steps, the first from a fresh start.

    Returns its most bytes in blocks during the second one, and its bytes in segments at the end.
    """
    allocator = CachingAllocator()
    pieces: dict[Block, Piece] = {}

    def serve(events: Iterable[Event]) -> None:
        for event in events:
            if event.nbytes > 0:
                pieces[event.block] = allocator.allocate(event.nbytes)
            elif event.nbytes < 0:
                allocator.release(pieces.pop(event.block))

    serve(first_step)
    # The steps share parameters and state; each is logged with a batch of its own.
    before = [event for event in steady_step if event.phase == "before"]
    alive = {event.block for event in before}
    for block in [block for block in pieces if block not in alive]:
        allocator.release(pieces.pop(block))
    serve(event for event in before if event.block not in pieces)
    allocator.max_allocated = allocator.allocated
    serve(event for event in steady_step if event.phase != "before")
    return allocator.max_allocated, allocator.reserved


@dataclass(eq=False, slots=True)
class Piece:
    """A part of a segment, in use or free, with its neighbours."""

    size: int
    segment: int
    offset: int
    small: bool
    free: bool = False
    before: Piece | None = None
    after: Piece | None = None


class CachingAllocator:
    """Allocate and release as CUDA's allocator does, and keep count of blocks and segments.

    allocated: bytes in blocks now; max_allocated: at most so far. reserved: bytes in segments.
    """

    def __init__(self) -> None:
        self.allocated = self.max_allocated = self.reserved = 0
        self._segments = 0
        # By pool, small or not: the free pieces, sorted by size and then by address.
        self._free: dict[bool, list[Piece]] = {True: [], False: []}

    def allocate(self, nbytes: int) -> Piece:
        """A block for `nbytes`: the smallest free piece that is large enough, or a new segment."""
        size = max(BLOCK, _up_to(nbytes, BLOCK))
        small = size <= SMALL_REQUEST
        pool = self._free[small]
        place = bisect_left(pool, (size, 0, 0), key=_order)
        piece = pool.pop(place) if place < len(pool) else self._new_segment(size, small)
        piece.free = False
        rest = piece.size - size
        # A large segment is cut only where a large request could use what is left.
        if rest >= BLOCK if small else rest > SMALL_REQUEST:
            self._cut(piece, size)
        self.allocated += piece.size
        self.max_allocated = max(self.max_allocated, self.allocated)
        return piece

    def release(self, piece: Piece) -> None:
        """Give a block back to its segment; free neighbours become one piece."""
        self.allocated -= piece.size
        if piece.before is not None and piece.before.free:
            piece = self._join(piece.before, piece)
        if piece.after is not None and piece.after.free:
            piece = self._join(piece, piece.after)
        self._put(piece)

    def _new_segment(self, size: int, small: bool) -> Piece:
        if small:
            segment = SMALL_SEGMENT
        elif size < MIDDLE_REQUEST:
            segment = MIDDLE_SEGMENT
        else:
            segment = _up_to(size, LARGE_MULTIPLE)
        self._segments += 1
        self.reserved += segment
        return Piece(segment, self._segments, 0, small)

    def _cut(self, piece: Piece, size: int) -> None:
        """Leave the first `size` bytes in the piece; the rest is a free piece of its own."""
        rest = Piece(piece.size - size, piece.segment, piece.offset + size, piece.small)
        rest.before, rest.after = piece, piece.after
        if rest.after is not None:
            rest.after.before = rest
        piece.size, piece.after = size, rest
        self._put(rest)

    def _join(self, first: Piece, second: Piece) -> Piece:
        """Two neighbours as one piece, which is in no pool yet."""
        for piece in (first, second):
            if piece.free:
                pool = self._free[piece.small]
                del pool[bisect_left(pool, _order(piece), key=_order)]
                piece.free = False
        first.size += second.size
        first.after = second.after
        if first.after is not None:
            first.after.before = first
        return first

    def _put(self, piece: Piece) -> None:
        piece.free = True
        insort(self._free[piece.small], piece, key=_order)


def _order(piece: Piece) -> tuple[int, int, int]:
    return piece.size, piece.segment, piece.offset


def _up_to(nbytes: int, multiple: int) -> int:
    return -(-nbytes // multiple) * multiple
