"""The exercises of notebook 03; 3.2 and 3.3 are described in two files beside this one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Generator
from torch.utils.data import DataLoader

from course_utils.exercises.engine import Exercise, Mistake
from course_utils.exercises.notebook_03_collate import PAD_COLLATE
from course_utils.exercises.notebook_03_dataset import PICTURE_DATASET
from course_utils.exercises.result import CheckResult


def _counts(generator: Generator) -> Iterator[tuple[int, int, bool]]:
    yield from ((5, 2, False), (5, 2, True), (6, 2, False), (6, 2, True))
    for _ in range(4):
        samples = int(torch.randint(50, 5_000, (1,), generator=generator))
        batch_size = int(torch.randint(2, 40, (1,), generator=generator))
        yield samples, batch_size, False
        yield samples, batch_size, True
    yield from ((10_000, 32, False), (7, 1, False), (3, 8, False), (3, 8, True), (0, 4, False))


def _count_batches(samples: int, batch_size: int, drop_last: bool) -> tuple[int, int]:
    full, rest = divmod(samples, batch_size)
    if rest and not drop_last:
        return full + 1, rest
    return full, batch_size if full else 0


def _floor(samples: int, batch_size: int, drop_last: bool) -> tuple[int, int]:
    return samples // batch_size, _count_batches(samples, batch_size, drop_last)[1]


def _last_is_remainder(samples: int, batch_size: int, drop_last: bool) -> tuple[int, int]:
    number, last = _count_batches(samples, batch_size, drop_last)
    return number, last if drop_last else samples % batch_size


def _one_too_many(samples: int, batch_size: int, drop_last: bool) -> tuple[int, int]:
    number, last = _count_batches(samples, batch_size, drop_last)
    return number if drop_last else samples // batch_size + 1, last


COUNT_BATCHES = Exercise(
    number="3.1",
    name="count_batches",
    reference=_count_batches,
    cases=_counts,
    mistakes=(
        Mistake(
            "floor",
            _floor,
            "The number is rounded down although a short batch follows the full ones. "
            "Where do the samples left over go when nothing is dropped?",
        ),
        Mistake(
            "floor, and the remainder as last",
            lambda samples, batch_size, drop_last: (samples // batch_size, samples % batch_size),
            "Full batches are counted and the remainder is called the last batch. "
            "When is the remainder a batch of its own, and when is there none?",
        ),
        Mistake(
            "ignores drop_last",
            lambda samples, batch_size, drop_last: _count_batches(samples, batch_size, False),
            "The short batch is counted whatever drop_last says. Which batches are left when it "
            "is True?",
        ),
        Mistake(
            "always drops",
            lambda samples, batch_size, drop_last: _count_batches(samples, batch_size, True),
            "Only full batches are counted whatever drop_last says. What happens to the rest when "
            "it is False?",
        ),
        Mistake(
            "last batch 0",
            _last_is_remainder,
            "A batch of 0 samples is never made. How long is the last batch when the division "
            "leaves nothing over?",
        ),
        Mistake(
            "one too many",
            _one_too_many,
            "One batch is always added. Is there a short batch when the division leaves nothing "
            "over?",
        ),
        Mistake(
            "last is the remainder of what was dropped",
            lambda samples, batch_size, drop_last: (
                _count_batches(samples, batch_size, drop_last)[0],
                samples % batch_size or batch_size,
            ),
            "With drop_last the short batch is gone, so it cannot be the last one. "
            "Which batch is the last one then?",
        ),
        Mistake(
            "the two swapped",
            lambda samples, batch_size, drop_last: _count_batches(samples, batch_size, drop_last)[
                ::-1
            ],
            "The two numbers look swapped. Which one is asked for first?",
        ),
    ),
)

# A right loader repeats an order of five samples by chance once in 120 epochs; six epochs alike by
# chance are once in 10**10.
_EPOCHS = 6


def _lists(generator: Generator) -> Iterator[tuple[list[int], int, int]]:
    for samples, batch_size in ((5, 2), (12, 4), (100, 32), (6, 1), (8, 8)):
        seed = int(torch.randint(0, 1_000, (1,), generator=generator))
        yield list(range(10, 10 + samples)), batch_size, seed


def _shuffled_loader(dataset: list[int], batch_size: int, seed: int) -> DataLoader[Any]:
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=generator)  # type: ignore[arg-type]


def _global_seed(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    torch.manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)


def _one_order(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    return DataLoader(dataset, batch_size=batch_size, sampler=order)


def _drops_last(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(dataset, batch_size, shuffle=True, generator=generator, drop_last=True)


def _set_global_seeds(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _global_states() -> tuple[Any, ...]:
    numpy_state: Any = np.random.get_state()
    return random.getstate(), numpy_state[1].tobytes(), torch.get_rng_state().numpy().tobytes()


def _states_after(answer: Any, arguments: tuple[Any, ...], before: int) -> tuple[Any, ...]:
    _set_global_seeds(before)
    answer(*arguments)
    return _global_states()


def _epochs(loader: Any) -> list[list[list[int]]]:
    return [[batch.tolist() for batch in loader] for _ in range(_EPOCHS)]


def _watch_loader(answer: Any, dataset: list[int], batch_size: int, seed: int) -> str:
    """What is wrong with the loader, in words; the order itself may be any."""
    arguments = (dataset, batch_size, seed)
    # An answer that seeds a global generator ends in one state wherever it started.
    states = [_states_after(answer, arguments, before) for before in (101, 202)]
    seeded = any(one == other for one, other in zip(*states, strict=True))
    # Both are made before either is used, as the loaders of a training and a test set are.
    loader, again = answer(*arguments), answer(*arguments)
    if not isinstance(loader, DataLoader):
        return f"a {type(loader).__name__} came back, not a DataLoader"
    epochs = _epochs(loader)
    orders = [[sample for batch in epoch for sample in batch] for epoch in epochs]
    sizes = [len(batch) for batch in epochs[0]]
    problems = []
    if sizes != [len(dataset[i : i + batch_size]) for i in range(0, len(dataset), batch_size)]:
        problems.append(f"batches of {sizes[:4]}")
    elif any(sorted(order) != dataset for order in orders):
        problems.append("some samples are missing or come twice")
    if all(order == sorted(order) for order in orders):
        problems.append("the order is not shuffled")
    else:
        if all(order == orders[0] for order in orders):
            problems.append("every epoch has the same order")
        if _epochs(again) != epochs:
            problems.append("two loaders with this seed differ")
        if _epochs(answer(dataset, batch_size, seed + 1)) == epochs:
            problems.append(f"seed {seed + 1} gives the same order")
    if seeded:
        problems.append("a global generator was seeded")
    return "; ".join(problems) or "as asked"


SHUFFLED_LOADER = Exercise(
    number="3.4",
    name="shuffled_loader",
    reference=_shuffled_loader,
    cases=_lists,
    observe=_watch_loader,
    mistakes=(
        Mistake(
            "seeds the global generator",
            _global_seed,
            "Everyone who draws random numbers in this process shares the seed you set, and moves "
            "your order on. Which argument of DataLoader gives it random numbers of its own?",
        ),
        Mistake(
            "same order every epoch",
            _one_order,
            "The order was drawn once, when the loader was made. Who should draw it, and when, to "
            "make each epoch different?",
        ),
        Mistake(
            "no seed",
            lambda dataset, batch_size, seed: DataLoader(dataset, batch_size, shuffle=True),
            "Nothing depends on the seed: two loaders made alike go their own ways. Where do the "
            "random numbers of the shuffling come from?",
        ),
        Mistake(
            "seed ignored",
            lambda dataset, batch_size, seed: _shuffled_loader(dataset, batch_size, 0),
            "Two different seeds give one and the same order. Where does the argument seed go in?",
        ),
        Mistake(
            "not shuffled",
            lambda dataset, batch_size, seed: DataLoader(
                dataset, batch_size, generator=torch.Generator().manual_seed(seed)
            ),
            "A generator alone shuffles nothing. Which argument asks for a random order?",
        ),
        Mistake(
            "drops the last batch",
            _drops_last,
            "The short last batch is missing. Did the task ask for that?",
        ),
        Mistake(
            "batch size ignored",
            lambda dataset, batch_size, seed: _shuffled_loader(dataset, 1, seed),
            "The batches hold one sample each. Which batch size does a DataLoader take when you "
            "name none?",
        ),
    ),
)


def check_count_batches(answer: object) -> CheckResult:
    """Check exercise 3.1: `count_batches(samples, batch_size, drop_last)`, a pair of ints."""
    return COUNT_BATCHES.check(answer)


def check_picture_dataset(answer: object) -> CheckResult:
    """Check exercise 3.2: the class `PictureDataset(images, labels)` with `__getitems__`."""
    return PICTURE_DATASET.check(answer)


def check_pad_collate(answer: object) -> CheckResult:
    """Check exercise 3.3: `pad_collate(samples)`: images [B, C, H, W], sizes [B, 2], labels [B]."""
    return PAD_COLLATE.check(answer)


def check_shuffled_loader(answer: object) -> CheckResult:
    """Check exercise 3.4: `shuffled_loader(dataset, batch_size, seed)` -> a DataLoader."""
    return SHUFFLED_LOADER.check(answer)


EXERCISES = (COUNT_BATCHES, PICTURE_DATASET, PAD_COLLATE, SHUFFLED_LOADER)
