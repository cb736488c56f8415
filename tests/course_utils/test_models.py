"""The course's three networks: their sizes, their shapes, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.models import CNN, MLP, SoftmaxRegression


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("model", "count"),
    [
        (SoftmaxRegression(), 784 * 10 + 10),
        (SoftmaxRegression(), 7_850),
        (MLP(), 101_770),
        (MLP(in_features=3 * 32 * 32), 394_634),
        (CNN(), 320 + 18_496 + 102_464 + 650),
        (CNN(), 121_930),
        (CNN(in_channels=3), 121_930 + 2 * 9 * 32),
    ],
)
def test_number_of_parameters(model: nn.Module, count: int) -> None:
    assert parameters(model) == count
    assert all(parameter.requires_grad for parameter in model.parameters())


@given(batch=st.integers(0, 5), channels=st.integers(1, 4), classes=st.integers(1, 12))
@settings(deadline=None)  # a time limit for one example would fail on a busy machine
def test_any_batch_size_gives_one_row_of_logits_per_picture(
    batch: int, channels: int, classes: int
) -> None:
    images = torch.rand(batch, channels, 28, 28)
    for model in (
        SoftmaxRegression(channels * 28 * 28, classes),
        MLP(channels * 28 * 28, hidden=3, classes=classes),
        CNN(channels, classes),
    ):
        logits = model(images)
        assert logits.shape == (batch, classes)
        assert logits.dtype == torch.float32


@pytest.mark.parametrize("make", [SoftmaxRegression, MLP, CNN])
def test_a_row_depends_on_its_own_picture_alone(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    model, images = make(), torch.rand(4, 1, 28, 28)
    with torch.no_grad():
        rows = torch.cat([model(image.unsqueeze(0)) for image in images])
        # float32 sums over at most 1,600 products, in an order that depends on the batch size.
        assert torch.allclose(model(images), rows, atol=1e-5)


@pytest.mark.parametrize("make", [SoftmaxRegression, MLP, CNN])
def test_gives_logits_and_not_probabilities(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    with torch.no_grad():
        logits = make()(torch.rand(8, 1, 28, 28))
    assert (logits < 0).any()
    assert not torch.allclose(logits.sum(dim=1), torch.ones(8))


@pytest.mark.parametrize("make", [SoftmaxRegression, MLP, CNN])
def test_every_parameter_gets_a_gradient(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    model = make()
    model(torch.rand(8, 1, 28, 28)).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_an_mlp_is_linear_relu_linear() -> None:
    torch.manual_seed(0)
    model, images = MLP(), torch.rand(5, 1, 28, 28)
    x = images.flatten(start_dim=1)
    inner = (x @ model.hidden.weight.T + model.hidden.bias).clamp(min=0)
    by_hand = inner @ model.output.weight.T + model.output.bias
    # The same sums of 784 products, perhaps added in another order.
    assert torch.allclose(model(images), by_hand, atol=1e-5)


def test_the_sizes_on_the_way_through_the_cnn() -> None:
    sizes = []
    x = torch.zeros(1, 1, 28, 28)
    for layer in CNN().features:
        x = layer(x)
        sizes.append(x.shape[-1])
    assert sizes == [26, 26, 13, 11, 11, 5]
    assert x.numel() == 1_600


@pytest.mark.parametrize("make", [SoftmaxRegression, MLP, CNN])
def test_pictures_of_another_size_are_refused(make: Callable[[], nn.Module]) -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        make()(torch.zeros(2, 1, 20, 20))


def test_the_cnn_refuses_other_channels() -> None:
    with pytest.raises(RuntimeError, match="channels"):
        CNN(in_channels=3)(torch.zeros(2, 1, 28, 28))


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (SoftmaxRegression, "in_features"),
        (SoftmaxRegression, "classes"),
        (MLP, "in_features"),
        (MLP, "hidden"),
        (MLP, "classes"),
        (CNN, "in_channels"),
        (CNN, "classes"),
    ],
)
def test_impossible_sizes_are_refused_by_name(
    make: Callable[..., nn.Module], argument: str
) -> None:
    for size in (0, -1):
        with pytest.raises(ValueError, match=f"{argument}: expected at least 1, got {size}"):
            make(**{argument: size})
    for thing in (2.0, "10", True, None):
        with pytest.raises(TypeError, match=f"{argument}: expected a whole number, got {thing!r}"):
            make(**{argument: thing})
