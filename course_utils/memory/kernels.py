"""The kernels that a device would run, for operations on tensors without numbers.

Most operations allocate the same on every device. These do not:

- dropout and scaled_dot_product_attention ask which device they run on and choose their kernels by
  it; on the meta device they choose those that no GPU would. `kernels_of` registers functions for
  the meta device, through `torch.library`, that choose as the real device does.
- Recurrent layers allocate what no dispatcher sees: `kernels_of` lets them refuse.
- Some kernels hold bytes beside their outputs while they run: `bytes_inside` says how many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from course_utils.memory.refusals import RECURRENT, Refusal

_aten = torch.ops.aten

_CELLS = ("lstm", "gru", "rnn_tanh", "rnn_relu")
_RECURRENT_OPERATIONS = [
    *(f"{cell}.{overload}" for cell in _CELLS for overload in ("input", "data")),
    *(f"{cell}_cell" for cell in _CELLS),
]


@contextmanager
def kernels_of(device: str) -> Iterator[None]:
    """Let operations on the meta device take the kernels of `device`, "cuda" or "cpu"."""
    library = torch.library.Library("aten", "IMPL")
    try:
        if device == "cuda":
            library.impl("dropout", _cuda_dropout, "AutogradMeta")
        attention = _cuda_attention if device == "cuda" else _cpu_attention
        library.impl("scaled_dot_product_attention", attention, "AutogradMeta")
        for name in _RECURRENT_OPERATIONS:
            library.impl(name, _refuse_recurrent, "AutogradMeta")
        yield
    finally:
        # Dropping the last reference takes the registrations back.
        del library


def _refuse_recurrent(*_: object, **__: object) -> None:
    raise Refusal(RECURRENT)


def _cuda_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """CUDA keeps one byte per element as the mask; the other devices keep a number."""
    if not train or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul(torch.zeros((), dtype=input.dtype, device=input.device))
    return torch.native_dropout(input, p, train)[0]


def _cuda_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, *,
    scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """Flash attention for half precision without a mask, else the memory-efficient kernel.

    As torch chooses on NVIDIA GPUs from compute capability 8.0 on.
    """
    mask = _as_numbers(attn_mask, query.dtype)
    half = query.dtype in (torch.float16, torch.bfloat16)
    features, value_features = query.shape[-1], value.shape[-1]
    fused = query.dim() == 4 and (half or query.dtype == torch.float32) and not enable_gqa
    if fused and half and mask is None and features == value_features <= 256 and features % 8 == 0:
        return _first(
            _aten._scaled_dot_product_flash_attention(
                query, key, value, dropout_p, is_causal, False, scale=scale
            )
        )
    # The efficient kernel reads 16 bytes at a time.
    alignment = 16 // query.element_size()
    if fused and features % alignment == value_features % alignment == 0:
        if mask is not None:
            mask = mask.expand(*query.shape[:3], key.shape[2])
        tracked = [one for one in (query, key, value, mask) if one is not None]
        needs_gradient = torch.is_grad_enabled() and any(one.requires_grad for one in tracked)
        return _first(
            _aten._scaled_dot_product_efficient_attention(
                query, key, value, mask, needs_gradient, dropout_p, is_causal, scale=scale
            )
        )
    return _plain_attention(query, key, value, mask, dropout_p, is_causal, scale, enable_gqa)


def _cpu_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, *,
    scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """The CPU's flash attention, which has no dropout and no gradient for the mask."""
    mask = _as_numbers(attn_mask, query.dtype)
    fits = query.dim() == 4 and query.shape[-1] == key.shape[-1] == value.shape[-1]
    mask_fits = mask is None or (not mask.requires_grad and mask.dim() in (2, 4))
    if fits and mask_fits and dropout_p == 0 and not enable_gqa:
        return _first(
            _aten._scaled_dot_product_flash_attention_for_cpu(
                query, key, value, dropout_p, is_causal, attn_mask=mask, scale=scale
            )
        )
    return _plain_attention(query, key, value, mask, dropout_p, is_causal, scale, enable_gqa)


def _plain_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
    dropout_p: float, is_causal: bool, scale: float | None, enable_gqa: bool,
) -> Tensor:  # fmt: skip
    """Attention as the formula has it, with a table of all pairs."""
    return _first(
        _aten._scaled_dot_product_attention_math(
            query, key, value, mask, dropout_p, is_causal, None, scale=scale, enable_gqa=enable_gqa
        )
    )


def _first(results: tuple[Tensor, ...]) -> Tensor:
    """The attended values; what else an attention kernel returns is for its backward pass."""
    return results[0]


def _as_numbers(mask: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    """A mask of bools is turned into one of zeros and minus infinities first."""
    if mask is None or mask.dtype != torch.bool:
        return mask
    return torch.zeros_like(mask, dtype=dtype).masked_fill_(mask.logical_not(), float("-inf"))


# Operation -> positions of the inputs of which the kernel makes a contiguous copy if need be.
_CONTIGUOUS_INPUTS = {
    _aten.native_layer_norm.default: (0,),
    _aten.native_layer_norm_backward.default: (0, 1),
}
_WITH_NUMBERS = {
    overload
    for operation in (
        _aten._foreach_add_, _aten._foreach_sub_, _aten._foreach_mul_, _aten._foreach_div_,
    )
    for overload in (operation.Scalar, operation.ScalarList)
}  # fmt: skip


def bytes_inside(func: Callable[..., Any], args: tuple[Any, ...], on_cpu: bool) -> int:
    """Bytes that a kernel holds beside its outputs, and has released when it returns.

    Only what is known for sure or was measured: the copies and buffers below. Others have
    temporaries, too: a bilinear layer, layer norm's sums per thread. cuDNN's workspaces depend on
    the card and stay out.
    """
    if func in _CONTIGUOUS_INPUTS:
        inputs: list[Tensor] = [args[position] for position in _CONTIGUOUS_INPUTS[func]]
        return sum(one.nbytes for one in inputs if not one.is_contiguous())
    if on_cpu and func is _aten.convolution_backward.default:
        return _reordered_bytes(*args[:4])
    if on_cpu and func in _WITH_NUMBERS:
        # The CPU goes tensor by tensor, and makes of the number a double and one of their type.
        return max((8 + tensor.element_size() for tensor in args[0]), default=0)
    return 0


def _reordered_bytes(
    gradient: Tensor, inputs: Tensor, weight: Tensor, bias_shape: list[int] | None
) -> int:
    """oneDNN computes in an order of its own: as its calls were seen to allocate on x86.

    First copies of the gradient and the inputs, then the weight's and the bias's gradient twice.
    """
    if not torch.backends.mkldnn.is_available():
        return 0
    bias_bytes = sum(bias_shape or [0]) * weight.element_size()
    return max(gradient.nbytes + inputs.nbytes, weight.nbytes + bias_bytes)
