"""What cannot be estimated is refused with its reason; what does not fit is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from course_utils.memory import (
    estimate_training_memory,
    measure_training_memory,
)
from course_utils.models import CNN, MLP

GREY = (1, 28, 28)
Step = Callable[[nn.Module, Any, tuple[Tensor, ...]], object]


class Recurrent(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, inputs: Tensor) -> Tensor:
        result = self.layer(inputs)
        logits: Tensor = result[0] if isinstance(result, tuple) else result
        return logits


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.LSTM(8, 8), (4, 8)),
        (nn.GRU(8, 8), (4, 8)),
        (nn.RNN(8, 8), (4, 8)),
        (nn.LSTMCell(8, 8), (8,)),
    ],
)
def test_recurrent_layers_are_refused_by_name(layer: nn.Module, shape: tuple[int, ...]) -> None:
    with pytest.raises(RuntimeError, match=r"^layer: recurrent layers cannot be estimated"):
        estimate_training_memory(Recurrent(layer), shape, 2)


def item(model: nn.Module, optimizer: object, batch: tuple[Tensor, ...]) -> float:
    return float(model(batch[0]).sum().item())


def branch(model: nn.Module, optimizer: object, batch: tuple[Tensor, ...]) -> None:
    if model(batch[0]).sum() > 0:
        optimizer.step()  # type: ignore[attr-defined]


def to_cpu(model: nn.Module, optimizer: object, batch: tuple[Tensor, ...]) -> None:
    model(batch[0]).cpu()


@pytest.mark.parametrize("step", [item, branch, to_cpu])
def test_a_step_that_reads_numbers_is_refused(step: Step) -> None:
    with pytest.raises(RuntimeError, match="reads a number out of a tensor"):
        estimate_training_memory(MLP(), GREY, 4, step=step)


def masked(model: nn.Module, optimizer: object, batch: tuple[Tensor, ...]) -> None:
    model(batch[0][batch[1] > 0])


def unique(model: nn.Module, optimizer: object, batch: tuple[Tensor, ...]) -> None:
    batch[1].unique()


@pytest.mark.parametrize("step", [masked, unique])
def test_sizes_that_depend_on_numbers_are_refused(step: Step) -> None:
    with pytest.raises(RuntimeError, match=r"aten\.\S+ cannot be estimated"):
        estimate_training_memory(MLP(), GREY, 4, step=step)


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_autocast_in_the_step_is_refused(device: str) -> None:
    def step(model: nn.Module, optimizer: object, batch: tuple[Tensor, ...]) -> None:
        with torch.autocast(device, dtype=torch.bfloat16):
            model(batch[0])

    with pytest.raises(RuntimeError, match="autocast cannot be estimated"):
        estimate_training_memory(MLP(), GREY, 4, step=step)


def test_autocast_around_the_estimate_is_refused() -> None:
    with torch.autocast("cpu"), pytest.raises(RuntimeError, match="autocast cannot be estimated"):
        estimate_training_memory(MLP(), GREY, 4)


class MakesAMask(nn.Linear):
    def forward(self, inputs: Tensor) -> Tensor:
        return super().forward(inputs) + torch.zeros(self.out_features)


def test_tensors_that_are_made_on_the_cpu_are_refused_by_their_layer() -> None:
    model = nn.Sequential(MakesAMask(4, 4))
    with pytest.raises(RuntimeError, match=r"^0: tensors of the model meet others .* on the CPU"):
        estimate_training_memory(model, (4,), 3)


def test_sparse_gradients_are_refused() -> None:
    model = nn.Sequential(nn.Embedding(10, 4, sparse=True), nn.Flatten(), nn.Linear(12, 3))

    def inputs(batch_size: int) -> tuple[Tensor, Tensor]:
        return torch.zeros(batch_size, 3, dtype=torch.long), torch.zeros(
            batch_size, dtype=torch.long
        )

    with pytest.raises(RuntimeError, match="sparse"):
        estimate_training_memory(model, None, 2, foreach=False, inputs=inputs)


def test_an_operator_without_a_meta_kernel_is_refused() -> None:
    library = torch.library.Library("course_test", "DEF")
    library.define("twice(Tensor x) -> Tensor")
    library.impl("twice", lambda x: 2 * x, "CPU")

    def step(model: nn.Module, optimizer: object, batch: tuple[Tensor, ...]) -> None:
        torch.ops.course_test.twice(batch[0])

    with pytest.raises(RuntimeError, match=r"course_test\.twice.* cannot be estimated"):
        estimate_training_memory(MLP(), GREY, 4, step=step)


def fails(model: nn.Module, optimizer: torch.optim.Optimizer, batch: tuple[Tensor, ...]) -> None:
    raise ValueError("a step that fails")


class FailsInItsStep(torch.optim.SGD):
    def step(self, closure: Any = None) -> Any:
        raise RuntimeError("an optimizer that fails")


@pytest.mark.parametrize(
    ("arguments", "more", "message"),
    [
        ((MLP(), GREY, 0), {}, "batch_size: expected at least 1, got 0"),
        ((MLP(), None, 4), {}, "input_shape: expected the shape of one sample"),
        ((MLP(), (3, 32, 32), 4), {}, r"input_shape: \[3, 32, 32\] does not fit .*: hidden says"),
        ((CNN(), (3, 28, 28), 4), {}, r"input_shape: .* does not fit the model: features\.0 says"),
        ((nn.ReLU(), GREY, 4), {}, "model: expected parameters to train"),
        ((MLP().requires_grad_(False), GREY, 4), {}, "model: expected parameters to train"),
        ((nn.LazyLinear(3), (4,), 4), {}, "model: .*lazy layer"),
        ((MLP(), GREY, 4), {"device": "mps"}, 'device: expected "cuda" or "cpu"'),
        ((MLP(), GREY, 4), {"fused": True}, "fused: expected it left out"),
        ((MLP(), GREY, 4), {"step": fails, "loss": nn.functional.mse_loss}, "loss: the default"),
        ((MLP(), GREY, 4), {"loss": lambda logits, labels: logits}, "loss: .* says: grad can be"),
        ((MLP(), GREY, 4), {"step": fails}, "step: .* says: a step that fails"),
        ((MLP(), GREY, 4, FailsInItsStep), {}, "optimizer: .* says: an optimizer that fails"),
    ],
)
def test_the_argument_that_does_not_fit_is_named(
    arguments: tuple[Any, ...], more: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=rf"^{message}") as caught:
        estimate_training_memory(*arguments, **more)
    assert "\n" not in str(caught.value)


def test_classes_and_instances_that_are_mixed_up_are_named() -> None:
    made: Any = torch.optim.SGD(MLP().parameters())
    with pytest.raises(TypeError, match=r"^optimizer: expected a class .* got one made: SGD"):
        estimate_training_memory(MLP(), GREY, 4, made)
    kind: Any = MLP
    one_tensor: Any = torch.zeros
    with pytest.raises(TypeError, match=r"^model: expected a torch.nn.Module, got type"):
        estimate_training_memory(kind, GREY, 4)
    with pytest.raises(TypeError, match=r"^inputs: expected a function that returns a tuple"):
        estimate_training_memory(MLP(), None, 4, inputs=one_tensor)


def test_an_optimizer_that_does_not_know_foreach_is_made_without_it() -> None:
    def make(parameters: Any) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, momentum=0.9)

    estimate = estimate_training_memory(MLP(), GREY, 4, make)
    assert estimate.optimizer_state == estimate.parameters


def test_an_option_that_the_optimizer_does_not_know_is_named() -> None:
    with pytest.raises(TypeError, match="momentun"):
        estimate_training_memory(MLP(), GREY, 4, momentun=0.9)


def test_an_optimizer_that_reads_numbers_is_refused_as_the_optimizer() -> None:
    with pytest.raises(RuntimeError, match=r"^optimizer: the step reads a number"):
        estimate_training_memory(MLP(), GREY, 4, torch.optim.Adafactor)


def test_a_model_that_returns_no_tensor_is_told_to_bring_its_step() -> None:
    class Two(nn.Linear):
        def forward(self, inputs: Tensor) -> Any:
            return {"logits": super().forward(inputs)}

    for function in (estimate_training_memory, measure_training_memory):
        with pytest.raises(TypeError, match="model: expected logits, one tensor, got dict"):
            function(Two(4, 2), (4,), 3)


def test_a_refused_model_can_be_replaced_at_once() -> None:
    with pytest.raises(RuntimeError):
        estimate_training_memory(Recurrent(nn.LSTM(8, 8)), (4, 8), 2)
    assert estimate_training_memory(MLP(), GREY, 64).peak == 1_050_712
