"""Where the meta device would go another way than the device that the estimate is for.

`dropout` and `scaled_dot_product_attention` ask which device they run on and choose their kernels
by it; on the meta device they choose the ones that no GPU would. And some operations allocate what
no dispatcher sees: those are refused. Both are done by registering functions for the meta device,
through `torch.library`, for the time of an estimate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

_aten = torch.ops.aten
_lock = threading.Lock()

# Their CUDA kernels keep a reserve for the backward pass whose size only cuDNN knows.
RECURRENT = (
    "lstm.input",
    "lstm.data",
    "gru.input",
    "gru.data",
    "rnn_tanh.input",
    "rnn_tanh.data",
    "rnn_relu.input",
    "rnn_relu.data",
    "lstm_cell",
    "gru_cell",
    "rnn_tanh_cell",
    "rnn_relu_cell",
)


class Refusal(RuntimeError):
    """What cannot be estimated rightly, and why."""


@contextmanager
def paths_of(device: str) -> Iterator[None]:
    """Let operations on the meta device take the kernels of `device`, "cuda" or "cpu"."""
    with _lock:
        library = torch.library.Library("aten", "IMPL")
        try:
            if device == "cuda":
                library.impl("dropout", _cuda_dropout, "AutogradMeta")
            choose = _cuda_attention if device == "cuda" else _cpu_attention
            library.impl("scaled_dot_product_attention", _attention(choose), "AutogradMeta")
            for name in RECURRENT:
                library.impl(name, _refuse_recurrent, "AutogradMeta")
            yield
        finally:
            # Dropping the last reference takes the registrations back.
            del library


def _refuse_recurrent(*_: object, **__: object) -> None:
    raise Refusal(
        "recurrent layers cannot be estimated: cuDNN keeps a reserve of a size that only cuDNN "
        "knows; use measure_training_memory on the GPU"
    )


def _cuda_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """CUDA keeps one byte per element as the mask; the other devices keep a number."""
    if not train or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul(torch.zeros((), dtype=input.dtype, device=input.device))
    return torch.native_dropout(input, p, train)[0]


Attention = Callable[[Tensor, Tensor, Tensor, Tensor | None, float, bool, float | None], Tensor]
ChooseAttention = Callable[[Tensor, Tensor, Tensor, Tensor | None, float], Attention | None]


def _attention(choose: ChooseAttention) -> Callable[..., Tensor]:
    def attention(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        *,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Tensor:
        mask = _as_numbers(attn_mask, query.dtype)
        kernel = None if enable_gqa else choose(query, key, value, mask, dropout_p)
        if kernel is not None:
            return kernel(query, key, value, mask, dropout_p, is_causal, scale)
        result: Tensor = _aten._scaled_dot_product_attention_math(
            query, key, value, mask, dropout_p, is_causal,
            None, scale=scale, enable_gqa=enable_gqa,
        )[0]  # fmt: skip
        return result

    return attention


def _as_numbers(mask: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    """A mask of bools is turned into one of zeros and minus infinities first."""
    if mask is None or mask.dtype != torch.bool:
        return mask
    return torch.zeros_like(mask, dtype=dtype).masked_fill_(mask.logical_not(), float("-inf"))


def _cuda_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, dropout_p: float
) -> Attention | None:
    """Flash attention for half precision without a mask, else the memory-efficient kernel.

    As torch chooses on NVIDIA GPUs from compute capability 8.0 on.
    """
    half = query.dtype in (torch.float16, torch.bfloat16)
    if query.dim() != 4 or not (half or query.dtype == torch.float32):
        return None
    features = query.shape[-1]
    one_width = features == value.shape[-1]
    if half and mask is None and one_width and features % 8 == 0 and features <= 256:
        return _flash
    # The efficient kernel reads 16 bytes at a time.
    alignment = 16 // query.element_size()
    return _efficient if features % alignment == value.shape[-1] % alignment == 0 else None


def _cpu_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, dropout_p: float
) -> Attention | None:
    """The CPU's flash attention, which has no dropout and no gradient for the mask."""
    fits = query.dim() == 4 and query.shape[-1] == key.shape[-1] == value.shape[-1]
    mask_fits = mask is None or (not mask.requires_grad and mask.dim() in (2, 4))
    return _cpu_flash if fits and mask_fits and dropout_p == 0 else None


def _flash(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
    dropout_p: float, is_causal: bool, scale: float | None,
) -> Tensor:  # fmt: skip
    result: Any = _aten._scaled_dot_product_flash_attention(
        query, key, value, dropout_p, is_causal, False, scale=scale
    )
    return result[0]  # type: ignore[no-any-return]


def _efficient(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
    dropout_p: float, is_causal: bool, scale: float | None,
) -> Tensor:  # fmt: skip
    if mask is not None:
        mask = mask.expand(*query.shape[:3], key.shape[2])
    tracked = [one for one in (query, key, value, mask) if one is not None]
    needs_gradient = torch.is_grad_enabled() and any(one.requires_grad for one in tracked)
    result: Any = _aten._scaled_dot_product_efficient_attention(
        query, key, value, mask, needs_gradient, dropout_p, is_causal, scale=scale
    )
    return result[0]  # type: ignore[no-any-return]


def _cpu_flash(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
    dropout_p: float, is_causal: bool, scale: float | None,
) -> Tensor:  # fmt: skip
    result: Any = _aten._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, dropout_p, is_causal, attn_mask=mask, scale=scale
    )
    return result[0]  # type: ignore[no-any-return]
