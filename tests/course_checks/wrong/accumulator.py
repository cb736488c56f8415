"""Wrong answers to exercise 5.6 as students write them."""

from __future__ import annotations

from typing import Any


class _Start:
    """What the wrong ones share with the right one."""

    def __init__(self, n: int) -> None:
        self.data: list[Any] = [0.0] * n

    def add(self, *values: Any) -> None:
        self.data = [a + float(b) for a, b in zip(self.data, values, strict=True)]

    def reset(self) -> None:
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> Any:
        return self.data[index]


class _Replaces(_Start):
    def add(self, *values: Any) -> None:
        for i, value in enumerate(values):
            self.data[i] = float(value)


class _NoFloat(_Start):
    def add(self, *values: Any) -> None:
        for i in range(len(self.data)):
            self.data[i] = self.data[i] + values[i]


class _NoStar(_Start):
    def add(self, values: Any) -> None:
        self.data = [a + b for a, b in zip(self.data, values, strict=True)]


# As in a notebook, where the class has the name that was asked for.
_NoStar.add.__qualname__ = "Accumulator.add"


class _ClearsTheList(_Start):
    def reset(self) -> None:
        self.data.clear()


class _PlusBetweenLists(_Start):
    def add(self, *values: Any) -> None:
        self.data = self.data + [float(value) for value in values]


class _OneTotal(_Start):
    def add(self, *values: Any) -> None:
        for value in values:
            self.data = [one + float(value) for one in self.data]


class _NoReturn(_Start):
    def __getitem__(self, index: int) -> Any:
        self.data[index]


class _StartsAtOne(_Start):
    def __init__(self, n: int) -> None:
        self.data = [1.0] * n


WRONG: list[tuple[Any, str | None]] = [
    (_Replaces, "overwrites"),
    (_NoFloat, "keeps tensors"),
    (_NoStar, "takes one list"),
    (_ClearsTheList, "empty after reset"),
    (_PlusBetweenLists, "appends"),
    (_OneTotal, "adds everything to every sum"),
    (_NoReturn, None),
    (_StartsAtOne, None),
]
