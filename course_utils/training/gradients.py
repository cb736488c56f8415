"""Gradients of all parts of a global batch, in all processes, added up to one.

Training magnifies differences: after 100 steps of Adam, two ways of rounding a sum have become
weights that differ in the second digit. So on the CPU each global batch is always computed in the
same `PARTS` parts, however many processes share them, and the parts' gradients are added in
float64, where float32 numbers give the same sum in any order. That makes one, two and four
processes end with the same bits.
"""

# Without `from __future__ import annotations`: DDP looks at the annotations of its hook.

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from course_utils.training.processes import Processes

PARTS = 4


def parts_of_share(processes: Processes) -> int:
    """Into how many parts a process cuts its share of a batch.

    With a number of processes that does not divide `PARTS`, and on a GPU, which has its own
    rounding and wants large batches, the share stays whole: equal up to rounding then.
    """
    if processes.device.type != "cpu" or PARTS % processes.world_size:
        return 1
    return PARTS // processes.world_size


class GradientSums:
    """The running sum of a step's gradients, over parts here and over processes at the end.

    Wraps `model` in DistributedDataParallel where there are several processes: `self.model` is what
    to call. For each part but the step's last, run forward and backward inside `apart()` and then
    call `keep()`; run the last one bare and call `finish()`, and each parameter's `.grad` is the
    sum, the same in all processes.

    Built in notebook 10.
    """

    def __init__(self, model: nn.Module, processes: Processes) -> None:
        # Apple's GPUs have no float64, and NVIDIA's are slow at it.
        dtype = torch.float64 if processes.device.type == "cpu" else torch.float32
        self.sums = {
            param: torch.zeros_like(param, dtype=dtype, requires_grad=False)
            for param in model.parameters()
        }
        self.group = processes.group
        self.model = model
        if self.group is not None:
            devices = [processes.device] if processes.device.type == "cuda" else None
            parallel = DistributedDataParallel(
                model, device_ids=devices, process_group=self.group, gradient_as_bucket_view=True
            )
            # Stock DDP averages in float32; this hook takes the place of that sum alone.
            parallel.register_comm_hook(self, _sum_bucket)
            self.model = parallel

    def apart(self) -> Any:
        """A context in which a backward pass leaves the other processes alone."""
        if isinstance(self.model, DistributedDataParallel):
            return self.model.no_sync()
        return torch.enable_grad()

    def keep(self) -> None:
        """Add the gradients of a part to the sums, and drop them."""
        for param, total in self.sums.items():
            if param.grad is not None:
                total.add_(param.grad)
                param.grad = None

    def finish(self) -> None:
        """Make the sums the gradients, and begin anew. DDP has done it already where it is used."""
        if self.group is None:
            self.keep()
        for param, total in self.sums.items():
            if self.group is None:
                param.grad = total.to(param.dtype)
            total.zero_()


def _sum_bucket(
    sums: GradientSums,
    bucket: dist.GradBucket,  # type: ignore[name-defined]
) -> torch.futures.Future[torch.Tensor]:
    """What DDP calls for each bucket of gradients: the last part's, to which the others come."""
    before = torch.cat([sums.sums[param].flatten() for param in bucket.parameters()])
    total = before.add_(bucket.buffer())
    work = dist.all_reduce(total, group=sums.group, async_op=True)
    if work is None:
        raise RuntimeError("this process is not part of the group")

    def to_gradient(future: torch.futures.Future[list[Tensor]]) -> Tensor:
        return future.value()[0].to(bucket.buffer().dtype)

    result: torch.futures.Future[Tensor] = work.get_future().then(to_gradient)
    return result
