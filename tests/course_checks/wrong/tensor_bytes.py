"""Wrong answers to exercise 8.1 as students write them."""

from __future__ import annotations

from typing import Any


def _bits(tensors):  # type: ignore[no-untyped-def]
    places = {one.untyped_storage().data_ptr(): one.untyped_storage() for one in tensors}
    return sum(storage.nbytes() * 8 for storage in places.values())


def _float32_everywhere(tensors):  # type: ignore[no-untyped-def]
    total = 0
    for tensor in tensors:
        total += tensor.numel() * 4
    return total


def _every_view(tensors):  # type: ignore[no-untyped-def]
    return sum(tensor.nbytes for tensor in tensors)


def _by_address_of_the_first_number(tensors):  # type: ignore[no-untyped-def]
    found = {tensor.data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    return sum(found.values())


def _visible(tensors):  # type: ignore[no-untyped-def]
    seen, total = set(), 0
    for tensor in tensors:
        if tensor.untyped_storage().data_ptr() not in seen:
            seen.add(tensor.untyped_storage().data_ptr())
            total += tensor.element_size() * tensor.numel()
    return total


def _overwritten(tensors):  # type: ignore[no-untyped-def]
    total = 0
    for tensor in tensors:
        total = tensor.untyped_storage().nbytes()
    return total


def _numbers(tensors):  # type: ignore[no-untyped-def]
    return sum(tensor.numel() for tensor in tensors)


WRONG: list[tuple[Any, str | None]] = [
    (_bits, "bits"),
    (_float32_everywhere, "forgets the dtype"),
    (_every_view, "counts a view twice"),
    (_visible, "counts what a view shows"),
    (_overwritten, "last tensor only"),
    (_numbers, "numbers instead of bytes"),
    (_by_address_of_the_first_number, "views told apart by their first number"),
]
