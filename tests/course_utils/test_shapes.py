"""`course_utils.shapes`: names of axes, sizes of convolutions, tracing shapes through layers."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from course_utils.shapes import AXES, ShapeTrace, conv_output_size, name_axes, trace_shapes


def test_every_axis_of_the_course_has_a_meaning() -> None:
    assert list(AXES) == list("BCHWK")
    assert all(AXES.values())


def test_name_axes_writes_each_size_beside_its_letter() -> None:
    assert name_axes(torch.zeros(10, 784).shape, "BK") == "B=10 K=784"
    assert name_axes([], "") == ""


@given(st.lists(st.integers(0, 1000), max_size=6))
def test_name_axes_keeps_every_size_in_order(shape: list[int]) -> None:
    letters = "BCHWKN"[: len(shape)]
    pairs = [part.split("=") for part in name_axes(shape, letters).split()]
    assert [letter for letter, _ in pairs] == list(letters)
    assert [int(size) for _, size in pairs] == shape


@pytest.mark.parametrize("letters", ["BCH", "BCHWK", ""])
def test_name_axes_refuses_another_number_of_letters(letters: str) -> None:
    with pytest.raises(ValueError, match=rf"axes: expected 4 letters .* got '{letters}'"):
        name_axes([5, 1, 28, 28], letters)


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


def test_the_sizes_of_the_course_network() -> None:
    sizes = [28]
    for kernel_size, stride in ((3, 1), (2, 2), (3, 1), (2, 2)):
        sizes.append(conv_output_size(sizes[-1], kernel_size, stride))
    assert sizes == [28, 26, 13, 11, 5]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "size: expected at least 1, got 0"),
        ({"stride": 0}, "stride: expected at least 1, got 0"),
        ({"padding": -1}, "padding: expected at least 0, got -1"),
        ({"size": 4, "kernel_size": 3, "dilation": 2}, "size: expected at least 5 .* got 4"),
        ({"size": 2, "kernel_size": 5, "padding": 1}, "size: expected at least 5 .* got 4"),
    ],
)
def test_conv_output_size_refuses(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        conv_output_size(**{"size": 5, "kernel_size": 3, **settings})


@pytest.mark.parametrize("value", [2.0, "3", True, None])
def test_conv_output_size_wants_whole_numbers(value: object) -> None:
    with pytest.raises(TypeError, match=f"stride: expected a whole number, got {value!r}"):
        conv_output_size(5, 3, stride=value)  # type: ignore[arg-type]


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
    layers = (nn.Flatten(), nn.ReLU(inplace=True), nn.ReLU())
    assert [step.shares_memory for step in trace_shapes(images, *layers)] == [
        None,
        True,
        True,
        False,
    ]
    turned = images.permute(0, 2, 1)  # no longer in reading order, so that Flatten has to copy
    assert trace_shapes(turned, nn.Flatten())[1].shares_memory is False


class ThroughNumPy(nn.Module):
    def forward(self, inputs: Tensor) -> Tensor:
        return torch.from_numpy(inputs.numpy())


@pytest.mark.parametrize(
    "images", [torch.zeros(0, 3, 4), torch.zeros(2, 3, 4, device="meta"), torch.zeros(2, 3, 4)]
)
def test_trace_tells_a_view_from_a_copy_where_memory_has_no_address(images: Tensor) -> None:
    layers = (nn.Flatten(), nn.ReLU(inplace=True), nn.ReLU(), nn.Identity())
    shared = [step.shares_memory for step in trace_shapes(images, *layers)]
    assert shared == [None, True, True, False, True]


def test_a_trace_sees_memory_that_came_back_from_numpy() -> None:
    assert trace_shapes(torch.zeros(2, 3), ThroughNumPy())[1].shares_memory is True


def test_trace_tracks_no_gradients_and_leaves_every_mode_as_it_was() -> None:
    inside = nn.Dropout(0.5)
    inside.eval()
    norm = nn.BatchNorm1d(12)
    model = nn.Sequential(nn.Flatten(), norm, inside)
    tracked: list[bool] = []
    norm.register_forward_hook(lambda module, inputs, output: tracked.append(output.requires_grad))
    trace_shapes(torch.rand(1, 3, 4), model)  # a batch of one: in train mode BatchNorm refuses it
    assert (model.training, norm.training, inside.training) == (True, True, False)
    assert tracked == [False]
    assert norm.num_batches_tracked is not None and norm.num_batches_tracked.item() == 0


def test_a_failing_layer_is_named_and_its_mode_put_back() -> None:
    linear = nn.Linear(784, 10)
    with pytest.raises(RuntimeError, match=r"Linear\(.*784.*\) cannot take the shape \[4, 196\]"):
        trace_shapes(torch.zeros(4, 1, 14, 14), nn.Flatten(), linear)
    assert linear.training


class Odd(nn.Module):
    """Returns or raises what it was given."""

    def __init__(self, outcome: object) -> None:
        super().__init__()
        self.outcome = outcome

    def forward(self, inputs: Tensor) -> object:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def test_an_error_that_needs_more_than_a_message_is_still_reported() -> None:
    error = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "a ValueError with five arguments")
    with pytest.raises(ValueError, match=r"Odd\(\) cannot take the shape \[2\]: .*five arguments"):
        trace_shapes(torch.zeros(2), Odd(error))


def test_a_layer_must_return_one_tensor() -> None:
    with pytest.raises(TypeError, match=r"layers: expected one tensor from GRU\(.*got tuple"):
        trace_shapes(torch.zeros(2, 5, 3), nn.GRU(3, 4))


def test_a_layer_must_be_a_module() -> None:
    with pytest.raises(TypeError, match="layers: expected modules such as"):
        trace_shapes(torch.zeros(2), nn.Flatten, nn.ReLU())  # type: ignore[arg-type]


def test_the_trace_prints_as_a_table() -> None:
    trace = trace_shapes(torch.zeros(5, 1, 28, 28), nn.Flatten(), nn.Linear(784, 10))
    assert repr(trace).splitlines() == [
        "step     shape           strides            memory",
        "input    [5, 1, 28, 28]  [784, 784, 28, 1]",
        "Flatten  [5, 784]        [784, 1]           shared",
        "Linear   [5, 10]         [10, 1]            new",
    ]
