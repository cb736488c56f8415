"""How the processes of one start find each other, and not those of a start before it."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

from torch.distributed import Store  # type: ignore[attr-defined]

from course_utils.training.errors import LostProcess


def meet(store: Store, rank: int, world_size: int, patience: timedelta) -> str:
    """A name that all processes of this start agree on, and no other start has used.

    torchrun keeps its store when it starts the processes again after a failure, with all that the
    dead ones wrote there, their addresses too: a new process that reads them calls at a closed
    door. Under a prefix of its own each start finds a clean store. The count of restarts will not
    do as a prefix, because with several machines each of them counts its own.

    Each process but the first says hello under a fresh name of its own. The first answers every
    hello that it finds, those of the dead included, until all have said that they got the answer.

    Raises LostProcess for a process that does not come within `patience`.
    """
    own = uuid.uuid4().hex
    if rank > 0:
        store.set(f"hello/{rank}", own)
        # Nobody but the first process of this start can have answered a name this fresh.
        meeting = store.get(f"answer/{own}").decode()
        store.set(f"ready/{meeting}/{rank}", "")
        return meeting
    missing = set(range(1, world_size))
    end = time.monotonic() + patience.total_seconds()
    while missing:
        if time.monotonic() > end:
            raise LostProcess(f"processes {sorted(missing)} did not come")
        for other in sorted(missing):
            if store.check([f"ready/{own}/{other}"]):
                missing.remove(other)
            elif store.check([f"hello/{other}"]):
                store.set(f"answer/{store.get(f'hello/{other}').decode()}", own)
        time.sleep(0.01)
    return own
