"""The processes of a run: who this one is, how they meet, what they tell each other; signals."""

from __future__ import annotations

import os
import signal
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed import PrefixStore, Store  # type: ignore[attr-defined]
from torch.distributed.rendezvous import rendezvous

from course_utils.training.settings import LostProcess

PATIENCE = timedelta(seconds=60)
"""How long a process waits for one that is alive and silent. A dead one is noticed at once."""
PATIENCE_TO_MEET = timedelta(minutes=5)
"""How long processes that were started together look for each other."""
PATIENCE_FOR_DATA = timedelta(minutes=30)
"""How long they wait while one process of each machine may be downloading the data set."""

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """rank of world_size processes; local_rank of those on this machine; restarts so far.

    launched: whether torchrun (or another program that sets the same variables) started this.

    Built in notebook 10.
    """

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0
    local_world_size: int = 1
    restarts: int = 0
    launched: bool = False

    @classmethod
    def from_environment(cls) -> Place:
        """What torchrun says in environment variables; a process on its own has none of them."""
        if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
            return cls()

        def number(name: str, otherwise: int = 0) -> int:
            return int(os.environ.get(name, otherwise))

        rank, world_size = number("RANK"), number("WORLD_SIZE")
        return cls(
            rank=rank,
            world_size=world_size,
            local_rank=number("LOCAL_RANK", rank),
            local_world_size=number("LOCAL_WORLD_SIZE", world_size),
            restarts=number("TORCHELASTIC_RESTART_COUNT"),
            launched=True,
        )


@dataclass(frozen=True)
class Processes:
    """The group of processes that train together; a single one is a group without connections.

    Built in notebook 10.
    """

    place: Place
    device: torch.device
    group: dist.ProcessGroup | None = None

    @property
    def rank(self) -> int:
        """The number of this process, from 0."""
        return self.place.rank

    @property
    def world_size(self) -> int:
        """The number of processes."""
        return self.place.world_size

    def add_up(self, values: Tensor) -> Tensor:
        """Make `values`, of any shape, the sum over the processes, in each of them and in place."""
        if self.group is not None:
            dist.all_reduce(values, group=self.group)
        return values

    def largest(self, value: int) -> int:
        """The largest of the processes' values; nobody gets it before all have asked."""
        # On the CPU, so that on CUDA nothing waits for the GPU's queue of work.
        largest = torch.tensor(value)
        if self.group is not None:
            dist.all_reduce(largest, dist.ReduceOp.MAX, group=self.group)
        return int(largest)

    def from_first(self, value: T) -> T:
        """The value that process 0 has, in all of them."""
        values = [value]
        if self.group is not None:
            dist.broadcast_object_list(values, src=0, group=self.group, device=torch.device("cpu"))
        return values[0]

    def from_all(self, value: T) -> list[T]:
        """The values of all processes, in the order of their ranks."""
        values: list[Any] = [value] * self.world_size
        if self.group is not None:
            dist.all_gather_object(values, value, group=self.group)
        return values

    def first_on_each_machine(self, load: Callable[[], T]) -> T:
        """Call `load` in one process of each machine, then in the others, which find files there.

        It comes before everything else and may take long, so it waits in the patient group.
        """
        loaded = load() if self.place.local_rank == 0 else None
        if self.group is not None:
            dist.all_reduce(torch.zeros(1))
        return load() if loaded is None else loaded


@contextmanager
def connected(place: Place, device: torch.device) -> Iterator[Processes]:
    """Connect the processes that torchrun started, and close the connections at a good end.

    Raises LostProcess where another process is gone or does not answer.
    """
    if not place.launched:
        yield Processes(place, device)
        return
    try:
        yield Processes(place, device, _connect(place, device))
    except RuntimeError as error:
        # gloo's errors have no class of their own.
        if not isinstance(error, dist.DistError) and "gloo" not in str(error).lower():
            raise
        reason = str(error).partition("\n")[0][:200]
        raise LostProcess(f"another process ended or does not answer ({reason})") from error
    dist.destroy_process_group()


def _connect(place: Place, device: torch.device) -> dist.ProcessGroup:
    loopback = loopback_interface()
    if loopback and place.world_size == place.local_world_size:
        # All on this machine: a laptop's own name often leads nowhere.
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    # gloo carries CPU tensors; NCCL those on CUDA, except on Windows, which has none.
    nccl = device.type == "cuda" and dist.is_nccl_available()
    rank, world_size = place.rank, place.world_size
    store, _, _ = next(rendezvous("env://", rank, world_size, timeout=PATIENCE_TO_MEET))
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if nccl else "gloo",
        store=PrefixStore(meet(store, rank, world_size, PATIENCE_TO_MEET), store),
        rank=rank,
        world_size=world_size,
        timeout=PATIENCE_FOR_DATA,
        device_id=device if nccl else None,
    )
    return cast(dist.ProcessGroup, dist.new_group(timeout=PATIENCE))


def loopback_interface() -> str | None:
    """What the loopback interface is called: lo on Linux, lo0 on macOS; None where unknown."""
    names = [name for _, name in socket.if_nameindex()]
    return next((name for name in ("lo", "lo0") if name in names), None)


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


class StopRequest:
    """Whether Ctrl-C or SIGTERM asked for an end: `number` is the signal's, 0 while none did."""

    number = 0

    def note(self, number: int, frame: FrameType | None = None) -> None:
        """The signal handler: remember, and let the step finish."""
        self.number = number

    @contextmanager
    def listening(self, impatient: bool) -> Iterator[None]:
        """Note SIGTERM and SIGINT for a while; the old handlers come back afterwards.

        impatient: a second Ctrl-C ends the process at once. Not under torchrun, which passes a
        signal on to processes that may have got it already, and kills those that do not end.
        """

        def interrupted(number: int, frame: FrameType | None) -> None:
            if self.number and impatient:
                raise KeyboardInterrupt
            self.note(number)

        # Windows has no SIGTERM that another process could send; there it is only a name.
        before = {
            signal.SIGTERM: signal.signal(signal.SIGTERM, self.note),
            signal.SIGINT: signal.signal(signal.SIGINT, interrupted),
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
