"""The errors that PyTorch beginners meet most are translated, in the words of this torch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from course_checks.errors import TRANSLATIONS, explain_error, translate


def _leaf_in_place() -> None:
    torch.zeros(2, requires_grad=True).add_(1)


def _twice_backward() -> None:
    loss = (torch.ones(2, requires_grad=True) ** 2).sum()
    loss.backward()
    loss.backward()


BREAKS: dict[str, Any] = {
    "matmul": lambda: torch.zeros(2, 3) @ torch.zeros(2, 3),
    "linear": lambda: nn.Linear(4, 2)(torch.zeros(3, 5)),
    "index dtype": lambda: torch.zeros(3)[torch.zeros(2)],
    "label dtype": lambda: nn.functional.nll_loss(torch.zeros(2, 3), torch.zeros(2)),
    "leaf": _leaf_in_place,
    "batch axis": lambda: nn.BatchNorm2d(3)(torch.zeros(3, 4, 4)),
    "device": lambda: torch.zeros(2, device="meta") + torch.zeros(2),
    "backward twice": _twice_backward,
    "no gradient": lambda: torch.zeros(1).backward(),
    "view": lambda: torch.zeros(2, 3).t().view(6),
    "reshape": lambda: torch.zeros(6).reshape(4, 2),
    "broadcast": lambda: torch.zeros(3) + torch.zeros(2),
    "dim": lambda: torch.zeros(3).sum(dim=1),
    "dtypes": lambda: torch.zeros(2, 2) @ torch.zeros(2, 2, dtype=torch.float64),
    "item": lambda: torch.zeros(3).item(),
    "stack": lambda: torch.stack([torch.zeros(2), torch.zeros(3)]),
    "recursion": lambda: _forever(),
}


def _forever() -> Any:
    return _forever()


@pytest.mark.parametrize("name", BREAKS)
def test_common_errors_of_this_torch_are_translated(name: str) -> None:
    """Raised for real, so that a new torch with other words is found out."""
    with pytest.raises((RuntimeError, IndexError, ValueError, TypeError)) as caught:
        BREAKS[name]()
    assert translate(caught.value).endswith((".", "?"))


def test_at_least_ten_errors_have_a_translation_and_others_have_none() -> None:
    assert len(TRANSLATIONS) >= 10
    assert translate(KeyError("something else")) == ""
    assert explain_error(KeyError("a\nb"), None) == ["raised KeyError: 'a\\nb'"]
