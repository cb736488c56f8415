"""The program with a fault in one process: `python -m tests.course_utils.training.failing …`."""

from __future__ import annotations

import itertools
import os
import sys
from typing import Any

from torch.optim.optimizer import register_optimizer_step_post_hook

from course_utils.training.program import main

REASON = "the disk of rank 1 is on fire"


def with_a_fault() -> None:
    """Let process 1 fail in the middle of the first epoch."""
    count = itertools.count(1)

    def on_fire(*unused: Any) -> None:
        if next(count) == 3 and os.environ["RANK"] == "1":
            raise ValueError(REASON)

    register_optimizer_step_post_hook(on_fire)


if __name__ == "__main__":
    with_a_fault()
    sys.exit(main())
