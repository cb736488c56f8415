"""Exercise 8.1: the memory that tensors hold, views among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult

Tensors = list[Tensor]


def _tensor_lists(generator: Generator) -> Iterator[tuple[Tensors]]:
    yield ([torch.arange(3.0)],)
    yield ([torch.arange(3)],)
    yield ([torch.tensor([True, False])],)
    both = torch.arange(6.0)
    yield ([both, both.reshape(2, 3)],)
    yield ([torch.arange(8.0)[:2]],)
    yield ([torch.zeros(1, 3).expand(2, 3)],)
    row = torch.arange(4, dtype=torch.int16)
    yield ([row, torch.arange(4, dtype=torch.int16), torch.arange(3.0)],)
    yield ([],)
    yield ([torch.zeros(0, 5)],)
    yield ([torch.tensor(1.0, dtype=torch.float64)],)
    for _ in range(4):
        rows, columns = (
            int(torch.randint(low, high, (1,), generator=generator))
            for low, high in ((3, 9), (10, 20))
        )
        images = torch.rand(rows, columns, generator=generator)
        small = images.to(torch.bfloat16)
        yield ([images, small.t(), small, small[1:], images.flatten()],)


def _tensor_bytes(tensors: Tensors) -> int:
    storages = [tensor.untyped_storage() for tensor in tensors]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def _over(number: Callable[[Tensor], int]) -> Callable[[Tensors], int]:
    """Adds `number` of each tensor, views or not."""
    return lambda tensors: sum(number(tensor) for tensor in tensors)


def _own(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _once(number: Callable[[Tensor], int]) -> Callable[[Tensors], int]:
    """Adds `number` of the first tensor on each storage."""

    def count(tensors: Tensors) -> int:
        found: dict[int, int] = {}
        for tensor in tensors:
            found.setdefault(tensor.untyped_storage().data_ptr(), number(tensor))
        return sum(found.values())

    return count


_DTYPE = (
    "Every number was counted as 4 bytes. Does a bool take as much as a float32, and an int64 as "
    "little?"
)
_TWICE = (
    "Two tensors that share their memory were both counted. How can you tell from their storages "
    "that they are one?"
)
_SLICE = (
    "A view was counted by the numbers that it shows. Which memory must stay for as long as the "
    "view is in use?"
)

TENSOR_BYTES = Exercise(
    number="8.1",
    name="tensor_bytes",
    reference=_tensor_bytes,
    cases=_tensor_lists,
    mistakes=(
        Mistake(
            "bits",
            lambda tensors: 8 * _tensor_bytes(tensors),
            "That is eight times too much. What is the difference between a float32 and 32 bytes?",
        ),
        Mistake(
            "numbers instead of bytes",
            _over(lambda tensor: tensor.numel()),
            "You counted numbers. How many bytes does each of them take, and who knows that?",
        ),
        Mistake("forgets the dtype", _over(lambda tensor: 4 * tensor.numel()), _DTYPE),
        Mistake("forgets the dtype", _once(lambda tensor: 4 * tensor.numel()), _DTYPE),
        Mistake("counts a view twice", _over(_own), _TWICE),
        Mistake(
            "counts a view twice",
            _over(lambda tensor: tensor.untyped_storage().nbytes()),
            _TWICE,
        ),
        Mistake("counts what a view shows", _once(_own), _SLICE),
        Mistake(
            "views told apart by their first number",
            lambda tensors: sum(
                {one.data_ptr(): one.untyped_storage().nbytes() for one in tensors}.values()
            ),
            "A view that begins later than its tensor was counted anew. Whose address must be the "
            "same, the first number's or the storage's?",
        ),
        Mistake(
            "first tensor only",
            lambda tensors: _tensor_bytes(tensors[:1]),
            "The first tensor is right. What happens to the others in the list?",
        ),
        Mistake(
            "last tensor only",
            lambda tensors: _tensor_bytes(tensors[-1:]),
            "The last tensor is right. Is your sum kept when the loop comes to the next one?",
        ),
        Mistake(
            "equal sizes taken for one storage",
            lambda tensors: sum({tensor.untyped_storage().nbytes() for tensor in tensors}),
            "Two tensors of the same size were counted as one. Do they lie in the same place?",
        ),
    ),
)


def check_tensor_bytes(answer: object) -> CheckResult:
    """Check exercise 8.1: `tensor_bytes(tensors)`, a list of tensors, returns an int."""
    return TENSOR_BYTES.check(answer)
