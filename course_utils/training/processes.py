"""The processes of a run: who this one is, and what they tell each other."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch.distributed import PrefixStore  # type: ignore[attr-defined]
from torch.distributed.rendezvous import rendezvous

from course_utils.training.errors import LostProcess, WrongInput
from course_utils.training.meeting import meet
from course_utils.training.place import Place

PATIENCE = timedelta(seconds=60)
"""How long a process waits for one that is alive and silent. A dead one is noticed at once."""
PATIENCE_TO_MEET = timedelta(minutes=5)
"""How long processes that were started together look for each other."""
PATIENCE_FOR_DATA = timedelta(minutes=30)
"""How long they wait while one process of each machine may be downloading the data set."""

T = TypeVar("T")


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

    def sums(self, *values: float) -> list[float]:
        """Each value summed over the processes, in float64: counts stay exact."""
        return self._reduce(values, torch.float64, dist.ReduceOp.SUM)

    def largest(self, value: int) -> int:
        """The largest of the processes' values."""
        return int(self._reduce((value,), torch.int64, dist.ReduceOp.MAX)[0])

    def _reduce(self, values: Any, dtype: torch.dtype, operation: Any) -> list[Any]:
        # On the CPU, so that on CUDA nothing waits for the GPU's queue of work.
        together = torch.tensor(values, dtype=dtype)
        if self.group is not None:
            dist.all_reduce(together, operation, group=self.group)
        return together.tolist()

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

    Raises LostProcess where another process is gone or does not answer, WrongInput where the
    environment does not say at which address they meet.
    """
    if not place.launched:
        yield Processes(place, device)
        return
    try:
        yield Processes(place, device, _connect(place, device))
    except RuntimeError as error:
        if _is_about_connections(error):
            raise LostProcess(f"another process ended or does not answer ({_first(error)})") from (
                error
            )
        raise
    dist.destroy_process_group()


def _connect(place: Place, device: torch.device) -> dist.ProcessGroup:
    _check_address()
    if place.world_size == place.local_world_size:
        _stay_on_this_machine()
    backend = backend_for(device)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    rank, world_size = place.rank, place.world_size
    store, _, _ = next(rendezvous("env://", rank, world_size, timeout=PATIENCE_TO_MEET))
    own_store = PrefixStore(meet(store, rank, world_size, PATIENCE_TO_MEET), store)
    dist.init_process_group(
        backend, store=own_store, rank=rank, world_size=world_size, timeout=PATIENCE_FOR_DATA,
        device_id=device if "nccl" in backend else None,
    )  # fmt: skip
    group = dist.new_group(timeout=PATIENCE)
    if not isinstance(group, dist.ProcessGroup):
        raise RuntimeError("this process is not part of the group that it started")
    return group


def _check_address() -> None:
    """Raise WrongInput where something else than torchrun set `RANK`, and not these two."""
    address, port = (os.environ.get(name, "") for name in ("MASTER_ADDR", "MASTER_PORT"))
    cure = "start with torchrun, or unset RANK"
    if not address:
        raise WrongInput(
            f"MASTER_ADDR: expected an address, as torchrun sets it, got {address!r}: {cure}"
        )
    if not (port.isdecimal() and 0 < int(port) < 2**16):
        raise WrongInput(
            f"MASTER_PORT: expected 1 to 65535, as torchrun sets it, got {port!r}: {cure}"
        )


def backend_for(device: torch.device) -> str:
    """gloo carries CPU tensors; NCCL those on CUDA, except on Windows, which has none."""
    if device.type == "cuda" and dist.is_nccl_available():
        return "cpu:gloo,cuda:nccl"
    return "gloo"


def _stay_on_this_machine() -> None:
    """Let gloo use the loopback interface: a laptop's own name often leads nowhere."""
    loopback = loopback_interface()
    if loopback is not None:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)


def loopback_interface() -> str | None:
    """What the loopback interface is called: lo on Linux, lo0 on macOS; None where unknown."""
    names = [name for _, name in socket.if_nameindex()]
    return next((name for name in ("lo", "lo0") if name in names), None)


def _is_about_connections(error: RuntimeError) -> bool:
    """Whether the error came from a connection to another process. gloo has no class of its own."""
    return isinstance(error, dist.DistError) or "gloo" in str(error).lower()


def _first(error: RuntimeError) -> str:
    return (str(error).splitlines() or [""])[0][:200]
