"""The course's three networks: their sizes, their shapes, and what they compute."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from course_utils.models import CNN, MLP, SoftmaxRegression

EACH_NETWORK = pytest.mark.parametrize("make", [SoftmaxRegression, MLP, CNN])


@pytest.mark.parametrize(
    ("model", "count"),
    [
        (SoftmaxRegression(), 7_850),
        (MLP(), 101_770),
        (MLP(in_features=3 * 32 * 32), 394_634),
        (CNN(), 121_930),
        (CNN(in_channels=3), 121_930 + 2 * 9 * 32),
    ],
)
def test_number_of_parameters(model: nn.Module, count: int) -> None:
    assert sum(parameter.numel() for parameter in model.parameters()) == count


@given(batch=st.integers(0, 5), channels=st.integers(1, 4), classes=st.integers(1, 12))
def test_any_batch_size_gives_one_row_of_logits_per_picture(
    batch: int, channels: int, classes: int
) -> None:
    images = torch.rand(batch, channels, 28, 28)
    for model in (
        SoftmaxRegression(channels * 28 * 28, classes),
        MLP(channels * 28 * 28, hidden=3, classes=classes),
        CNN(channels, classes),
    ):
        assert model(images).shape == (batch, classes)


@EACH_NETWORK
def test_a_row_depends_on_its_own_picture_alone(make: Callable[[], nn.Module]) -> None:
    model, images = make(), torch.rand(4, 1, 28, 28)
    with torch.no_grad():
        rows = torch.cat([model(image.unsqueeze(0)) for image in images])
        # float32 sums over at most 1,600 products, in an order that depends on the batch size.
        assert torch.allclose(model(images), rows, atol=1e-5)


@EACH_NETWORK
def test_gives_logits_and_not_probabilities(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    assert (make()(torch.rand(8, 1, 28, 28)) < 0).any()


@EACH_NETWORK
def test_every_parameter_gets_a_gradient(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    model = make()
    model(torch.rand(8, 1, 28, 28)).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_an_mlp_is_linear_relu_linear() -> None:
    model, images = MLP(), torch.rand(5, 1, 28, 28)
    inner = (images.flatten(start_dim=1) @ model.hidden.weight.T + model.hidden.bias).clamp(min=0)
    by_hand = inner @ model.output.weight.T + model.output.bias
    # The same sums of 784 products, perhaps added in another order.
    assert torch.allclose(model(images), by_hand, atol=1e-5)


@EACH_NETWORK
def test_pictures_of_another_size_are_refused(make: Callable[[], nn.Module]) -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        make()(torch.zeros(2, 1, 20, 20))
