"""The exercises of notebook 10: shares of the samples, gradients over ranks, larger worlds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from course_checks.declared import Edit, instead, replaced
from course_checks.engine import Exercise, Mistake

# 10.1


def _sizes(generator: Generator) -> Iterator[tuple[int, int]]:
    yield from ((5, 2), (4, 2), (7, 3), (8, 1), (10, 4))
    for _ in range(3):
        num_samples = int(torch.randint(30, 90, (1,), generator=generator))
        yield num_samples, int(torch.randint(2, 9, (1,), generator=generator))
    yield from ((2, 5), (1, 3))


def _of_all_ranks(answer: Any, num_samples: int, world_size: int) -> dict[str, Any]:
    """The shards side by side, so that an overlap or a gap can be seen."""
    shards = {}
    for rank in range(world_size):
        shard = answer(num_samples, rank, world_size)
        if isinstance(shard, range):
            shard = list(shard)
        elif isinstance(shard, Tensor | np.ndarray) and shard.ndim == 1:
            shard = shard.tolist()
        shards[f"rank {rank}"] = shard
    return shards


def _rest_to_last(num_samples: int, rank: int, world_size: int) -> list[int]:
    length = num_samples // world_size
    end = num_samples if rank == world_size - 1 else (rank + 1) * length
    return list(range(rank * length, end))


def _filled_with(fill: str) -> Edit:
    """Dealt out once, and then as many of `fill` as the rank's list lacks."""
    return instead(
        "own = list(range(rank, num_samples, world_size))",
        "missing = -(-num_samples // world_size) - len(own)",
        f"return own + [{fill}] * missing",
    )


_BLOCKS = replaced("rank + t * world_size", "rank * rounds + t")
_ROUNDED_DOWN = replaced("-(-num_samples // world_size)", "num_samples // world_size")
_NEXT_TO_EACH_OTHER = replaced("t * world_size", "t")
_NO_REMAINDER = replaced(" % num_samples", "")

SHARD_INDICES = Exercise(
    number="10.1",
    name="shard_indices",
    solution='''\
def shard_indices(num_samples, rank, world_size):
    """Three ints -> a list of ints, each from 0 to num_samples - 1."""
    rounds = -(-num_samples // world_size)  # rounded up
    return [(rank + t * world_size) % num_samples for t in range(rounds)]
''',
    cases=_sizes,
    observe=_of_all_ranks,
    mistakes=(
        Mistake(
            "cut into blocks",
            _BLOCKS,
            "Each rank got a stretch of neighbours. Which sample does rank 0 get second, if the "
            "deck is dealt out like cards?",
        ),
        Mistake(
            "unequal lengths",
            (
                lambda n, rank, world: list(range(rank, n, world)),
                lambda n, rank, world: list(range(n))[rank * -(-n // world) :][: -(-n // world)],
                _rest_to_last,
            ),
            "The ranks get different numbers of samples. What does a rank do in all_reduce when "
            "the others have no batch left?",
        ),
        Mistake(
            "drops the rest",
            (_ROUNDED_DOWN, _ROUNDED_DOWN + _BLOCKS),
            "All lists are equally long, but some samples are in none of them. Who trains on the "
            "last ones?",
        ),
        Mistake(
            "overlap",
            (
                _NEXT_TO_EACH_OTHER,
                _NEXT_TO_EACH_OTHER + _NO_REMAINDER,
                lambda n, rank, world: list(range(rank, n)),
            ),
            "Samples are in several lists although others could have filled the places. How far "
            "apart must a rank's samples lie, so that each other rank finds its own between them?",
        ),
        Mistake(
            "the whole set for everyone",
            lambda n, rank, world: list(range(n)),
            "Every rank gets all samples. How much sooner would an epoch end then?",
        ),
        Mistake(
            "rank ignored",
            (replaced("rank + ", ""), lambda n, rank, world: list(range(-(-n // world)))),
            "All ranks get the same list. Which argument tells them apart?",
        ),
        Mistake(
            "beyond the end",
            (_NO_REMAINDER, _NO_REMAINDER + _BLOCKS),
            "Some indices are not below num_samples. Which sample comes after the last one?",
        ),
        Mistake(
            "one lap",
            instead(
                "deck = list(range(num_samples))",
                "return (deck + deck[: -num_samples % world_size])[rank::world_size]",
            ),
            "Right as long as the samples outnumber the places left over. With 2 samples and 5 "
            "ranks, what follows when the deck has been dealt a second time?",
        ),
        Mistake(
            "one round too many",
            _ROUNDED_DOWN + replaced("// world_size", "// world_size + 1"),
            "Where the samples share out evenly, every rank has one more than it needs. How many "
            "rounds are there then?",
        ),
        Mistake(
            "filled with its own",
            (_filled_with("own[-1]"), _filled_with("own[0]")),
            "The places left over are filled with a sample that the rank has already. Where does "
            "the dealing go on after the last sample?",
        ),
        Mistake(
            "filled with the first of all",
            _filled_with("0"),
            "Every place left over is filled with sample 0. Which ones come when several places "
            "are left over?",
        ),
        Mistake(
            "filled with no sample",
            _filled_with("-1"),
            "The places left over hold something that is no index from 0 on. What would the "
            "data set return for it?",
        ),
        Mistake(
            "ranks counted from 1",
            (replaced("rank + ", "rank + 1 + "), replaced("rank + ", "rank - 1 + ")),
            "Every list is that of the rank after it. What is the number of the first rank?",
        ),
    ),
)

# 10.2

Gradients = list[list[Tensor]]


def _ranks(generator: Generator) -> Iterator[tuple[Gradients]]:
    yield ([[torch.tensor([1.0, 2.0])], [torch.tensor([3.0, 8.0])]],)
    for world_size, shapes in (
        (2, [(2, 3), (2,), (4,)]),
        (3, [(4, 1, 3, 3), (4,)]),
        (4, [(5,), (2, 5), (3,)]),
        (5, [(1,), ()]),
        (1, [(2, 2), (3,)]),
    ):
        yield (
            [
                [torch.randn(shape, generator=generator) for shape in shapes]
                for _ in range(world_size)
            ],
        )


def _half_done(gradients: Gradients) -> Gradients:
    """Averages rank after rank, and takes what it has changed already for the next ones."""
    result = [list(rank) for rank in gradients]
    for rank in result:
        for i in range(len(rank)):
            rank[i] = torch.stack([other[i] for other in result]).mean(dim=0)
    return result


def _returning(result: str) -> Edit:
    return replaced("[[mean.clone() for mean in means] for _ in range(world_size)]", result)


AVERAGE_GRADIENTS = Exercise(
    number="10.2",
    name="average_gradients",
    solution='''\
def average_gradients(gradients):
    """For each rank a list of tensors -> for each rank a list of their means over ranks."""
    world_size = len(gradients)
    means = [sum(tensors) / world_size for tensors in zip(*gradients)]
    return [[mean.clone() for mean in means] for _ in range(world_size)]
''',
    cases=_ranks,
    mistakes=(
        Mistake(
            "sum",
            replaced(" / world_size", ""),
            "The gradients are added up over the ranks, as all_reduce does. How much longer than "
            "the big batch's gradient is that?",
        ),
        Mistake(
            "only rank 0",
            (
                _returning("[means, *gradients[1:]]"),
                _returning("[means, *([mean * 0 for mean in means] for _ in gradients[1:])]"),
            ),
            "Rank 0 has the average and the others do not. What happens to the copies of the "
            "weights after the next step?",
        ),
        Mistake(
            "the gradients of rank 0",
            _returning("[gradients[0]] * world_size"),
            "Every rank holds what rank 0 had. What was the work of the others for?",
        ),
        Mistake(
            "divided by the number of parameters",
            replaced("/ world_size", "/ len(gradients[0])"),
            "The sums are right, but divided by the number of tensors that a rank has. Over what "
            "do you average?",
        ),
        Mistake(
            "averaged over parameters",
            (
                _returning("[[sum(rank) / len(rank)] * len(rank) for rank in gradients]"),
                _returning("[sum(rank) / len(rank) for rank in gradients]"),
            ),
            "You averaged within each rank, over its different parameters. Which tensors belong "
            "to the same parameter?",
        ),
        Mistake(
            "one number",
            replaced("mean.clone()", "mean.mean()"),
            "A whole tensor has become one number. Which shape must a gradient have, so that a "
            "step can use it?",
        ),
        Mistake(
            "divided, not added",
            _returning("[[tensor / world_size for tensor in rank] for rank in gradients]"),
            "Each rank divided its own gradients and heard nothing of the others. Where do they "
            "come together?",
        ),
        Mistake(
            "averages of averages",
            _half_done,
            "Rank 0 is right; the later ranks have averaged with averages. From which numbers "
            "must all ranks begin?",
        ),
        Mistake(
            "once",
            _returning("means"),
            "The averages are right, but there is one list of them. How many ranks need one?",
        ),
    ),
)

# 10.3


def _worlds(generator: Generator) -> Iterator[tuple[int, int, float, int]]:
    yield from ((10, 2, 0.1, 2), (100, 5, 0.1, 3), (96, 8, 0.05, 4), (50, 7, 0.3, 1))
    for _ in range(3):
        num_samples = int(torch.randint(1_000, 9_000, (1,), generator=generator))
        batch_size = int(torch.randint(5, 60, (1,), generator=generator))
        yield num_samples, batch_size, 0.02, int(torch.randint(2, 9, (1,), generator=generator))
    yield from ((60_000, 64, 0.01, 8), (20, 16, 0.1, 4))
    yield from ((9, 2, 0.1, 2), (13, 3, 0.1, 4))  # less than world_size left over


def _steps(steps: str) -> Edit:
    return replaced("-(-num_samples // global_batch)", steps)


def _rate(rate: str) -> Edit:
    return replaced("learning_rate * world_size", rate)


_PER_PROCESS = replaced("batch_size * world_size", "batch_size")
_SHARED_OUT = replaced("batch_size * world_size", "batch_size // world_size")
_STEPS_ALONE = _steps("-(-num_samples // batch_size)")
_SAME_RATE = _rate("learning_rate")

SCALE_OUT = Exercise(
    number="10.3",
    name="scale_out",
    solution='''\
def scale_out(num_samples, batch_size, learning_rate, world_size):
    """(10, 2, 0.1, 2) -> (4, 3, 0.2): global batch, steps, learning rate."""
    global_batch = batch_size * world_size
    steps = -(-num_samples // global_batch)  # rounded up
    return global_batch, steps, learning_rate * world_size
''',
    cases=_worlds,
    mistakes=(
        Mistake(
            "batch of one process",
            (
                _PER_PROCESS,
                _PER_PROCESS + _SAME_RATE,
                replaced("return global_batch", "return batch_size"),
            ),
            "The first number is what one process sees in a step. How many samples do all of them "
            "see together?",
        ),
        Mistake(
            "batch shared out",
            (
                _SHARED_OUT,
                _SHARED_OUT + _STEPS_ALONE,
                _SHARED_OUT + _STEPS_ALONE + _SAME_RATE,
            ),
            "You divided batch_size by the processes. Is it the whole batch here, or already the "
            "part of one process?",
        ),
        Mistake(
            "steps of one process",
            (_STEPS_ALONE, _STEPS_ALONE + _SAME_RATE, _steps("num_samples // batch_size")),
            "These are the steps that one process alone would need. How many samples does a step "
            "use up now?",
        ),
        Mistake(
            "steps of all ranks",
            _steps("-(-num_samples // global_batch) * world_size"),
            "You counted the step of each rank. When all ranks step together, how many steps has "
            "the model made?",
        ),
        Mistake(
            "floor",
            _steps("num_samples // global_batch"),
            "Samples are left over after the last full global batch. Which step trains on them?",
        ),
        Mistake(
            "rounds to the nearest",
            _steps("round(num_samples / global_batch)"),
            "The steps were rounded to the nearest. Does a short last batch get a step or not?",
        ),
        Mistake(
            "one step too many",
            _steps("num_samples // global_batch + 1"),
            "One step is always added. Is there a short batch when the division leaves nothing "
            "over?",
        ),
        Mistake(
            "fraction of a step",
            _steps("num_samples / global_batch"),
            "`/` gives fractions of a step. How many whole steps does an epoch have?",
        ),
        Mistake(
            "learning rate unchanged",
            (_SAME_RATE, _SAME_RATE + _steps("num_samples // global_batch")),
            "The learning rate has stayed as it was. What did notebook 09 do with it when the "
            "batch grew?",
        ),
        Mistake(
            "learning rate made smaller",
            _rate("learning_rate / world_size"),
            "The learning rate has shrunk. There are fewer steps now: should each go less far, "
            "or farther?",
        ),
        Mistake(
            "square root",
            _rate("learning_rate * math.sqrt(world_size)"),
            "You took the square root, a rule that some use with Adam. Which rule does the task "
            "ask for?",
        ),
        Mistake(
            "learning rate times the batch",
            _rate("learning_rate * global_batch"),
            "The learning rate was multiplied by a number of samples. By what factor has the "
            "batch grown?",
        ),
        Mistake(
            "order",
            tuple(
                replaced("global_batch, steps, learning_rate * world_size", ", ".join(order))
                for order in permutations(["global_batch", "steps", "learning_rate * world_size"])
            )[1:],  # the first order is the right one
            "The numbers look right, in another order. Which one is asked for first?",
        ),
    ),
)
