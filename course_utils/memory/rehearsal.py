"""Run training steps that compute nothing: all operations, on tensors that have only sizes."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from course_utils.arguments import shown
from course_utils.memory.device_paths import Refusal, paths_of
from course_utils.memory.meta_copy import meta_copy
from course_utils.memory.recipe import Recipe, random_state_kept
from course_utils.memory.tracker import Event, StorageTracker

DEVICES = ("cuda", "cpu")
_META = torch.device("meta")
_NO_AUTOCAST = (
    "autocast cannot be estimated: it changes types by the device that runs; "
    "precision=torch.bfloat16 estimates a model in bfloat16"
)


class Rehearsal:
    """A recipe on the meta device, on which steps of any batch size take no memory and no GPU.

    device: whose kernels the operations take, "cuda" or "cpu".
    """

    def __init__(self, recipe: Recipe, device: str) -> None:
        if not isinstance(device, str) or device not in DEVICES:
            raise ValueError(f'device: expected "cuda" or "cpu", got {shown(device)}')
        self.recipe = recipe
        self.device = device
        self.model = meta_copy(recipe.model, keep_shared_storages=device == "cpu").train()
        if recipe.precision is not None:
            self.model.to(recipe.precision)
        # What the optimizer keeps on the CPU (Adam's count of steps) takes none of a GPU's memory.
        self.tracker = _SizesTracker(device="meta" if device == "cuda" else None)
        self.tracker.mark(self.model.parameters(), "parameters")
        self.tracker.mark(self.model.buffers(), "buffers")
        self.optimizer = recipe.make_optimizer(self.model.parameters())
        self.tracker.watch(self.model, self.optimizer)
        self._has_state = False

    def run(self, batch_size: int) -> tuple[list[Event], list[Event]]:
        """(first step's events, steady step's events); the first is empty from the second call on.

        The steady step is one that finds the optimizer's state in place, as all but the first do.
        """
        first: list[Event] = []
        if not self._has_state:
            first = self._step(batch_size)
            self._has_state = True
        return first, self._step(batch_size)

    def _step(self, batch_size: int) -> list[Event]:
        with random_state_kept():
            batch = self.recipe.make_batch(batch_size, _META)
            self.tracker.mark(batch, "batch")
            self.tracker.start()
            with paths_of(self.device), collector_off(), self._explained(), self.tracker:
                self.recipe.take_step(self.model, self.optimizer, batch)
        self.tracker.unlabelled()
        return list(self.tracker.events)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what torch says of tensors without numbers into what the caller can do about it."""
        try:
            with warnings.catch_warnings():
                # Where there is no GPU, autocast switches itself off with nothing but a warning.
                warnings.filterwarnings("error", message=".*Disabling", category=UserWarning)
                yield
        except Refusal as error:
            where = "" if str(error) == _NO_AUTOCAST else self._where()
            raise Refusal(f"{where}{error}") from None
        except UserWarning as warning:
            if "Disabling" not in str(warning):
                raise
            raise Refusal(_NO_AUTOCAST) from warning
        except NotImplementedError as error:
            raise Refusal(f"{self._where()}{_why_not(self.tracker.operation, error)}") from error
        except (RuntimeError, ValueError, IndexError, AssertionError) as error:
            if self.tracker.operation in _READ_NUMBERS or "meta tensors" in str(error):
                raise Refusal(f"{self._where()}{_READS}") from error
            if "device meta" in str(error) or "same device" in str(error):
                raise Refusal(f"{self._where()}{_MIXES}") from error
            raise self._misfit(error) from error
        finally:
            self.tracker.layers.clear()

    def _where(self) -> str:
        return f"{self.tracker.layers[-1]}: " if self.tracker.layers else ""

    def _misfit(self, error: Exception) -> ValueError:
        shape = self.recipe.input_shape
        given = "inputs: what it makes" if shape is None else f"input_shape: {list(shape)}"
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        if self.tracker.layers:
            return ValueError(
                f"{given} does not fit the model: {self.tracker.layers[-1]} says: {reason}"
            )
        culprit = "step" if self.recipe.step is not None else "loss"
        return ValueError(f"{culprit}: {self.tracker.operation} says: {reason}")


_READ_NUMBERS = (
    "aten._local_scalar_dense.default",
    "aten.is_nonzero.default",
    "aten.equal.default",
)
_READS = (
    "the step reads a number out of a tensor (.item(), float(), an if), which an estimate "
    "without numbers cannot follow; use measure_training_memory"
)

_MIXES = (
    "tensors of the model meet others that the step makes on the CPU, which a GPU would refuse, "
    "too: make them with device=inputs.device"
)


def _why_not(operation: str, error: Exception) -> str:
    if "copy out of meta" in str(error):
        return _READS
    return (
        f"{operation} cannot be estimated: the size of its result depends on the numbers, or it "
        "has no kernel for tensors without numbers; use measure_training_memory"
    )


class _SizesTracker(StorageTracker):
    """A tracker that refuses autocast, which tensors on the meta device ignore in silence."""

    def run(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if torch.is_autocast_enabled("cuda") or torch.is_autocast_enabled("cpu"):
            raise Refusal(_NO_AUTOCAST)
        return super().run(func, args, kwargs)


@contextmanager
def collector_off() -> Iterator[None]:
    """No garbage collection for a while: it would release cycles at a moment of its own choice."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
