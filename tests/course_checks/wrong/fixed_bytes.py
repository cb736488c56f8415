"""Wrong answers to exercise 8.2 as students write them."""

from __future__ import annotations

from typing import Any


def _no_gradients(model, optimizer):  # type: ignore[no-untyped-def]
    weights = sum(one.nbytes for one in model.parameters())
    return weights * {"sgd": 1, "momentum": 2, "adam": 3, "adamw": 3}[optimizer]


def _adam_once(model, optimizer):  # type: ignore[no-untyped-def]
    total = 0
    for one in model.parameters():
        total += one.nbytes
        if one.requires_grad:
            total += one.nbytes if optimizer == "sgd" else 2 * one.nbytes
    return total


def _all_trained(model, optimizer):  # type: ignore[no-untyped-def]
    copies = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}[optimizer]
    return sum((2 + copies) * one.nbytes for one in model.parameters())


def _four_bytes(model, optimizer):  # type: ignore[no-untyped-def]
    copies = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}[optimizer]
    return sum(one.numel() * 4 * (2 + copies) for one in model.parameters())


def _frozen_left_out(model, optimizer):  # type: ignore[no-untyped-def]
    copies = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}[optimizer]
    return sum((2 + copies) * one.nbytes for one in model.parameters() if one.requires_grad)


def _state_only(model, optimizer):  # type: ignore[no-untyped-def]
    copies = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}[optimizer]
    return sum(copies * one.nbytes for one in model.parameters() if one.requires_grad)


def _unknown_name(model, optimizer):  # type: ignore[no-untyped-def]
    copies = {"SGD": 0, "Adam": 2}[optimizer]
    return sum((2 + copies) * one.nbytes for one in model.parameters())


WRONG: list[tuple[Any, str | None]] = [
    (_no_gradients, "gradients forgotten"),
    (_adam_once, "Adam counted once"),
    (_all_trained, "frozen parameters counted"),
    (_four_bytes, "forgets the dtype"),
    (_frozen_left_out, "frozen parameters left out"),
    (_state_only, None),
    (_unknown_name, None),
]
