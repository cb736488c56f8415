"""The program with a fault in one process: `python -m tests.course_utils.train.failing OPTIONS`."""

from __future__ import annotations

import sys
from typing import Any

from course_utils.training import run as run_module
from course_utils.training.place import Place
from course_utils.training.program import main

REASON = "the disk of rank 1 is on fire"


def with_a_fault() -> None:
    """Let process 1 fail in the middle of the first epoch."""
    train_epoch: Any = vars(run_module)["train_epoch"]

    def failing(*arguments: Any) -> int:
        *first, after_batch, after_step = arguments

        def on_fire(batch: int, sums: Any) -> None:
            if batch == 3 and Place.from_environment().rank == 1:
                raise ValueError(REASON)
            after_batch(batch, sums)

        batches_done: int = train_epoch(*first, on_fire, after_step)
        return batches_done

    vars(run_module)["train_epoch"] = failing


if __name__ == "__main__":
    with_a_fault()
    sys.exit(main())
