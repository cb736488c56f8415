"""Wrong answers to exercise 3.4 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, RandomSampler, Subset


def shuffled_loader_a(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Seeds globally with torch.manual_seed."""
    torch.manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)


def shuffled_loader_b(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Generator without shuffle=True: always in order."""
    g = torch.Generator()
    g.manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, generator=g)


def shuffled_loader_c(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Passes generator=torch.manual_seed(seed): that is the global generator."""
    return DataLoader(
        dataset, batch_size=batch_size, shuffle=True, generator=torch.manual_seed(seed)
    )


def shuffled_loader_d(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """One permutation for ever: the same order every epoch."""
    g = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=g).tolist()
    return DataLoader(Subset(dataset, order), batch_size=batch_size)


def shuffled_loader_e(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Ignores the seed."""
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)


def shuffled_loader_f(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Generator never seeded: every seed gives the same order."""
    g = torch.Generator()
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=g)


def shuffled_loader_g(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Passes the seed as generator; raises."""
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=seed)


def shuffled_loader_h(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Sets drop_last=True: samples get lost."""
    g = torch.Generator()
    g.manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, drop_last=True, generator=g)


def shuffled_loader_i(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Seeds random and NumPy globally, which DataLoader does not use."""
    random.seed(seed)
    np.random.seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)


def shuffled_loader_j(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Seed 42 from a tutorial instead of the argument."""
    g = torch.Generator()
    g.manual_seed(42)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=g)


def shuffled_loader_k(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Forgets batch_size."""
    g = torch.Generator()
    g.manual_seed(seed)
    return DataLoader(dataset, shuffle=True, generator=g)


def shuffled_loader_l(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Sampler with replacement: some samples twice, some never."""
    g = torch.Generator().manual_seed(seed)
    sampler = RandomSampler(dataset, replacement=True, generator=g)
    return DataLoader(dataset, batch_size=batch_size, sampler=sampler)


def shuffled_loader_m(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Returns a list of batches: no DataLoader, same order every epoch."""
    g = torch.Generator()
    g.manual_seed(seed)
    loader = DataLoader(dataset, batch_size, shuffle=True, generator=g)
    return list(loader)


my_generator = torch.Generator()


def shuffled_loader_n(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """One generator in the notebook, shared by all loaders."""
    my_generator.manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=my_generator)


def shuffled_loader_o(dataset: Any, batch_size: Any, seed: Any) -> Any:
    """Sampler and shuffle=True together; raises ValueError."""
    g = torch.Generator().manual_seed(seed)
    sampler = RandomSampler(dataset, generator=g)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, sampler=sampler)


def sampled_once(dataset: Any, batch_size: Any, seed: Any) -> Any:
    order: Any = random.Random(seed).sample(dataset, len(dataset))
    return DataLoader(order, batch_size=batch_size)


def generator(seed: Any) -> Any:
    return torch.Generator().manual_seed(seed)


WRONG: list[tuple[Any, str | None]] = [
    (shuffled_loader_a, "seeds the global generator"),
    (shuffled_loader_b, "not shuffled"),
    (shuffled_loader_c, "seeds the global generator"),
    (shuffled_loader_d, "same order every epoch"),
    (shuffled_loader_e, "no seed"),
    (shuffled_loader_f, "seed ignored"),
    (shuffled_loader_g, "not a generator"),
    (shuffled_loader_h, "drops the last batch"),
    (shuffled_loader_i, "seeds Python or NumPy"),
    (shuffled_loader_j, "seed ignored"),
    (shuffled_loader_k, "batch size ignored"),
    (shuffled_loader_l, "drawn with replacement"),
    (shuffled_loader_m, "list of batches"),
    (shuffled_loader_n, "one generator for all loaders"),
    (shuffled_loader_o, "sampler and shuffle"),
    (
        lambda data, size, seed: DataLoader(data, size, True, generator=torch.Generator),
        "not a generator",
    ),
    (sampled_once, "same order every epoch"),
    (lambda data, size, seed: DataLoader(data, size), "not shuffled"),
    (lambda data, size, seed: DataLoader(data, size, drop_last=True), None),
    (lambda data, size, seed: DataLoader(data, shuffle=True), None),
    (lambda data, size, seed: DataLoader(data, 2 * size, True, generator=generator(seed)), None),
    (lambda data, size, seed: iter(DataLoader(data, size, True, generator=generator(seed))), None),
]
