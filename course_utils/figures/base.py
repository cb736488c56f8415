"""What all pictures of the course share: size, style, and words for who cannot see them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib
from cycler import cycler
from matplotlib.figure import Figure

from course_utils.arguments import check_finite, check_text, shown

# Okabe and Ito's palette, which stays apart for the common kinds of colour blindness; the figures
# add markers, line styles or words, so that colour is never the only sign.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

_DPI = 100
_STYLE = {
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "white",
    "font.size": 10.0,
    "grid.alpha": 0.3,
    "image.cmap": "gray",
    "lines.linewidth": 2.0,
    "savefig.facecolor": "white",
    "text.parse_math": False,  # a dollar in a name is a dollar
}
MAX_WIDTH_INCHES = 7.0
_MAX_HEIGHT_INCHES = 400.0
"""40,000 pixels; Matplotlib draws up to 65,535."""


class CourseFigure(Figure):
    """A figure that shows itself as one PNG and describes itself in words.

    It does not pass through pyplot, so it is shown where it is returned and nowhere else, and
    closing it is nobody's job. `str(figure)` is its description: the text that a screen reader,
    a terminal and the comparison of outputs get.

    layout: "constrained" finds the room that labels need, which takes most of the time of a small
    picture; "none" leaves it to `subplots_adjust`, for pictures that follow a slider.

    width, height: in inches, at most 7 and 400. Raises ValueError for others, and TypeError for a
    description that is no text.
    """

    def __init__(
        self,
        width: float,
        height: float,
        description: str,
        layout: Literal["constrained", "none"] = "constrained",
        **options: Any,
    ) -> None:
        for name, inches, most in (
            ("width", width, MAX_WIDTH_INCHES),
            ("height", height, _MAX_HEIGHT_INCHES),
        ):
            if not 0 < check_finite(name, inches) <= most:
                raise ValueError(
                    f"{name}: expected above 0 and at most {most} inches, got {shown(inches)}"
                )
        check_text("description", description)
        check_text("layout", layout)
        if layout not in ("constrained", "none"):
            raise ValueError(f"layout: expected 'constrained' or 'none', got {shown(layout)}")
        engine = None if layout == "none" else layout
        super().__init__(figsize=(float(width), float(height)), dpi=_DPI, layout=engine, **options)
        self.description = " ".join(description.split())

    def __repr__(self) -> str:
        return f"[picture: {self.description}]"

    def __str__(self) -> str:
        return self.description

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        # Without the metadata the same picture is the same bytes under every matplotlib version.
        self.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
        return buffer.getvalue()


@contextmanager
def course_style() -> Iterator[None]:
    """The course's matplotlib settings, for the time of drawing only."""
    with matplotlib.rc_context(_STYLE):
        yield
