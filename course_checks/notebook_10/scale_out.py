"""Exercise 10.3 of notebook 10: what changes when several processes train."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import torch
from torch import Generator

from course_checks.engine import Exercise
from course_checks.forms import in_forms
from course_checks.general import Mistake

Answer = Callable[[int, int, float, int], tuple[float, ...]]


def scale_out(
    num_samples: int, batch_size: int, learning_rate: float, world_size: int
) -> tuple[int, int, float]:
    """The right answer."""
    global_batch = batch_size * world_size
    return global_batch, -(-num_samples // global_batch), learning_rate * world_size


def _worlds(generator: Generator) -> Iterator[tuple[int, int, float, int]]:
    yield from ((10, 2, 0.1, 2), (100, 5, 0.1, 3), (96, 8, 0.05, 4), (50, 7, 0.3, 1))
    for _ in range(3):
        num_samples = int(torch.randint(1_000, 9_000, (1,), generator=generator))
        batch_size = int(torch.randint(5, 60, (1,), generator=generator))
        yield num_samples, batch_size, 0.02, int(torch.randint(2, 9, (1,), generator=generator))
    yield from ((60_000, 64, 0.01, 8), (20, 16, 0.1, 4))


# The parts of an answer as students compute them, from samples N, batch B, rate R and world W.
Steps = Callable[[int, int, int], float]
Rate = Callable[[float, int, int], float]


def _up(samples: int, batch: int, world: int) -> float:
    return -(-samples // (batch * world))


def _down(samples: int, batch: int, world: int) -> float:
    return samples // (batch * world)


def _nearest(samples: int, batch: int, world: int) -> float:
    return round(samples / (batch * world))


def _divided(samples: int, batch: int, world: int) -> float:
    return samples / (batch * world)


def _alone(samples: int, batch: int, world: int) -> float:
    return -(-samples // batch)


def _alone_down(samples: int, batch: int, world: int) -> float:
    return samples // batch


def _all_ranks(samples: int, batch: int, world: int) -> float:
    return _up(samples, batch, world) * world


def _plus_one(samples: int, batch: int, world: int) -> float:
    return samples // (batch * world) + 1


def _linear(rate: float, batch: int, world: int) -> float:
    return rate * world


def _unchanged(rate: float, batch: int, world: int) -> float:
    return rate


def _smaller(rate: float, batch: int, world: int) -> float:
    return rate / world


def _root(rate: float, batch: int, world: int) -> float:
    return rate * float(world**0.5)


def _by_batch(rate: float, batch: int, world: int) -> float:
    return rate * batch * world


def _answer(steps: Steps, rate: Rate, batch: Callable[[int, int], float] | None = None) -> Answer:
    def answer(
        num_samples: int, batch_size: int, learning_rate: float, world_size: int
    ) -> tuple[float, ...]:
        return (
            batch(batch_size, world_size) if batch else batch_size * world_size,
            steps(num_samples, batch_size, world_size),
            rate(learning_rate, batch_size, world_size),
        )

    return answer


def _mistake(
    name: str,
    message: str,
    steps: tuple[Steps, ...] = (_up,),
    rates: tuple[Rate, ...] = (_linear,),
    batch: Callable[[int, int], float] | None = None,
) -> list[Mistake]:
    """A mistake in every combination of these steps and learning rates."""
    return in_forms(name, message, *[_answer(*pair, batch) for pair in product(steps, rates)])


SCALE_OUT = Exercise(
    number="10.3",
    name="scale_out",
    reference=scale_out,
    cases=_worlds,
    mistakes=(
        *_mistake(
            "batch of one process",
            "The first number is what one process sees in a step. How many samples do all of them "
            "see together?",
            (_alone, _up),
            (_linear, _unchanged),
            lambda batch, world: batch,
        ),
        *_mistake(
            "batch shared out",
            "You divided batch_size by the processes. Is it the whole batch here, or already the "
            "part of one process?",
            (lambda samples, batch, world: -(-samples // max(batch // world, 1)), _alone, _up),
            (_linear, _unchanged),
            lambda batch, world: batch // world,
        ),
        *_mistake(
            "steps of one process",
            "These are the steps that one process alone would need. How many samples does a step "
            "use up now?",
            (_alone, _alone_down),
            (_linear, _unchanged),
        ),
        *_mistake(
            "steps of all ranks",
            "You counted the step of each rank. When all ranks step together, how many steps has "
            "the model made?",
            (_all_ranks,),
        ),
        *_mistake(
            "floor",
            "Samples are left over after the last full global batch. Which step trains on them?",
            (_down,),
        ),
        *_mistake(
            "rounds to the nearest",
            "The steps were rounded to the nearest. Does a short last batch get a step or not?",
            (_nearest,),
        ),
        *_mistake(
            "one step too many",
            "One step is always added. Is there a short batch when the division leaves nothing "
            "over?",
            (_plus_one,),
        ),
        *_mistake(
            "fraction of a step",
            "`/` gives fractions of a step. How many whole steps does an epoch have?",
            (_divided,),
        ),
        *_mistake(
            "learning rate unchanged",
            "The learning rate has stayed as it was. What did notebook 09 do with it when the "
            "batch grew?",
            (_up, _down),
            (_unchanged,),
        ),
        *_mistake(
            "learning rate made smaller",
            "The learning rate has shrunk. There are fewer steps now: should each go less far, "
            "or farther?",
            (_up,),
            (_smaller,),
        ),
        *_mistake(
            "square root",
            "You took the square root, a rule that some use with Adam. Which rule does the task "
            "ask for?",
            (_up,),
            (_root,),
        ),
        *_mistake(
            "learning rate times the batch",
            "The learning rate was multiplied by a number of samples. By what factor has the "
            "batch grown?",
            (_up,),
            (_by_batch,),
        ),
        *in_forms(
            "order",
            "The numbers look right, in another order. Which one is asked for first?",
            *[
                lambda n, b, r, w, places=places: tuple(scale_out(n, b, r, w)[i] for i in places)
                for places in ((1, 0, 2), (0, 2, 1), (2, 0, 1), (2, 1, 0), (1, 2, 0))
            ],
        ),
    ),
)
