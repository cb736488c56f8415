"""What all pictures of the course share: size, style, and words for who cannot see them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import matplotlib
from cycler import cycler
from matplotlib.figure import Figure

# Okabe and Ito's palette, which stays apart for the common kinds of colour blindness; the figures
# add markers, line styles or words, so that colour is never the only sign.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
INK, PAPER, FAINT = "black", "white", "0.6"
PALE = "#CFE3F1"
"""A light blue that black digits can be read on."""
GREYS, COUNTS = "gray", "Blues"
SIGNED = "cividis"
"""Blue to yellow, growing lighter all the way: high and low stay apart in grey print too."""

# Fonts in points. What stands at its normal size (text, titles of panels) names none.
TINY, SMALL, CAPTION, TEXT, LARGE, HEADLINE = 7.0, 8.0, 9.0, 10.0, 11.0, 12.0
HAIRLINE = 0.8
"""Lines between boxes, and round them, in points."""

_DPI = 100
_STYLE = {
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": TEXT,
    "figure.facecolor": PAPER,
    "font.size": TEXT,
    "grid.alpha": 0.3,
    "image.cmap": GREYS,
    "lines.linewidth": 2.0,
    "lines.markersize": 5.0,
    "savefig.facecolor": PAPER,
    "text.parse_math": False,  # a dollar in a name is a dollar
}
MAX_WIDTH_INCHES = 7.0


class CourseFigure(Figure):
    """A figure that shows itself as one PNG and describes itself in words.

    It does not pass through pyplot, so it is shown where it is returned and nowhere else, and
    closing it is nobody's job. `str(figure)` is its description: the text that a screen reader,
    a terminal and the comparison of outputs get.

    layout: "constrained" finds the room that labels need, which takes most of the time of a small
    picture; "none" leaves it to `subplots_adjust`, for pictures that follow a slider.

    width, height: in inches, the width at most 7, as wide as a page and a slide.
    """

    def __init__(
        self,
        width: float,
        height: float,
        description: str,
        layout: Literal["constrained", "none"] = "constrained",
    ) -> None:
        if width > MAX_WIDTH_INCHES:
            raise ValueError(f"width: expected at most {MAX_WIDTH_INCHES} inches, got {width}")
        engine = None if layout == "none" else layout
        super().__init__(figsize=(width, height), dpi=_DPI, layout=engine)
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


def check_titles(titles: Sequence[str], count: int, name: str = "titles") -> None:
    """Raise ValueError for another number of titles than there are things to name."""
    if len(titles) != count:
        raise ValueError(f"{name}: expected {count}, one for each, got {len(titles)}")
