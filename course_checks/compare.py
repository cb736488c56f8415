"""Whether two results are the same, and if not, how to say it in one line."""

from __future__ import annotations

import math
import numbers
import re
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_checks.isolation import Outcome

# Right answers may add in another order or pass through float64: float32 sums of the sizes used
# here then differ by a few 1e-6 of their size. Mistakes differ by far more.
RELATIVE = 1e-4
ABSOLUTE = 1e-5


def same(expected: Any, got: Any) -> bool:
    """Whether `got` is `expected`: type, shape, dtype, gradients, and values to rounding."""
    return difference(expected, got) is None


def difference(expected: Any, got: Any) -> tuple[str, str] | None:
    """The kind of the first difference and one line about it, or None where there is none.

    Kinds: "nothing returned", "type", "shape", "dtype", "gradient", "nan", "values", "length".
    """
    if got is None and expected is not None:
        return "nothing returned", "Your answer returned None: is the `return` there?"
    if isinstance(expected, Tensor):
        return _tensor_difference(expected, got)
    if isinstance(expected, np.ndarray):
        return _array_difference(expected, got)
    if isinstance(expected, bool) or isinstance(expected, str) or expected is None:
        if type(got) is not type(expected):
            return "type", f"Expected {_type(expected)}, got {_type(got)}."
        return None if got == expected else ("values", "The value differs.")
    if isinstance(expected, numbers.Integral):
        if isinstance(got, bool) or not isinstance(got, numbers.Integral):
            return "type", f"Expected a whole number (int), got {_type(got)}."
        return None if int(got) == int(expected) else ("values", "The number differs.")
    if isinstance(expected, numbers.Real):
        if isinstance(got, bool) or not isinstance(got, numbers.Real):
            return "type", f"Expected a number (float), got {_type(got)}."
        if math.isnan(got) != math.isnan(expected):
            return "nan", "The number is nan (not a number)."
        close = math.isclose(got, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        return None if close or math.isnan(got) else ("values", "The number differs.")
    if isinstance(expected, dict):
        return _dict_difference(expected, got)
    if isinstance(expected, list | tuple):
        return _sequence_difference(expected, got)
    return None if type(got) is type(expected) and got == expected else ("values", "It differs.")


def same_outcome(one: Outcome, other: Outcome) -> bool:
    """Whether two runs came out alike: the same value, or the same error, and the same changes."""
    if one.error is not None or other.error is not None:
        return _error_signature(one.error) == _error_signature(other.error)
    alike = one.changed == other.changed and one.settings == other.settings
    return alike and same(one.value, other.value)


def show(value: Any, limit: int = 160) -> str:
    """A value in one line: small tensors whole, large ones by shape and dtype."""
    text = _show(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _tensor_difference(expected: Tensor, got: Any) -> tuple[str, str] | None:
    if not isinstance(got, Tensor):
        return "type", f"Expected a tensor, got {_type(got)}."
    if got.shape != expected.shape:
        return "shape", f"Expected shape {list(expected.shape)}, got {list(got.shape)}."
    if got.dtype != expected.dtype:
        return "dtype", f"Expected dtype {_dtype(expected)}, got {_dtype(got)}."
    if got.requires_grad and not expected.requires_grad:
        return "gradient", "The result still tracks gradients (it has a grad_fn)."
    one, other = expected.detach(), got.detach()
    if one.is_floating_point() or one.is_complex():
        nan = torch.isnan(other) & ~torch.isnan(one)
        if nan.any():
            return "nan", f"{int(nan.sum())} of {nan.numel()} values are nan (not a number)."
        close = torch.isclose(other, one, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
    else:
        close = other == one
    wrong = int((~close).sum())
    return ("values", f"{wrong} of {close.numel()} values differ.") if wrong else None


def _array_difference(expected: np.ndarray[Any, Any], got: Any) -> tuple[str, str] | None:
    if not isinstance(got, np.ndarray) or got.dtype != expected.dtype:
        return "type", f"Expected {_type(expected)}, got {_type(got)}."
    return _tensor_difference(torch.from_numpy(expected), torch.from_numpy(got))


def _dict_difference(expected: dict[Any, Any], got: Any) -> tuple[str, str] | None:
    if not isinstance(got, dict) or got.keys() != expected.keys():
        return "type", f"Expected a dictionary with {list(expected)}, got {show(got)}."
    for key, value in expected.items():
        found = difference(value, got[key])
        if found is not None:
            return found[0], f"{key}: {found[1]}"
    return None


def _sequence_difference(expected: list[Any] | tuple[Any, ...], got: Any) -> tuple[str, str] | None:
    if not isinstance(got, list | tuple):
        return "type", f"Expected {_type(expected)}, got {_type(got)}."
    if len(got) != len(expected):
        return "length", f"Expected {len(expected)} entries, got {len(got)}."
    for position, (one, other) in enumerate(zip(expected, got, strict=True)):
        found = difference(one, other)
        if found is not None:
            return found[0], f"Entry {position}: {found[1]}"
    return None


def _error_signature(error: BaseException | None) -> tuple[str, str]:
    """Type and wording of an error without its numbers: what two runs of one mistake share."""
    if error is None:
        return "", ""
    return type(error).__name__, re.sub(r"\d+", "#", str(error))[:60]


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _type(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of shape {list(value.shape)}"
    if isinstance(value, np.ndarray):
        return f"a NumPy array of shape {list(value.shape)}"
    return f"{'an' if type(value).__name__[0] in 'aeiou' else 'a'} {type(value).__name__}"


def _rounded(values: Any) -> Any:
    """Nested lists with each float cut to four decimals."""
    if isinstance(values, list):
        return [_rounded(value) for value in values]
    return round(values, 4) if isinstance(values, float) else values


def _show(value: Any) -> str:
    if isinstance(value, Tensor):
        if value.numel() <= 12:
            return f"{_rounded(value.detach().tolist())} ({_dtype(value)})"
        return f"{_dtype(value)} tensor of shape {list(value.shape)}"
    if isinstance(value, np.ndarray):
        if value.size <= 12:
            return f"{_rounded(value.tolist())} (NumPy, {value.dtype})"
        return f"{value.dtype} NumPy array of shape {list(value.shape)}"
    if isinstance(value, float):
        return f"{value:.6g}" if value % 1 else f"{value:.1f}"
    if isinstance(value, list | tuple):
        inner = ", ".join(_show(entry) for entry in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_show(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, torch.nn.Module):
        text = repr(value)
        return text if "\n" not in text else f"a {type(value).__name__} model"
    return repr(value)
