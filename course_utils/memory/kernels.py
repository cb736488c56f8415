"""What a kernel allocates for itself while it runs, which no dispatcher sees.

Only what is known for sure or was measured: contiguous copies that a kernel makes of its inputs,
and, on the CPU, what a convolution's backward pass reorders and the numbers that an operation on
many tensors turns into tensors. Others have temporaries, too: a bilinear layer, layer norm's sums
per thread. cuDNN's workspaces depend on the card and stay out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_aten = torch.ops.aten

# Operation -> positions of the inputs of which the kernel makes a contiguous copy if need be.
_CONTIGUOUS_INPUTS = {
    _aten.native_layer_norm.default: (0,),
    _aten.native_layer_norm_backward.default: (0, 1),
}
_foreach_with_numbers = [
    _aten._foreach_add_,
    _aten._foreach_sub_,
    _aten._foreach_mul_,
    _aten._foreach_div_,
]
_WITH_NUMBERS = {
    overload for op in _foreach_with_numbers for overload in (op.Scalar, op.ScalarList)
}


def bytes_inside(func: Callable[..., Any], args: tuple[Any, ...], on_cpu: bool) -> int:
    """Bytes that the kernel holds beside its outputs, and has released when it returns."""
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
