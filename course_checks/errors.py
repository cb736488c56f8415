"""A student's exception in a few lines: the line of *their* code, the error, a translation."""

from __future__ import annotations

import inspect
import linecache
import re
import traceback
from typing import Any

# The errors that PyTorch beginners meet most, each with one sentence on what it means.
TRANSLATIONS: tuple[tuple[str, str], ...] = (
    (
        r"mat1 and mat2 shapes cannot be multiplied|size mismatch|inner dimensions",
        "In A @ B the last axis of A must be as long as the first axis of B.",
    ),
    (
        r"tensors used as indices must be|expected .*(?:Long|Int).* (?:but got|for).*index"
        r"|expects? .*int64|scalar type Long|dtype to be Long",
        "Indices and labels must be whole numbers: a tensor of dtype int64.",
    ),
    (
        r"leaf Variable that requires grad",
        "A parameter may not be changed in place while gradients are being tracked.",
    ),
    (
        r"Expected [34]D.* input|expected [2345]D|Expected \d+-dimensional input",
        "The layer wants an axis that the tensor does not have: is the batch axis there?",
    ),
    (
        r"tensors to be on the same device|not on the expected device|is on (?:cpu|cuda|mps)",
        "Two tensors live on different devices; move one to the other's with .to(device).",
    ),
    (
        r"backward through the graph a second time",
        "backward() has used up this graph; compute the loss anew before calling it again.",
    ),
    (
        r"does not require grad and does not have a grad_fn",
        "Nothing in this computation tracks gradients, so there is nothing to go back through.",
    ),
    (
        r"view size is not compatible|use \.reshape",
        "The numbers do not lie in memory in this order, so a view is not possible.",
    ),
    (
        r"shape '.*' is invalid for input of size",
        "The new shape does not hold as many numbers as the tensor has: multiply its sizes.",
    ),
    (
        r"must match the size of tensor|not broadcastable|output with shape .* doesn't match",
        "Shapes are compared from the right: two sizes fit if they are equal or one of them is 1.",
    ),
    (
        r"Dimension out of range|dimension .* out of range",
        "The tensor has fewer axes than the number you gave; axes are counted from 0.",
    ),
    (
        r"found dtype|expected scalar type|should be the same|the same dtype|floating point",
        "Two tensors have different number types; convert one with .float() or .to(dtype).",
    ),
    (
        r"only one element tensors can be converted|with \d+ elements cannot be converted",
        "Only a tensor with a single number can become a Python number.",
    ),
    (
        r"stack expects each tensor to be equal size|Sizes of tensors must match",
        "The tensors have different shapes, so they do not fit together along that axis.",
    ),
)


def explain_error(error: BaseException, answer: Any) -> list[str]:
    """At most three lines: where in the answer it happened, the error, what it means.

    Nothing of the check's own code appears; an error raised in a library is reported at the line
    of the answer that called it.
    """
    lines = []
    where = _line_of_answer(error, answer)
    if where is not None:
        lines.append(f"Your line {where[0]}: {where[1]}")
    text = " ".join(str(error).split())
    lines.append(f"raised {type(error).__name__}: {text[:160]}" if text else type(error).__name__)
    translation = translate(error)
    if translation:
        lines.append(translation)
    return lines


def translate(error: BaseException) -> str:
    """One sentence on what the error means, or "" for one that is not in the list."""
    if isinstance(error, RecursionError):
        return "The function calls itself without an end."
    for pattern, sentence in TRANSLATIONS:
        if re.search(pattern, str(error)):
            return sentence
    return ""


def _line_of_answer(error: BaseException, answer: Any) -> tuple[int, str] | None:
    """Line number and text of the innermost frame that is the student's own code."""
    functions = [answer, *(vars(answer).values() if inspect.isclass(answer) else ())]
    files = {f.__code__.co_filename for f in functions if inspect.isfunction(f)}
    found = None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename in files and frame.lineno:
            text = frame.line or linecache.getline(frame.filename, frame.lineno).strip()
            found = (frame.lineno, text)
    return found
