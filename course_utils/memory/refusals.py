"""What cannot be estimated rightly, and why: it is said, not guessed."""

from __future__ import annotations


class Refusal(RuntimeError):
    """What cannot be estimated rightly, and why."""


AUTOCAST = (
    "autocast cannot be estimated: it changes types by the device that runs; "
    "precision=torch.bfloat16 estimates a model in bfloat16"
)
RECURRENT = (
    "recurrent layers cannot be estimated: cuDNN keeps a reserve of a size that only cuDNN knows; "
    "use measure_training_memory on the GPU"
)
READS_NUMBERS = (
    "the step reads a number out of a tensor (.item(), float(), an if), which an estimate "
    "without numbers cannot follow; use measure_training_memory"
)
MIXES_DEVICES = (
    "tensors of the model meet others that the step makes on the CPU, which a GPU would refuse, "
    "too: make them with device=inputs.device"
)
NO_KERNEL = (
    "cannot be estimated: the size of its result depends on the numbers, or it has no kernel for "
    "tensors without numbers; use measure_training_memory"
)
_READING_OPERATIONS = (
    "aten._local_scalar_dense.default",
    "aten.is_nonzero.default",
    "aten.equal.default",
)


def explain(
    error: Exception, *, layer: str, phase: str, operation: str, sample: str, loss: str
) -> Exception:
    """What torch says of tensors without numbers, as what the caller can do about it.

    layer, phase, operation: where the step failed. sample, loss: the arguments to blame where the
    input does not fit a layer, and where what follows on the layers fails.
    """
    words = str(error)
    culprit = layer or ("optimizer" if phase == "optimizer" else "")
    prefix = f"{culprit}: " if culprit else ""
    if words == AUTOCAST or "Disabling autocast" in words:
        return Refusal(AUTOCAST)
    if isinstance(error, Refusal):
        return Refusal(f"{prefix}{words}")
    if operation in _READING_OPERATIONS or "meta tensors" in words or "out of meta" in words:
        return Refusal(f"{prefix}{READS_NUMBERS}")
    if isinstance(error, NotImplementedError):
        return Refusal(f"{prefix}{operation} {NO_KERNEL}")
    if "device meta" in words or "same device" in words:
        return Refusal(f"{prefix}{MIXES_DEVICES}")
    # The step would fail with numbers, too.
    reason = (words.strip() or repr(error)).splitlines()[0]
    if layer:
        return ValueError(f"{sample} does not fit the model: {layer} says: {reason}")
    return ValueError(f"{culprit or loss}: {operation} says: {reason}")
