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
    """
    storages: dict[torch.UntypedStorage, torch.UntypedStorage] = {}
    twins: dict[int, Any] = {}
    for tensor in [*model.parameters(), *model.buffers()]:
        twin = torch.empty_like(tensor.detach(), device="meta")
        if keep_shared_storages:
            own = tensor.untyped_storage()
            storage = storages.setdefault(own, torch.UntypedStorage(own.nbytes(), device="meta"))
            twin.set_(storage, tensor.storage_offset(), tensor.shape, tensor.stride())
        if isinstance(tensor, nn.Parameter):
            twin = nn.Parameter(twin, requires_grad=tensor.requires_grad)
        twin.__dict__.update(tensor.__dict__)  # what others have written on it
        twins[id(tensor)] = twin
    with _WithoutNumbers():
        # deepcopy looks up in its memo, by id, what it has copied already.
        return copy.deepcopy(model, twins)


class _WithoutNumbers(TorchFunctionMode):
    """While it is entered, copying a tensor gives one with the same sizes on the meta device.

    For tensors that are plain attributes of a module, which it does not list.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func is Tensor.__deepcopy__:
            tensor, memo = args
            return memo.setdefault(id(tensor), torch.empty_like(tensor, device="meta"))
        if func is Tensor.clone:  # what `Parameter.__deepcopy__` calls
            return torch.empty_like(args[0], device="meta")
        return func(*args, **(kwargs or {}))
