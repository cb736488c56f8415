"""`course_utils.shapes`: names of axes, sizes of convolutions, tracing shapes through layers."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from course_utils.shapes import (
    ShapeTrace,
    check_labels,
    check_logits,
    conv_output_size,
    name_axes,
    trace_shapes,
)
from tests.course_utils.built import built_in


def test_name_axes_writes_each_size_beside_its_letter() -> None:
    assert name_axes(torch.zeros(10, 784).shape, "BK") == "B=10 K=784"
    assert name_axes([], "") == ""


def test_name_axes_refuses_another_number_of_letters() -> None:
    with pytest.raises(ValueError, match=r"axes: expected 4 letters for \[5, 1, 28, 28\].* 'BCH'"):
        name_axes([5, 1, 28, 28], "BCH")


@given(
    rest=st.integers(0, 20),
    kernel_size=st.integers(1, 7),
    stride=st.integers(1, 5),
    padding=st.integers(0, 4),
    dilation=st.integers(1, 4),
)
def test_conv_output_size_is_what_a_convolution_leaves(
    rest: int, kernel_size: int, stride: int, padding: int, dilation: int
) -> None:
    size = max(1, dilation * (kernel_size - 1) + 1 - 2 * padding + rest)
    layer = nn.Conv1d(1, 1, kernel_size, stride, padding, dilation)
    found = conv_output_size(size, kernel_size, stride, padding, dilation)
    assert found == layer(torch.zeros(1, 1, size)).shape[-1]


@given(size=st.integers(4, 40), window=st.integers(1, 4), stride=st.integers(1, 4))
def test_conv_output_size_is_what_a_pooling_leaves(size: int, window: int, stride: int) -> None:
    pooled = nn.MaxPool1d(window, stride)(torch.zeros(1, 1, size)).shape[-1]
    assert conv_output_size(size, window, stride) == pooled


def test_conv_output_size_is_what_notebook_06_builds() -> None:
    output_size = built_in("06", "output_size")
    for settings in [(28, 3, 1, 0, 1), (28, 3, 2, 1, 1), (26, 2, 2, 0, 1), (9, 3, 1, 0, 2)]:
        assert conv_output_size(*settings) == output_size(*settings)


def test_conv_output_size_refuses_a_window_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"size: expected at least 5 .* got 4"):
        conv_output_size(2, kernel_size=5, padding=1)


def shapes(trace: ShapeTrace) -> list[tuple[int, ...]]:
    return [step.shape for step in trace]


def test_trace_gives_the_shapes_that_the_layers_give() -> None:
    images = torch.rand(5, 1, 6, 4)
    layers = [nn.Conv2d(1, 3, kernel_size=3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 10)]
    expected = [tuple(images.shape)]
    current: Tensor = images
    for layer in layers:
        current = layer(current)
        expected.append(tuple(current.shape))
    trace = trace_shapes(images, *layers)
    assert shapes(trace) == expected
    assert [step.name for step in trace] == ["input", "Conv2d", "ReLU", "Flatten", "Linear"]
    assert trace[-1].stride == current.stride()


@given(st.integers(1, 5), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))
def test_flatten_keeps_the_batch_for_every_size(b: int, c: int, h: int, w: int) -> None:
    assert shapes(trace_shapes(torch.zeros(b, c, h, w), nn.Flatten()))[-1] == (b, c * h * w)


def test_trace_opens_sequentials_inside_sequentials() -> None:
    model = nn.Sequential(nn.Sequential(nn.Flatten(), nn.Linear(12, 4)), nn.ReLU())
    trace = trace_shapes(torch.zeros(2, 3, 4), model)
    assert [step.name for step in trace] == ["input", "Flatten", "Linear", "ReLU"]


def test_trace_tells_a_view_from_a_copy() -> None:
    images = torch.rand(2, 3, 4)
    trace = trace_shapes(images, nn.Flatten(), nn.ReLU(inplace=True), nn.ReLU())
    assert [step.shares_memory for step in trace] == [None, True, True, False]
    turned = images.permute(0, 2, 1)  # no longer in reading order, so that Flatten has to copy
    assert trace_shapes(turned, nn.Flatten())[1].shares_memory is False


def test_trace_tracks_no_gradients_and_leaves_every_mode_as_it_was() -> None:
    inside, norm = nn.Dropout(0.5).eval(), nn.BatchNorm1d(12)
    model = nn.Sequential(nn.Flatten(), norm, inside)
    tracked: list[bool] = []
    norm.register_forward_hook(lambda module, inputs, output: tracked.append(output.requires_grad))
    trace_shapes(torch.rand(1, 3, 4), model)  # a batch of one: in train mode BatchNorm refuses it
    assert (model.training, norm.training, inside.training) == (True, True, False)
    assert tracked == [False]


def test_a_failing_layer_is_named_and_its_mode_put_back() -> None:
    linear = nn.Linear(784, 10)
    with pytest.raises(RuntimeError, match=r"Linear\(.*784.*\) cannot take the shape \[4, 196\]"):
        trace_shapes(torch.zeros(4, 1, 14, 14), nn.Flatten(), linear)
    assert linear.training


def test_a_layer_must_return_one_tensor() -> None:
    with pytest.raises(TypeError, match=r"layers: expected one tensor from GRU\(.*got tuple"):
        trace_shapes(torch.zeros(2, 5, 3), nn.GRU(3, 4))


def test_the_trace_prints_as_a_table() -> None:
    trace = trace_shapes(torch.zeros(5, 1, 28, 28), nn.Flatten(), nn.Linear(784, 10))
    assert repr(trace).splitlines() == [
        "step     shape           strides            memory",
        "input    [5, 1, 28, 28]  [784, 784, 28, 1]",
        "Flatten  [5, 784]        [784, 1]           shared",
        "Linear   [5, 10]         [10, 1]            new",
    ]


LOGITS = torch.zeros(2, 3)


@pytest.mark.parametrize(
    ("logits", "error", "message"),
    [
        (torch.zeros(3), ValueError, r"logits: expected shape \[B, K\], got \[3\]: .*unsqueeze"),
        (torch.zeros(2, 3, 4), ValueError, r"logits: expected shape \[B, K\], got \[2, 3, 4\]$"),
        (LOGITS.long(), TypeError, "logits: expected floats, got torch.int64"),
    ],
)
def test_logits_that_are_none_are_refused(
    logits: Tensor, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        check_logits(logits)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (torch.tensor([0.0, 1.0]), TypeError, r"labels: expected class indices \(integers\)"),
        (torch.tensor([[0], [1]]), ValueError, r"labels: .*\[2\], got \[2, 1\]: .*\.squeeze\(1\)"),
        (torch.tensor([0, 1, 2]), ValueError, r"labels: expected shape \[2\], got \[3\]$"),
        (torch.tensor([0, 3]), ValueError, "labels: expected 0 to 2, got 0 to 3"),
        (torch.tensor([-1, 0]), ValueError, "labels: expected 0 to 2, got -1 to 0"),
    ],
)
def test_labels_that_are_none_are_refused(
    labels: Tensor, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        check_labels(labels, LOGITS)
