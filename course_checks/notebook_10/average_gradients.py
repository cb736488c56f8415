"""Exercise 10.2 of notebook 10: the mean of the gradients over ranks, for every rank."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise
from course_checks.forms import in_forms

Gradients = list[list[Tensor]]


def average_gradients(gradients: Gradients) -> Gradients:
    """The right answer."""
    means = [torch.stack(list(tensors)).mean(dim=0) for tensors in zip(*gradients, strict=True)]
    return [[mean.clone() for mean in means] for _ in gradients]


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


def _sum(gradients: Gradients) -> Gradients:
    return [[mean * len(gradients) for mean in means] for means in average_gradients(gradients)]


def _only_first(gradients: Gradients) -> Gradients:
    return [average_gradients(gradients)[0], *gradients[1:]]


def _first_and_zeros(gradients: Gradients) -> Gradients:
    first, *others = average_gradients(gradients)
    return [first, *[[torch.zeros_like(tensor) for tensor in rank] for rank in others]]


def _of_first(gradients: Gradients) -> Gradients:
    return [[tensor.clone() for tensor in gradients[0]] for _ in gradients]


def _divided_by_parameters(gradients: Gradients) -> Gradients:
    count = len(gradients[0])
    return [[total / count for total in totals] for totals in _sum(gradients)]


def _over_parameters(gradients: Gradients) -> Gradients:
    return [[sum(rank) / len(rank)] * len(rank) for rank in gradients]  # type: ignore[list-item]


def _one_for_each_rank(gradients: Gradients) -> list[Tensor]:
    return [sum(rank) / len(rank) for rank in gradients]  # type: ignore[misc]


def _one_number(gradients: Gradients) -> Gradients:
    return [[mean.mean() for mean in means] for means in average_gradients(gradients)]


def _own_means(gradients: Gradients) -> Gradients:
    return [[tensor / len(gradients) for tensor in rank] for rank in gradients]


def _half_done(gradients: Gradients) -> Gradients:
    """Averages rank after rank, and takes what it has changed already for the next ones."""
    result = [list(rank) for rank in gradients]
    for rank in result:
        for i in range(len(rank)):
            rank[i] = torch.stack([other[i] for other in result]).mean(dim=0)
    return result


AVERAGE_GRADIENTS = Exercise(
    number="10.2",
    name="average_gradients",
    reference=average_gradients,
    cases=_ranks,
    mistakes=(
        *in_forms(
            "sum",
            "The gradients are added up over the ranks, as all_reduce does. How much longer than "
            "the big batch's gradient is that?",
            _sum,
        ),
        *in_forms(
            "only rank 0",
            "Rank 0 has the average and the others do not. What happens to the copies of the "
            "weights after the next step?",
            _only_first,
            _first_and_zeros,
        ),
        *in_forms(
            "the gradients of rank 0",
            "Every rank holds what rank 0 had. What was the work of the others for?",
            _of_first,
        ),
        *in_forms(
            "divided by the number of parameters",
            "The sums are right, but divided by the number of tensors that a rank has. Over what "
            "do you average?",
            _divided_by_parameters,
        ),
        *in_forms(
            "averaged over parameters",
            "You averaged within each rank, over its different parameters. Which tensors belong "
            "to the same parameter?",
            _over_parameters,
            _one_for_each_rank,
        ),
        *in_forms(
            "one number",
            "A whole tensor has become one number. Which shape must a gradient have, so that a "
            "step can use it?",
            _one_number,
        ),
        *in_forms(
            "divided, not added",
            "Each rank divided its own gradients and heard nothing of the others. Where do they "
            "come together?",
            _own_means,
        ),
        *in_forms(
            "averages of averages",
            "Rank 0 is right; the later ranks have averaged with averages. From which numbers "
            "must all ranks begin?",
            _half_done,
        ),
        *in_forms(
            "once",
            "The averages are right, but there is one list of them. How many ranks need one?",
            lambda gradients: average_gradients(gradients)[0],
        ),
    ),
)
