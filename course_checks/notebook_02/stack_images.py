"""Exercise 2.2 of notebook 02: many pictures into one batch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from course_checks.engine import Exercise, Mistake
from course_checks.forms import in_forms
from course_checks.result import CheckResult

_Agrees = Callable[[Tensor, Tensor], bool]


def _lists_of_images(generator: Generator) -> Iterator[tuple[list[Tensor]]]:
    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    def digits(*shape: int) -> Tensor:  # they read well in a message
        return torch.randint(10, shape, generator=generator).float()

    yield ([digits(1, 2, 3), digits(1, 2, 3)],)
    yield ([draw(3, 5, 4) for _ in range(7)],)
    yield ([draw(1, 28, 28)],)
    yield ([torch.randint(256, (3, 4, 6), generator=generator).to(torch.uint8) for _ in range(4)],)
    yield ([draw(6, 5, 2).permute(2, 1, 0) for _ in range(3)],)
    yield ([digits(1, 1, 2), digits(1, 3, 2)],)
    yield ([digits(1, 2, 3), digits(1, 3, 2)],)  # as many pixels, in another shape
    yield ([draw(2, 9, 8), draw(2, 9, 8), draw(2, 9, 7)],)
    yield ([draw(1, 28, 20), draw(3, 28, 20)],)
    yield ([digits(1, 2, 2), digits(1, 4, 2), digits(1, 2, 2)],)  # the misfit in the middle
    yield ([draw(2, 5, 4), draw(2, 5, 4), draw(2, 6, 4), draw(2, 5, 4)],)


def _refuse_unless(agrees: _Agrees, images: Sequence[Tensor]) -> None:
    for position, image in enumerate(images):
        if not agrees(image, images[0]):
            expected, got = list(images[0].shape), list(image.shape)
            raise ValueError(f"images[{position}]: expected shape {expected}, got {got}")


def _stack_where(agrees: _Agrees, images: list[Tensor], dim: int = 0) -> Tensor:
    _refuse_unless(agrees, images)
    return torch.stack(images, dim=dim)


def _same_shape(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape


def _stack_images(images: list[Tensor]) -> Tensor:
    return _stack_where(_same_shape, images)


def _after_check(make: Callable[[list[Tensor]], Any]) -> Callable[[list[Tensor]], Any]:
    """Unequal sizes refused as asked, then `make` instead of torch.stack."""

    def checked(images: list[Tensor]) -> Any:
        _refuse_unless(_same_shape, images)
        return make(images)

    return checked


def _refused_with(error: Exception) -> Callable[[list[Tensor]], Tensor]:
    def refusing(images: list[Tensor]) -> Tensor:
        if any(image.shape != images[0].shape for image in images):
            raise error
        return torch.stack(images)

    return refusing


def _one_shape_named(images: list[Tensor]) -> Tensor:
    for image in images:
        if image.shape != images[0].shape:
            raise ValueError(f"a picture has the shape {list(image.shape)}")
    return torch.stack(images)


def _silent_resize(images: list[Tensor]) -> Tensor:
    size = images[0].shape[1:]
    fitting = [
        image if image.shape[1:] == size else F.interpolate(image.unsqueeze(0), size).squeeze(0)
        for image in images
    ]
    return torch.stack(fitting)


def _first_two_sliced(images: list[Tensor]) -> Tensor:
    _refuse_unless(_same_shape, images[:2])
    return torch.stack(images)


def _first_two_by_index(images: list[Tensor]) -> Tensor:
    _refuse_unless(_same_shape, (images[0], images[1]))
    return torch.stack(images)


def _returned_inside_the_loop(images: list[Tensor]) -> Tensor | None:
    return _first_two_sliced(images) if len(images) > 1 else None


def _last_not_compared(images: list[Tensor]) -> Tensor:
    _refuse_unless(_same_shape, images[:-1])
    return torch.stack(images)


def _not_raised(images: list[Tensor]) -> Tensor | None:
    agree = all(image.shape == images[0].shape for image in images)
    return torch.stack(images) if agree else None


def _count_named(shapes: set[tuple[int, ...]], message: str) -> str:
    """How many of the shapes stand in a message, in whatever brackets."""
    numbers = ",".join(re.findall(r"\d+", message))
    count = sum(f",{','.join(map(str, shape))}," in f",{numbers}," for shape in shapes)
    return "both shapes" if count == len(shapes) else "one shape" if count else "no shape"


def _observe_stack(answer: Any, images: list[Tensor]) -> Any:
    """The batch; for unequal sizes how they were refused, or how many rows came instead.

    However the pictures were made to fit (resized, cut, padded), it is the same mistake.
    """
    shapes = {tuple(image.shape) for image in images}
    if len(shapes) == 1:
        return answer(images)
    try:
        came = answer(images)
    except ValueError as error:
        return f"ValueError that names {_count_named(shapes, str(error))}"
    except (RuntimeError, AssertionError) as error:
        return "RuntimeError" if isinstance(error, RuntimeError) else "AssertionError"
    except Exception as error:
        if type(error) is not Exception:
            raise  # a slip in the answer, to be shown with its line
        return "Exception"
    rows = f"{len(came)} rows" if isinstance(came, Tensor) and came.dim() else "no batch"
    return f"no error, and {rows}"


STACK_IMAGES = Exercise(
    number="2.2",
    name="stack_images",
    reference=_stack_images,
    cases=_lists_of_images,
    observe=_observe_stack,
    mistakes=(
        *in_forms(
            "cat",
            "The pictures were laid end to end along the channels, and no axis was added. "
            "Which operation makes a new axis?",
            torch.cat,
            _after_check(torch.cat),
        ),
        *in_forms(
            "torch.tensor of tensors",
            "`torch.tensor` wants plain numbers, and got a list of whole tensors. "
            "Which operation lays tensors of one shape along a new axis?",
            torch.tensor,
            _after_check(torch.tensor),
        ),
        Mistake(
            "silent resize",
            _silent_resize,
            "Pictures of another size were made to fit, and nobody was told. "
            "What would your caller rather know before training on them?",
        ),
        Mistake(
            "pictures dropped",
            lambda images: torch.stack([i for i in images if i.shape == images[0].shape]),
            "Pictures of another size were left out, and nobody was told. "
            "Which labels would the remaining rows belong to?",
        ),
        Mistake(
            "not raised",
            _not_raised,
            "Unequal sizes were noticed, but not raised: the caller goes on without a batch. "
            "Which statement stops a program with a message?",
        ),
        Mistake(
            "RuntimeError, not ValueError",
            torch.stack,
            "Unequal sizes end in a RuntimeError, as `torch.stack` raises it, where the task asks "
            "for a ValueError. Which comparison of yours could come first?",
        ),
        Mistake(
            "assert, not raise",
            _refused_with(AssertionError()),
            "`assert` raises an AssertionError, where the task asks for a ValueError. "
            "Which statement raises the exception that you name?",
        ),
        Mistake(
            "Exception, not ValueError",
            _refused_with(Exception()),
            "The refusal is an Exception of no particular kind. "
            "Which kind does the task ask for, so that a caller can tell it from others?",
        ),
        Mistake(
            "no shape in the message",
            _refused_with(ValueError("different sizes")),
            "The refusal is right, but its message does not say which two shapes clashed. "
            "What would you want to read there?",
        ),
        Mistake(
            "one shape in the message",
            _one_shape_named,
            "The refusal is right, but its message holds one of the two shapes. "
            "Which other one did it clash with?",
        ),
        *in_forms(
            "only the first two compared",
            "You look at the first two pictures and at no other. "
            "Which pictures can have another size, and what if there is only one?",
            _first_two_sliced,
            _first_two_by_index,
            _returned_inside_the_loop,
        ),
        Mistake(
            "last picture not compared",
            _last_not_compared,
            "The last picture of the list is compared with none. How far does your loop run?",
        ),
        Mistake(
            "only pixels counted",
            lambda images: _stack_where(lambda one, two: one.numel() == two.numel(), images),
            "Two shapes can hold the same number of values, [1, 2, 3] and [1, 3, 2] for example. "
            "What should be compared instead?",
        ),
        Mistake(
            "channels not compared",
            lambda images: _stack_where(lambda one, two: one.shape[1:] == two.shape[1:], images),
            "Height and width are compared. What about a grey and a colour picture of one size?",
        ),
        *in_forms(
            "only one axis compared",
            "One of the three axes is compared, and pictures can differ in the others too. "
            "What holds all three sizes?",
            lambda images: _stack_where(lambda one, two: one.shape[0] == two.shape[0], images),
            lambda images: _stack_where(lambda one, two: one.shape[1] == two.shape[1], images),
            lambda images: _stack_where(lambda one, two: one.shape[2] == two.shape[2], images),
        ),
        *in_forms(
            "batch axis not in front",
            "The new axis does not stand in front: the result is not [B, C, H, W]. "
            "Where does the batch axis belong?",
            lambda images: _stack_where(_same_shape, images, dim=1),
            lambda images: _stack_where(_same_shape, images, dim=2),
            lambda images: _stack_where(_same_shape, images, dim=3),
        ),
        Mistake(
            "list returned",
            _after_check(list),
            "The pictures are still in a list. What makes one tensor of them?",
        ),
        Mistake(
            "NumPy array",
            _after_check(lambda images: np.stack([image.numpy() for image in images])),
            "The pictures are stacked, but in a NumPy array. What turns it into a tensor?",
        ),
        Mistake(
            "dtype changed",
            lambda images: _stack_images(images).float(),
            "Whole numbers (uint8) came out as floats. Which step changed the dtype?",
        ),
    ),
)


def check_stack_images(answer: object) -> CheckResult:
    """Check exercise 2.2: `stack_images(images)`, B images [C, H, W], returns [B, C, H, W]."""
    return STACK_IMAGES.check(answer)
