"""A twin of a model without its numbers: the same layers over tensors that only have sizes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


def meta_copy(model: nn.Module, keep_shared_storages: bool = False) -> nn.Module:
    """The model on the meta device, without copying its numbers on the way; `model` is untouched.

    A parameter that stands in two places (tied weights) is one parameter in the copy too.
    keep_shared_storages: whether different tensors that look at one storage do so in the copy:
    they do on the CPU, while `model.to("cuda")` gives each its own.

    Raises TypeError for a model that cannot be deep-copied.
    """
    twins = _Twins(keep_shared_storages)
    memo: dict[int, Any] = {}
    for tensor in [*model.parameters(), *model.buffers()]:
        memo[id(tensor)] = twins.of(tensor)
    try:
        with _WithoutNumbers():
            return copy.deepcopy(model, memo)
    except (TypeError, AttributeError, RuntimeError) as error:
        raise TypeError(
            f"model: expected one that copy.deepcopy can copy, {type(model).__name__} says: {error}"
        ) from error


class _Twins:
    """Tensors on the meta device with the sizes of others."""

    def __init__(self, keep_shared_storages: bool) -> None:
        self.keep_shared_storages = keep_shared_storages
        self._storages: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}

    def of(self, tensor: Tensor) -> Tensor:
        twin = torch.empty_like(tensor.detach(), device="meta")
        if self.keep_shared_storages:
            own = tensor.untyped_storage()
            # The original storage is held, too, so that its id stays its own.
            pair = (own, torch.UntypedStorage(own.nbytes(), device="meta"))
            storage = self._storages.setdefault(id(own), pair)[1]
            twin.set_(storage, tensor.storage_offset(), tensor.shape, tensor.stride())
        if isinstance(tensor, nn.Parameter):
            twin = nn.Parameter(twin, requires_grad=tensor.requires_grad)
        twin.__dict__.update(tensor.__dict__)
        return twin


class _WithoutNumbers(TorchFunctionMode):
    """While it is entered, copying a tensor gives one with the same sizes on the meta device."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        # `Tensor.__deepcopy__` for tensors that are plain attributes, `clone` for parameters that
        # are, which no module knows.
        if func is Tensor.__deepcopy__:
            tensor, memo = args
            return memo.setdefault(id(tensor), torch.empty_like(tensor, device="meta"))
        if func is Tensor.clone:
            return torch.empty_like(args[0], device="meta")
        return func(*args, **(kwargs or {}))
