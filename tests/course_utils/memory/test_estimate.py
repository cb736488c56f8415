"""The estimate against arithmetic by hand, and what it must leave alone."""

from __future__ import annotations

import gc
import random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.checkpoint import checkpoint

from course_utils.memory import MemoryEstimate, estimate_training_memory, in_units
from course_utils.memory._torch_private import memory_changes
from course_utils.memory.measure import quiet_profiler
from course_utils.memory.tracker import CATEGORIES
from course_utils.models import MLP

GREY = (1, 28, 28)
PARAMETERS = 407_080  # bytes of the MLP 784-128-10
BATCH = 64 * 784 * 4 + 64 * 8
HIDDEN, LOGITS = 64 * 128 * 4, 64 * 10 * 4


def at_peak(estimate: MemoryEstimate) -> dict[str, int]:
    return {category: getattr(estimate, category) for category in CATEGORIES}


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_the_mlp_with_sgd_by_hand(device: str) -> None:
    estimate = estimate_training_memory(MLP(), GREY, 64, device=device)
    assert at_peak(estimate) == {
        "parameters": PARAMETERS,
        "buffers": 0,
        "gradients": PARAMETERS,
        "optimizer_state": 0,
        "batch": BATCH,
        # The logits and the loss are still named when the backward pass reaches the first layer.
        "activations": LOGITS + 4,
        # There, the gradient of the hidden layer's output, and the loss's gradient, a one.
        "temporaries": HIDDEN + 4,
    }
    assert estimate.peak == 1_050_712
    assert estimate.peak_operation == "aten.sum.dim_IntList in the backward pass of hidden"
    # ReLU's output, the logits, their log-softmax, the loss, and the weight of all labels.
    assert estimate.highest["activations"] == HIDDEN + 2 * LOGITS + 4 + 4


def test_the_mlp_with_adam_by_hand() -> None:
    estimate = estimate_training_memory(MLP(), GREY, 64, torch.optim.Adam)
    assert estimate.peak == 2_239_180
    assert estimate.optimizer_state == 2 * PARAMETERS
    # The square roots of the second moments: as many bytes as the parameters.
    assert estimate.temporaries == PARAMETERS
    assert estimate.peak_operation == "aten._foreach_sqrt.default in the optimizer's step"


def test_momentum_keeps_one_number_a_parameter() -> None:
    estimate = estimate_training_memory(MLP(), GREY, 64, momentum=0.9)
    assert estimate.optimizer_state == PARAMETERS
    assert estimate.peak == 1_050_712 + PARAMETERS


@settings(max_examples=25, deadline=None)
@given(
    features=st.integers(1, 50), hidden=st.integers(1, 300), classes=st.integers(2, 40),
    batch_size=st.integers(1, 300), optimizer=st.sampled_from([torch.optim.SGD, torch.optim.Adam]),
)  # fmt: skip
def test_the_categories_add_up_to_the_peak(
    features: int, hidden: int, classes: int, batch_size: int, optimizer: Any
) -> None:
    model = MLP(features, hidden, classes)
    estimate = estimate_training_memory(model, (features,), batch_size, optimizer)
    assert sum(at_peak(estimate).values()) == estimate.peak
    parameters = sum(one.nbytes for one in model.parameters())
    assert estimate.parameters == estimate.highest["gradients"] == parameters
    assert estimate.batch == batch_size * (4 * features + 8)
    activations = 4 * batch_size * (hidden + 2 * classes) + 8
    assert estimate.highest["activations"] == activations
    assert sum(layer.activations for layer in estimate.layers) == activations
    assert sum(layer.parameters for layer in estimate.layers) == parameters
    totals = [sum(moment.bytes.values()) for moment in estimate.timeline()]
    assert max(totals) == estimate.peak
    assert all(value >= 0 for moment in estimate.timeline() for value in moment.bytes.values())


def test_the_layers_say_what_each_keeps() -> None:
    estimate = estimate_training_memory(MLP(), GREY, 64)
    assert [tuple(layer) for layer in estimate.layers] == [
        ("hidden", "Linear", (64, 128), 4 * 128 * 785, 0),
        ("relu", "ReLU", (64, 128), 0, HIDDEN),
        ("output", "Linear", (64, 10), 4 * 10 * 129, LOGITS),
        ("loss", "outside the model", None, 0, LOGITS + 8),
    ]


class Draws(nn.Module):
    """Draws from all random states, as layers that skip themselves at random do."""

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs * random.random() * np.random.rand() * torch.rand(()).to(inputs.device)


def test_model_gradients_and_random_state_stay_as_they_were() -> None:
    layers = nn.Flatten(), nn.Linear(784, 10), nn.Dropout(), Draws(), nn.BatchNorm1d(10)
    model = nn.Sequential(*layers).eval()
    model(torch.rand(2, *GREY)).sum().backward()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    gradients = [parameter.grad for parameter in model.parameters()]
    torch_state, python_state = torch.get_rng_state(), random.getstate()
    np.random.seed(1)
    expected = np.random.rand()
    np.random.seed(1)
    estimate_training_memory(model, GREY, 8, torch.optim.Adam, device="cpu")
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items())
    assert [parameter.grad for parameter in model.parameters()] == gradients
    assert not any(module.training for module in model.modules())
    assert not any(module._forward_hooks for module in model.modules())
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert random.getstate() == python_state
    assert np.random.rand() == expected


def test_the_model_s_numbers_are_not_copied() -> None:
    model = nn.Sequential(nn.Linear(1000, 1000), nn.Linear(1000, 10))  # 4 MB
    model.extra = torch.zeros(1_000_000)  # a plain attribute, which no module knows
    with quiet_profiler(), profile(
        activities=[ProfilerActivity.CPU], profile_memory=True
    ) as seen, record_function("estimate"):  # fmt: skip
        estimate_training_memory(model, (1000,), 100_000, torch.optim.Adam)
    _, changes = memory_changes(seen, "estimate")
    assert changes
    assert max(nbytes for _, nbytes in changes) < 10_000


def test_a_model_without_memory_can_be_estimated() -> None:
    with torch.device("meta"):
        model = nn.Sequential(nn.Linear(50_000, 50_000), nn.Linear(50_000, 10))
    assert estimate_training_memory(model, (50_000,), 8).parameters > 10**10


def test_nothing_is_left_behind_by_estimates() -> None:
    def tensors() -> int:
        gc.collect()
        return sum(issubclass(type(one), Tensor) for one in gc.get_objects())

    model = MLP(16, 8)
    estimate_training_memory(model, (16,), 4, torch.optim.Adam)
    before = tensors()
    for _ in range(20):
        estimate_training_memory(model, (16,), 4, torch.optim.Adam)
    assert tensors() == before


def inference(model: nn.Module, optimizer: object, batch: tuple[Tensor, ...]) -> None:
    with torch.no_grad():
        model(batch[0])


def test_without_gradients_a_step_needs_neither_activations_nor_gradients() -> None:
    estimate = estimate_training_memory(MLP(), GREY, 64, step=inference)
    assert estimate.gradients == estimate.activations == estimate.optimizer_state == 0
    # Only a layer's input and its output at a time.
    assert estimate.peak == PARAMETERS + BATCH + 2 * HIDDEN


def test_accumulated_gradients_are_not_twice_there() -> None:
    def two_halves(model: nn.Module, optimizer: Any, batch: tuple[Tensor, ...]) -> None:
        for images, labels in zip(*(part.chunk(2) for part in batch), strict=True):
            nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        optimizer.zero_grad()

    estimate = estimate_training_memory(MLP(), GREY, 64, step=two_halves)
    assert estimate.highest["gradients"] == PARAMETERS
    # Of one half: ReLU's output, the log-softmax (nobody names the logits), and two numbers.
    assert estimate.highest["activations"] == HIDDEN // 2 + LOGITS // 2 + 8


class Checkpointed(nn.Module):
    """Ten layers, of which a step keeps only the inputs of pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs = nn.ModuleList(
            nn.Sequential(nn.Linear(64, 64), nn.Sigmoid(), nn.Linear(64, 64), nn.Sigmoid())
            for _ in range(5)
        )

    def forward(self, inputs: Tensor) -> Tensor:
        for pair in self.pairs:
            inputs = checkpoint(pair, inputs, use_reentrant=False)
        return inputs


def test_gradient_checkpointing_keeps_fewer_activations() -> None:
    with_checkpoints = Checkpointed()
    without = nn.Sequential(*with_checkpoints.pairs)
    fewer = estimate_training_memory(with_checkpoints, (64,), 1024)
    all_of_them = estimate_training_memory(without, (64,), 1024)
    # Four kept tensors a pair become one.
    assert fewer.highest["activations"] < 0.55 * all_of_them.highest["activations"]
    assert fewer.peak < all_of_them.peak


def test_bfloat16_halves_everything_but_the_labels() -> None:
    full = estimate_training_memory(MLP(), GREY, 64, torch.optim.Adam)
    half = estimate_training_memory(MLP(), GREY, 64, torch.optim.Adam, precision=torch.bfloat16)
    labels = 64 * 8
    assert half.parameters == full.parameters // 2
    assert half.batch - labels == (full.batch - labels) // 2
    # The loss, too, has two bytes.
    assert half.peak - labels == (full.peak - labels) // 2


def test_the_table_names_the_peak_and_adds_nothing_up_wrongly() -> None:
    estimate = estimate_training_memory(MLP(), GREY, 64)
    text, table = repr(estimate), estimate._repr_html_()
    for number in ("407,080 B", "201,216 B", "1,050,712 B"):
        assert number in text
        assert number in table
    assert "1.0 MiB, aten.sum.dim_IntList in the backward pass of hidden" in text


@given(st.integers(0, 2**50))
def test_in_units_says_the_bytes_to_the_digits_it_shows(nbytes: int) -> None:
    number, unit = in_units(nbytes).split(" ")
    power = ["B", "KiB", "MiB", "GiB"].index(unit)
    assert unit == "GiB" or float(number) <= 1024
    digits = number.partition(".")[2]
    assert len(digits) == [0, 1, 1, 2][power]
    assert abs(float(number) * 1024**power - nbytes) <= 0.51 * 1024**power * 10.0 ** -len(digits)
