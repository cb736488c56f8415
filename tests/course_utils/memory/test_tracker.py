"""Looking on while PyTorch works: operations, storages, and the parts of a step."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from course_utils.memory import each_operation, estimate_training_memory
from course_utils.memory.tracker import StorageTracker
from course_utils.models import CNN, MLP

GREY = (1, 28, 28)


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


def test_a_storage_counts_once_from_its_birth_to_its_end() -> None:
    with StorageTracker() as tracker:
        numbers = torch.zeros(100)
        view = numbers[:50].view(5, 10)
        assert tracker.total == 400
        del numbers
        assert tracker.total == 400  # the view keeps the storage alive
        del view
    assert [event.nbytes for event in tracker.events] == [400, -400]


def test_a_budget_ends_the_step_before_it_is_exceeded() -> None:
    words = r"^out of memory: aten\.zeros\S* asks for 400 bytes, 800 are in use, .* budget is 1,000"
    tensors = []
    with StorageTracker(budget=1000), pytest.raises(torch.OutOfMemoryError, match=words):
        for _ in range(3):
            tensors.append(torch.zeros(100))
    assert len(tensors) == 2


def test_the_passes_follow_each_other_and_none_comes_back() -> None:
    order = ["before", "forward", "backward", "optimizer", "end"]
    estimate = estimate_training_memory(CNN(), GREY, 8, torch.optim.Adam)
    passes = [order.index(moment.phase) for moment in estimate.timeline()]
    assert passes == sorted(passes)
    assert {order[number] for number in passes} >= {"before", "forward", "backward", "end"}


def test_an_accumulating_step_goes_forward_and_back_twice() -> None:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, batch: Any) -> None:
        images, labels = batch
        for part in range(2):
            cross_entropy(model(images[part::2]), labels[part::2]).backward()
        optimizer.step()
        optimizer.zero_grad()

    estimate = estimate_training_memory(MLP(), GREY, 8, torch.optim.Adam, step=step)
    passes = [name for name, _ in groupby(moment.phase for moment in estimate.timeline())]
    turns = ["forward", "backward", "forward", "backward"]
    assert passes == ["before", *turns, "optimizer", "end"]


def test_what_an_optimizer_shares_with_the_model_is_counted_once() -> None:
    class Anchored(torch.optim.SGD):
        """Keeps views of the parameters in its state, as some averaging optimizers do."""

        def step(self, closure: Any = None) -> Any:
            for parameter in self.param_groups[0]["params"]:
                self.state[parameter]["anchor"] = parameter.detach()
            return super().step(closure)

    anchored = estimate_training_memory(MLP(), GREY, 64, Anchored)
    assert anchored.optimizer_state == 0
    assert anchored.peak == 1_050_712
