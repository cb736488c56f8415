"""`each_operation` sees what hooks on layers do not: the backward pass and the optimizer."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from course_utils.memory import each_operation


def test_all_three_parts_of_a_step_are_seen_with_their_results() -> None:
    seen: list[tuple[str, object]] = []
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    with each_operation(lambda name, result: seen.append((name, result))):
        scores = model(torch.ones(1, 3))
        scores.sum().backward()
        optimizer.step()
    names = [name for name, _ in seen]
    assert names.index("aten.addmm.default") < names.index("aten.sum.default")
    after = names[names.index("aten.sum.default") + 1 :]
    assert "aten.mm.default" in after or "aten.t.default" in after  # the backward pass
    assert any(name.startswith(("aten._foreach_add", "aten.add_")) for name in after)
    results = dict(seen)
    product = results["aten.addmm.default"]
    assert isinstance(product, torch.Tensor) and torch.equal(product, scores)


def test_nothing_is_seen_outside_of_the_block_and_errors_come_through() -> None:
    seen: list[str] = []
    with each_operation(lambda name, _: seen.append(name)):
        torch.ones(2).exp()
    count = len(seen)
    torch.ones(2).exp()
    assert count == len(seen) > 0

    def refuse(name: str, result: object) -> None:
        raise MemoryError(name)

    with pytest.raises(MemoryError, match="aten"), each_operation(refuse):
        torch.ones(2).exp()
