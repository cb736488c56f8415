"""Exercise 2.2 of notebook 02: many pictures into one batch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from course_utils.exercises.engine import Exercise, Mistake


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


def _refuse_unless(agrees: Callable[[Tensor, Tensor], bool], images: list[Tensor]) -> None:
    for position, image in enumerate(images):
        if not agrees(image, images[0]):
            expected, got = list(images[0].shape), list(image.shape)
            raise ValueError(f"images[{position}]: expected shape {expected}, got {got}")


def _stack_where(
    agrees: Callable[[Tensor, Tensor], bool], images: list[Tensor], dim: int = 0
) -> Tensor:
    _refuse_unless(agrees, images)
    return torch.stack(images, dim=dim)


def _same_shape(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape


def _stack_images(images: list[Tensor]) -> Tensor:
    return _stack_where(_same_shape, images)


def _cat_checked(images: list[Tensor]) -> Tensor:
    _refuse_unless(_same_shape, images)
    return torch.cat(images)


def _list_returned(images: list[Tensor]) -> list[Tensor]:
    _refuse_unless(_same_shape, images)
    return list(images)


def _silent_resize(images: list[Tensor]) -> Tensor:
    size = images[0].shape[1:]
    fitting = [
        image if image.shape[1:] == size else F.interpolate(image.unsqueeze(0), size).squeeze(0)
        for image in images
    ]
    return torch.stack(fitting)


def _first_two_compared(images: list[Tensor]) -> Tensor:
    _refuse_unless(_same_shape, images[:2])
    return torch.stack(images)


def _not_raised(images: list[Tensor]) -> Tensor | None:
    agree = all(image.shape == images[0].shape for image in images)
    return torch.stack(images) if agree else None


def _shapes_unnamed(images: list[Tensor]) -> Tensor:
    if any(image.shape != images[0].shape for image in images):
        raise ValueError("images: expected one size, got several")
    return torch.stack(images)


def _observe_stack(answer: Any, images: list[Tensor]) -> Any:
    """The batch; for unequal sizes how they were refused, or how many rows came instead.

    However the pictures were made to fit (resized, cut, padded), it is the same mistake.
    """
    shapes = {tuple(image.shape) for image in images}
    if len(shapes) == 1:
        return answer(images)
    try:
        came = answer(images)
    except (ValueError, RuntimeError) as error:
        kind = "ValueError" if isinstance(error, ValueError) else "RuntimeError"
        numbers = set(re.findall(r"\d+", str(error)))
        named = all(str(size) in numbers for shape in shapes for size in shape)
        return {"refused with": kind, "both shapes named": named}
    what = f"{len(came)} rows came" if isinstance(came, Tensor) and came.dim() else "no batch came"
    return {"refused with": f"nothing: {what}", "both shapes named": False}


STACK_IMAGES = Exercise(
    number="2.2",
    name="stack_images",
    reference=_stack_images,
    cases=_lists_of_images,
    observe=_observe_stack,
    mistakes=(
        Mistake(
            "cat",
            torch.cat,
            "The pictures were laid end to end along the channels, and no axis was added. "
            "Which operation makes a new axis?",
        ),
        Mistake(
            "cat after the size check",
            _cat_checked,
            "The sizes are refused well, but the pictures lie end to end along the channels. "
            "Which operation makes a new axis?",
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
            "left to torch.stack",
            torch.stack,
            "Unequal sizes end in a RuntimeError, where the task asks for a ValueError. "
            "Where could you compare the shapes first?",
        ),
        Mistake(
            "batch axis second",
            lambda images: _stack_where(_same_shape, images, dim=1),
            "The new axis stands after the channels: [C, B, H, W]. "
            "Where does the batch axis belong?",
        ),
        Mistake(
            "shapes not named",
            _shapes_unnamed,
            "The refusal is right, but it does not say which two shapes clashed. "
            "What would you want to read there?",
        ),
        Mistake(
            "only the first two compared",
            _first_two_compared,
            "The second picture is compared with the first, the third with none. "
            "Which pictures can have another size?",
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
        Mistake(
            "list returned",
            _list_returned,
            "The pictures are still in a list. What makes one tensor of them?",
        ),
        Mistake(
            "dtype changed",
            lambda images: _stack_images(images).float(),
            "Whole numbers (uint8) came out as floats. Which step changed the dtype?",
        ),
    ),
)
