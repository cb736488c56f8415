"""An error in an answer is told in the student's line, the error, and what it means."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_checks.errors import explain_error


def _multiplies(values: Any) -> Any:
    square = values.unsqueeze(0)
    return square @ square


class _Counter:
    def add(self, value: Any) -> None:
        self.total += value  # type: ignore[attr-defined]


def test_the_line_of_the_answer_the_error_and_its_meaning() -> None:
    with pytest.raises(RuntimeError) as caught:
        _multiplies(torch.ones(2))
    where, raised, meaning = explain_error(caught.value, _multiplies)
    assert where.endswith(": return square @ square")
    assert raised.startswith("raised RuntimeError: ")
    assert meaning == "In A @ B the last axis of A must be as long as the first axis of B."


def test_the_line_is_found_in_a_method_too() -> None:
    with pytest.raises(AttributeError) as caught:
        _Counter().add(1)
    assert "self.total += value" in explain_error(caught.value, _Counter)[0]


def test_an_error_that_nobody_has_explained_stands_alone() -> None:
    assert explain_error(KeyError("a\nb"), None) == ["raised KeyError: 'a\\nb'"]
