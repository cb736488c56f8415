"""The explorer of notebook 09: what one batch size means for speed, memory and steps."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets

from course_utils.arguments import check_whole
from course_utils.figures.arguments import bytes_of, each, several
from course_utils.figures.base import CourseFigure
from course_utils.figures.batch_size import batch_size_curves
from course_utils.figures.explorer import Explorer
from course_utils.memory import in_units


def explore_batch_size(
    batch_sizes: Sequence[int],
    images_per_second: Sequence[float],
    peak_bytes: Sequence[int],
    num_samples: Sequence[int],
    limits_bytes: Sequence[int],
) -> Explorer:
    """Choose a batch size, and read its speed, its memory under a limit, and the steps it leaves.

    batch_sizes: growing. images_per_second, peak_bytes: measured or estimated, one number for each
    of them; nothing between them is invented. num_samples: sizes of an epoch to choose from.
    limits_bytes: of cards to choose from, up to 50 as of the others. Every slider starts in its
    middle.

    Raises ValueError for no number of samples or no limit, TypeError for other kinds, and what
    `batch_size_curves` raises.
    """
    num_samples = several("num_samples", num_samples, "choices", 50)
    for place, number in enumerate(num_samples):
        check_whole(f"num_samples[{place}]", number, least=1)
    limits_bytes = each("limits_bytes", limits_bytes, "choices", 50, bytes_of)
    batch_sizes = several("batch_sizes", batch_sizes, "sizes", 50)
    samples, limit = _middle(num_samples), _middle(limits_bytes)

    def draw(batch_size: int, limit: int, num_samples: int) -> CourseFigure:
        return batch_size_curves(
            batch_sizes, images_per_second, peak_bytes, num_samples, limit, chosen=batch_size
        )

    def static() -> CourseFigure:
        return batch_size_curves(batch_sizes, images_per_second, peak_bytes, samples, limit)

    static()  # bad data are the caller's mistake, and raise here
    return Explorer(
        "Which batch size is fast, fits the card, and leaves enough steps?",
        {
            "batch_size": ipywidgets.SelectionSlider(
                options=[(f"{size:,}", size) for size in batch_sizes],
                value=_middle(batch_sizes),
                description="batch size",
            ),
            "limit": ipywidgets.SelectionSlider(
                options=[(in_units(nbytes), nbytes) for nbytes in limits_bytes],
                value=limit,
                description="limit of the card",
            ),
            "num_samples": ipywidgets.SelectionSlider(
                options=[(f"{number:,}", number) for number in num_samples],
                value=samples,
                description="pictures in an epoch",
            ),
        },
        draw,
        static,
    )


def _middle(values: Sequence[int]) -> int:
    return values[len(values) // 2]
