"""What a convolution does to a picture: its window at work, what it finds, how far it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from course_utils.figures.base import MAX_WIDTH_INCHES, CourseFigure, course_style
from course_utils.figures.number_tables import draw_frame, draw_numbers
from course_utils.figures.pictures import show_picture


def window_places(
    picture: Tensor,
    kernel: Tensor,
    stride: int = 1,
    padding: int = 0,
    description: str | None = None,
) -> CourseFigure:
    """Every place of a sliding window, laid out like the result that the places produce.

    picture: float [H, W], small enough to read. kernel: float [h, w]. stride, padding: as in
    `torch.nn.Conv2d`. One panel for each number of the result, in its place: the padded picture
    with its numbers, the window framed, and the sum of the products above. description: the words
    for who cannot see the picture; made from the settings if left out.

    Raises ValueError for another shape, a kernel that fits nowhere, or more than 25 places.
    """
    for name, table in (("picture", picture), ("kernel", kernel)):
        if table.dim() != 2:
            raise ValueError(f"{name}: expected two axes, got shape {list(table.shape)}")
    padded = F.pad(picture.float(), (padding,) * 4)
    if any(one > other for one, other in zip(kernel.shape, padded.shape, strict=True)):
        raise ValueError(
            f"kernel: expected at most the size {list(padded.shape)} of the padded picture, "
            f"got {list(kernel.shape)}"
        )
    sums = F.conv2d(padded[None, None], kernel.float()[None, None], stride=stride)[0, 0]
    if sums.numel() > 25:
        raise ValueError(f"picture: expected at most 25 places of the window, got {sums.numel()}")
    rows, columns = sums.shape
    if description is None:
        description = (
            f"a window of {kernel.shape[0]} x {kernel.shape[1]} in its {rows} x {columns} places, "
            f"stride {stride}, padding {padding}; sums {sums.tolist()}"
        )
    size = min(1.05, MAX_WIDTH_INCHES / columns)
    with course_style():
        figure = CourseFigure(size * columns, (size + 0.25) * rows, description)
        for place, axis in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
            row, column = divmod(place, columns)
            draw_numbers(axis, padded, padding)
            draw_frame(axis, row * stride, column * stride, *kernel.shape)
            axis.set_title(f"{sums[row, column].item():g}", fontsize=11, fontweight="bold")
    return figure


def response_row(
    picture: Tensor,
    responses: Mapping[str, Tensor],
    title: str = "picture",
    description: str | None = None,
) -> CourseFigure:
    """A picture, and beside it what filters answer to it: white above 0, black below, grey at 0.

    picture: [H, W] or [C, H, W], uint8 or float in 0 … 1. responses: from a filter's name to its
    map [h, w], of either sign. All maps have one scale. title: above the picture. description: the
    words for who cannot see it; made from the names if left out.

    Raises ValueError for no map, or a map of another number of axes.
    """
    if not responses:
        raise ValueError("responses: expected at least one map, got none")
    for name, response in responses.items():
        if response.dim() != 2:
            raise ValueError(
                f"responses: expected [h, w] for {name!r}, got shape {list(response.shape)}"
            )
    top = max(float(response.abs().max()) for response in responses.values()) or 1.0
    count = 1 + len(responses)
    width = min(MAX_WIDTH_INCHES, 2.3 * count)
    tall = picture.shape[-2] / picture.shape[-1]
    described = description or f"{title}, and beside it the answers of {', '.join(responses)}"
    with course_style():
        figure = CourseFigure(width, width / count * tall + 0.35, described)
        first, *others = figure.subplots(1, count, squeeze=False).flat
        show_picture(first, picture)
        first.set_title(title, fontsize=9)
        for axis, (name, response) in zip(others, responses.items(), strict=True):
            axis.imshow(response.detach().cpu().numpy(), cmap="gray", vmin=-top, vmax=top)
            axis.set_title(name, fontsize=9)
        for axis in (first, *others):
            axis.set_axis_off()
    return figure


def field_row(
    picture: Tensor,
    fields: Sequence[Tensor],
    titles: Sequence[str],
    description: str | None = None,
) -> CourseFigure:
    """How much of a picture single numbers inside a network see: each field framed, the rest dim.

    picture: grey, [H, W] or [1, H, W], uint8 or float in 0 … 1. fields: bool [H, W], True for the
    pixels that are seen. titles: one per field. description: the words for who cannot see the
    picture; made from the sizes of the frames if left out.

    Raises ValueError for another number of titles, no field, a field of another shape, or one
    without a pixel.
    """
    if not fields or len(fields) != len(titles):
        raise ValueError(
            "titles: expected one for each field and at least one, "
            f"got {len(titles)} for {len(fields)} fields"
        )
    grey = picture.squeeze(0) if picture.dim() == 3 else picture
    if grey.dtype == torch.uint8:
        grey = grey / 255
    for field in fields:
        if field.dtype != torch.bool or field.shape != grey.shape or not field.any():
            raise ValueError(
                f"fields: expected bool {list(grey.shape)} with a True in it, "
                f"got {field.dtype} {list(field.shape)}"
            )
    boxes = [_box(field) for field in fields]
    sizes = [
        f"{title}: {box[2]} x {box[3]} pixels" for title, box in zip(titles, boxes, strict=True)
    ]
    width = min(MAX_WIDTH_INCHES, 2.3 * len(fields))
    with course_style():
        figure = CourseFigure(
            width, width / len(fields) + 0.35, description or f"fields of view: {'; '.join(sizes)}"
        )
        axes = figure.subplots(1, len(fields), squeeze=False).flat
        for axis, field, box, title in zip(axes, fields, boxes, titles, strict=True):
            # Outside the field the picture fades towards grey, so that black parts fade too.
            show_picture(axis, torch.where(field, grey, 0.5 + 0.35 * (grey - 0.5)))
            draw_frame(axis, *box)
            axis.set_title(title, fontsize=9)
            axis.set_axis_off()
    return figure


def _box(field: Tensor) -> tuple[int, int, int, int]:
    """First row, first column, height and width of the smallest box round the True pixels."""
    rows, columns = field.nonzero().unbind(dim=1)
    top, left = int(rows.min()), int(columns.min())
    return top, left, int(rows.max()) - top + 1, int(columns.max()) - left + 1
