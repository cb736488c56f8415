"""What pictures are drawn from: refused by name where no picture can be made of it."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, KeysView, Mapping, Sequence, ValuesView
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from course_utils.arguments import (
    LARGEST_INT64,
    check_finite,
    check_numbers,
    check_tensor,
    check_text,
    shown,
)

T = TypeVar("T")


def table_of(name: str, value: Tensor, expected: str, axes: tuple[int, ...]) -> Tensor:
    """Real numbers, without a gradient and on the CPU: as many axes as one of `axes`, none empty.

    expected: the shape in words, for the error. Raises TypeError and ValueError.
    """
    check_tensor(name, value)
    check_numbers(name, value)
    if value.layout != torch.strided:
        raise TypeError(f"{name}: expected a dense tensor, got one of the layout {value.layout}")
    if value.is_complex():
        raise TypeError(f"{name}: expected real numbers, got {value.dtype}")
    if value.dim() not in axes or value.numel() == 0:
        raise ValueError(f"{name}: expected {expected}, got {list(value.shape)}")
    return value.detach().cpu()


def finite_table_of(name: str, value: Tensor, expected: str, axes: tuple[int, ...]) -> Tensor:
    """The same in float32, without nan and inf: numbers that set a scale, or are written out."""
    table = table_of(name, value, expected, axes).float()
    if not table.isfinite().all():
        raise ValueError(f"{name}: expected finite numbers in float32, got nan or inf among them")
    return table


def pixels_of(name: str, value: Tensor, expected: str, axes: tuple[int, ...]) -> Tensor:
    """Pictures in uint8 or float32, of bools too; raises TypeError for other whole numbers.

    Those would be drawn as if 1 were white, which is wrong for the usual 0 to 255.
    """
    pixels = table_of(name, value, expected, axes)
    if pixels.dtype == torch.uint8:
        return pixels
    if not pixels.is_floating_point() and pixels.dtype != torch.bool:
        raise TypeError(
            f"{name}: expected uint8 from 0 to 255 or floats from 0 to 1, got {pixels.dtype}"
        )
    return pixels.float()


def picture_of(name: str, value: Tensor) -> Tensor:
    """One picture [C, H, W], grey or coloured, from that or [H, W]; raises as `pixels_of`."""
    expected = "[C, H, W] with C 1 or 3, or [H, W]"
    pixels = pixels_of(name, value, expected, (2, 3))
    picture = pixels.unsqueeze(0) if pixels.dim() == 2 else pixels
    if picture.shape[0] not in (1, 3):
        raise ValueError(f"{name}: expected {expected}, got {list(pixels.shape)}")
    return picture


def listed(name: str, value: Any, what: str) -> list[Any]:
    """A list, an array, or whatever has a length and an order, as a list; raises TypeError.

    A text is no list of its letters here, and a mapping none of its names.
    """
    if isinstance(value, Tensor):
        check_numbers(name, value)
    ordered = isinstance(value, Sequence | KeysView | ValuesView | ItemsView | Tensor | np.ndarray)
    if not ordered or isinstance(value, str | bytes) or getattr(value, "ndim", 1) == 0:
        raise TypeError(f"{name}: expected a list of {what}, got {shown(value)}")
    values: list[Any] = value.tolist() if getattr(value, "ndim", 0) == 1 else list(value)
    return values


def several(name: str, value: object, what: str, most: int) -> list[Any]:
    """A sequence of 1 to `most`, as a list; raises TypeError and ValueError.

    most: as many as can be told apart in a picture.
    """
    values = listed(name, value, what)
    if not values:
        raise ValueError(f"{name}: expected at least one, got none")
    check_count(name, len(values), what, most)
    return values


def each(
    name: str, value: object, what: str, most: int, one_of: Callable[[str, Any], T]
) -> list[T]:
    """What `one_of` makes of each of 1 to `most`, called with the element's name; raises as it."""
    values = several(name, value, what, most)
    return [one_of(f"{name}[{place}]", one) for place, one in enumerate(values)]


def check_record(name: str, value: object, kind: type) -> None:
    """Raise TypeError for what is none of `kind`, a class of `course_utils.figures`."""
    if not isinstance(value, kind):
        raise TypeError(
            f"{name}: expected a course_utils.figures.{kind.__name__}, got {shown(value)}"
        )


def entries(name: str, value: object, what: str, most: int) -> dict[str, Any]:
    """A mapping from 1 to `most` names, as a dict; raises TypeError and ValueError."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected {what} by their names, got {shown(value)}")
    for key in value:
        check_text(f"{name}, the name {shown(key)}", key)
    if not value:
        raise ValueError(f"{name}: expected at least one, got none")
    check_count(name, len(value), what, most)
    return dict(value)


def check_count(name: str, count: int, what: str, most: int) -> None:
    """Raise ValueError for more than can be told apart in a picture."""
    if count > most:
        raise ValueError(f"{name}: expected at most {most:,} {what}, got {count:,}")


def texts(name: str, value: object, count: int) -> list[str]:
    """`count` texts; raises TypeError and ValueError."""
    values = listed(name, value, "texts")
    if len(values) != count:
        expected = "1 text" if count == 1 else f"{count} texts"
        raise ValueError(f"{name}: expected {expected}, got {len(values)}")
    for place, text in enumerate(values):
        check_text(f"{name}[{place}]", text)
    return values


def item_of(value: Any) -> Any:
    """The number in a tensor of one, as a loop without `.item()` leaves it; or the value itself."""
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_meta:
        return value.item()
    return value


def check_description(description: object) -> None:
    """Raise TypeError for what is neither left out nor a text, ValueError for one without words."""
    if description is None:
        return
    check_text("description", description)
    if not str(description).strip():
        raise ValueError("description: expected words, for who cannot see the picture, got none")


def positive(name: str, value: object) -> float:
    """A number above 0 that an axis can hold; raises TypeError and ValueError."""
    number = check_finite(name, item_of(value))
    if not 0 < number <= LARGEST_INT64:
        raise ValueError(f"{name}: expected a number above 0, up to 2**63, got {shown(value)}")
    return number


def bytes_of(name: str, value: Any) -> int:
    """A number of bytes, as an int; raises TypeError and ValueError for less than one."""
    nbytes = item_of(value)
    if positive(name, nbytes) < 1:
        raise ValueError(f"{name}: expected at least 1, got {shown(value)}")
    return int(nbytes)
