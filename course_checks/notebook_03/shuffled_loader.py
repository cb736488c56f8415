"""Exercise 3.4 of notebook 03: an order that can be repeated."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Generator
from torch.utils.data import DataLoader, RandomSampler

from course_checks.engine import Exercise, Mistake
from course_checks.result import CheckResult

# A right loader repeats an order of seven samples by chance once in 5,040 epochs; four epochs alike
# by chance are once in 10**11.
_EPOCHS = 4


def _lists(generator: Generator) -> Iterator[tuple[list[int], int, int]]:
    for samples, batch_size in ((7, 2), (12, 4), (50, 16), (7, 1), (8, 8)):
        seed = int(torch.randint(0, 1_000, (1,), generator=generator))
        yield list(range(10, 10 + samples)), batch_size, seed


def _seeded(seed: int) -> Generator:
    return torch.Generator().manual_seed(seed)


def _shuffled_loader(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=_seeded(seed))


def _global_seed(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    torch.manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)


def _other_global_seeds(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    random.seed(seed)
    np.random.seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)


class _SharedGenerator:
    """Like a generator made once in the notebook, and seeded anew for each loader."""

    def __init__(self) -> None:
        self.generator = torch.Generator()

    def __call__(self, dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
        generator = self.generator.manual_seed(seed)
        return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=generator)


def _one_order(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    order = torch.randperm(len(dataset), generator=_seeded(seed)).tolist()
    return DataLoader(dataset, batch_size=batch_size, sampler=order)


def _drops_last(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    return DataLoader(dataset, batch_size, shuffle=True, generator=_seeded(seed), drop_last=True)


def _with_replacement(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    sampler = RandomSampler(dataset, replacement=True, generator=_seeded(seed))
    return DataLoader(dataset, batch_size, sampler=sampler)


def _sampler_and_shuffle(dataset: Any, batch_size: int, seed: int) -> DataLoader[Any]:
    return DataLoader(dataset, batch_size, shuffle=True, sampler=RandomSampler(dataset))


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
            alone = [_epochs(answer(*arguments)) for _ in range(2)]
            disturbed = "disturb each other" if alone[0] == alone[1] else "differ"
            problems.append(f"two loaders with this seed {disturbed}")
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
            "seeds Python or NumPy",
            _other_global_seeds,
            "You seeded a global generator that DataLoader does not even use. Where do the random "
            "numbers of its shuffling come from?",
        ),
        Mistake(
            "one generator for all loaders",
            _SharedGenerator(),
            "All your loaders share one generator, so using one moves the order of the others on. "
            "When should a generator be made, and for whom?",
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
            "not a generator",
            lambda dataset, batch_size, seed: DataLoader(
                dataset,
                batch_size,
                shuffle=True,
                generator=seed,
            ),
            "What you passed as `generator` cannot draw random numbers. What did this notebook "
            "make of a seed before passing it on?",
        ),
        Mistake(
            "not shuffled",
            lambda dataset, batch_size, seed: DataLoader(dataset, batch_size),
            "Every epoch has the order in which the samples are stored; a generator alone shuffles "
            "nothing. Which argument asks for a random order?",
        ),
        Mistake(
            "sampler and shuffle",
            _sampler_and_shuffle,
            "A sampler sets the order, and so does `shuffle`: a DataLoader takes one of the two. "
            "Which one do you want to keep?",
        ),
        Mistake(
            "drawn with replacement",
            _with_replacement,
            "In one epoch some samples come twice and others never. Does your order put a number "
            "back after drawing it?",
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
        Mistake(
            "list of batches",
            lambda dataset, batch_size, seed: list(_shuffled_loader(dataset, batch_size, seed)),
            "You went through one epoch and kept its batches in a list, so every later epoch is "
            "the same. Which object makes a new epoch each time?",
        ),
    ),
)


def check_shuffled_loader(answer: object) -> CheckResult:
    """Check exercise 3.4: `shuffled_loader(dataset, batch_size, seed)` -> a DataLoader."""
    return SHUFFLED_LOADER.check(answer)
