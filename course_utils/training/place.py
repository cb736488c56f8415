"""Where this process stands among the others, as torchrun tells it. No torch is needed to ask."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from course_utils.training.errors import WrongInput


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
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Place:
        """Read `RANK`, `WORLD_SIZE` and their like; a process on its own has none of them.

        Raises WrongInput for one that is no such number.
        """
        if "RANK" not in environment or "WORLD_SIZE" not in environment:
            return cls()

        def number(name: str, otherwise: int, least: int = 0) -> int:
            text = environment.get(name, str(otherwise))
            if not text.isdecimal() or int(text) < least:
                raise WrongInput(f"{name}: expected a whole number, {least} or more, got {text!r}")
            return int(text)

        rank, world_size = number("RANK", 0), number("WORLD_SIZE", 1, least=1)
        return cls(
            rank=rank,
            world_size=world_size,
            local_rank=number("LOCAL_RANK", rank),
            local_world_size=number("LOCAL_WORLD_SIZE", world_size, least=1),
            restarts=number("TORCHELASTIC_RESTART_COUNT", 0),
            launched=True,
        )
