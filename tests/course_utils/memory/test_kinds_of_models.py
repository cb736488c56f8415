"""What misleads other tools: masks, attention, ties, frozen parameters, views, work in place."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from course_utils.memory import estimate_training_memory, measure_training_memory
from tests.course_utils.memory.architectures import TiedWeights, tokens

B, T, HEADS, WIDTH = 4, 64, 2, 32


def both(model: nn.Module, shape: tuple[int, ...] | None, **more: Any) -> tuple[int, int]:
    """(estimated for the CPU, measured on it) with a batch of 32."""
    estimate = estimate_training_memory(model, shape, 32, device="cpu", **more)
    return estimate.peak, measure_training_memory(model, shape, 32, **more).peak


def test_a_dropout_mask_is_a_byte_an_element_on_cuda_and_a_number_on_the_cpu() -> None:
    model = nn.Sequential(nn.Linear(100, 100), nn.Dropout(0.5), nn.Linear(100, 10))
    kept = {}
    for device in ("cuda", "cpu"):
        estimate = estimate_training_memory(model, (100,), 32, device=device)
        kept[device] = {layer.name: layer.activations for layer in estimate.layers}["1"]
    output = 4 * 32 * 100
    assert kept == {"cuda": output + output // 4, "cpu": 2 * output}


@pytest.mark.parametrize("dropout", [nn.Dropout(0.0), nn.Dropout(1.0), nn.Dropout1d(0.5)])
def test_dropout_that_drops_nothing_everything_or_whole_channels(dropout: nn.Module) -> None:
    model = nn.Sequential(nn.Linear(8, 8), dropout, nn.Flatten(), nn.Linear(32, 10))
    estimated, measured = both(model, (4, 8))
    assert estimated == measured
    assert estimate_training_memory(model, (4, 8), 32).peak > 0


class Attention(nn.Module):
    """Bare attention over [B, T, width], with a mask or without."""

    def __init__(self, width: int = WIDTH, mask: bool = False) -> None:
        super().__init__()
        self.project = nn.Linear(width, 3 * width)
        self.last = nn.Linear(width, 10)
        self.mask = mask

    def forward(self, inputs: Tensor) -> Tensor:
        query, key, value = (
            part.unflatten(2, (HEADS, -1)).transpose(1, 2)
            for part in self.project(inputs).chunk(3, dim=2)
        )
        mask = torch.ones(T, T, dtype=torch.bool, device=inputs.device) if self.mask else None
        attended = nn.functional.scaled_dot_product_attention(query, key, value, mask)
        logits: Tensor = self.last(attended.transpose(1, 2).flatten(2)).mean(1)
        return logits


@pytest.mark.parametrize("mask", [False, True])
def test_attention_keeps_no_table_of_all_pairs(mask: bool) -> None:
    table = 4 * B * HEADS * T * T
    for device in ("cuda", "cpu"):
        estimate = estimate_training_memory(Attention(mask=mask), (T, WIDTH), B, device=device)
        made = [event.block.nbytes for event in estimate.events if "attention" in event.operation]
        assert made
        assert table not in made


def test_half_precision_takes_flash_attention_on_cuda() -> None:
    estimate = estimate_training_memory(
        Attention(), (T, WIDTH), B, device="cuda", precision=torch.bfloat16
    )
    operations = {event.operation for event in estimate.events}
    assert "aten._scaled_dot_product_flash_attention.default" in operations


def test_attention_of_an_odd_width_takes_the_path_with_the_table() -> None:
    """The efficient kernel reads 16 bytes at a time, and 3 features have 12."""
    model = Attention(width=6)
    estimate = estimate_training_memory(model, (T, 6), B, device="cuda")
    assert 4 * B * HEADS * T * T in {event.block.nbytes for event in estimate.events}


def test_tied_weights_count_once() -> None:
    estimate = estimate_training_memory(TiedWeights(), None, 8, inputs=tokens)
    assert estimate.parameters == 4 * (1000 * 64 + 64 * 64 + 64)
    assert estimate.highest["gradients"] == estimate.parameters


def test_frozen_parameters_have_neither_gradients_nor_state() -> None:
    model = nn.Sequential(nn.Linear(100, 50), nn.ReLU(), nn.Linear(50, 10))
    model[0].requires_grad_(False)
    estimate = estimate_training_memory(model, (100,), 32, torch.optim.Adam)
    trained = 4 * (50 * 10 + 10)
    assert estimate.highest["gradients"] == trained
    assert estimate.highest["optimizer_state"] == 2 * trained
    assert estimate.parameters == 4 * (100 * 50 + 50) + trained
    estimated, measured = both(model, (100,))
    assert estimated == measured


def test_work_in_place_saves_the_copy() -> None:
    def model(inplace: bool) -> nn.Module:
        return nn.Sequential(
            nn.Linear(50, 50), nn.Sigmoid(), nn.Linear(50, 50), nn.ReLU(inplace), nn.Linear(50, 10)
        )

    saved = estimate_training_memory(model(True), (50,), 32)
    plain = estimate_training_memory(model(False), (50,), 32)
    assert saved.highest["activations"] == plain.highest["activations"]
    assert saved.peak <= plain.peak
    estimated, measured = both(model(True), (50,))
    assert estimated == measured


def test_parameters_that_share_a_storage_do_so_on_the_cpu_only() -> None:
    first, second = nn.Linear(20, 20, bias=False), nn.Linear(20, 20, bias=False)
    second.weight = nn.Parameter(first.weight.detach())
    model = nn.Sequential(first, second)
    one = 4 * 20 * 20
    assert estimate_training_memory(model, (20,), 4, device="cpu").parameters == one
    # `model.to("cuda")` moves each parameter by itself.
    assert estimate_training_memory(model, (20,), 4, device="cuda").parameters == 2 * one


class Shared(nn.Module):
    """A layer's output goes two ways, so that autograd has two gradients to add up."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(64, 64), nn.Linear(64, 64)
        self.last = nn.Linear(64, 10)

    def forward(self, inputs: Tensor) -> Tensor:
        start = self.first(inputs).sigmoid()
        logits: Tensor = self.last(self.second(start).exp() * start)
        return logits


def test_two_gradients_of_one_tensor_are_added_up_in_place() -> None:
    estimate = estimate_training_memory(Shared(), (64,), 2048, device="cpu")
    assert estimate.peak == measure_training_memory(Shared(), (64,), 2048).peak
    # Under a dispatch mode autograd makes a third tensor; a training step does not.
    added = [event for event in estimate.events if event.operation == "aten.add.Tensor"]
    assert not [event for event in added if event.nbytes > 0 and event.phase == "backward"]


def test_several_inputs_and_a_loss_of_one_s_own() -> None:
    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Linear(8, 5), nn.Linear(6, 5)
            self.last = nn.Linear(10, 3)

        def forward(self, left: Tensor, right: Tensor) -> Tensor:
            both = torch.cat([self.left(left).tanh(), self.right(right)], dim=1)
            result: Tensor = self.last(both)
            return result

    def inputs(batch_size: int) -> tuple[Tensor, ...]:
        return torch.zeros(batch_size, 8), torch.zeros(batch_size, 6), torch.zeros(batch_size, 3)

    estimate = estimate_training_memory(
        Pair(), None, 5, loss=nn.functional.mse_loss, inputs=inputs, device="cpu"
    )
    assert estimate.batch == 4 * 5 * (8 + 6 + 3)
    measured = measure_training_memory(
        Pair(), None, 5, loss=nn.functional.mse_loss, inputs=inputs
    )  # fmt: skip
    assert abs(estimate.peak - measured.peak) <= 64
