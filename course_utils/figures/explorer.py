"""What all explorers share: a question, controls, a picture that follows them, and words."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable
from typing import Any

import ipywidgets
from IPython.display import display

from course_utils.figures.base import CourseFigure


class Explorer:
    """A question, the controls with which to look for its answer, and a picture that follows them.

    question: one sentence, shown above everything. controls: name -> widget with a `description`
    and a `value`; where there is a choice a SelectionSlider, for in a notebook JupyterLab takes the
    arrow keys and letters of a Dropdown for commands of its own. draw: called with the controls'
    values by name, returns the picture for them; a ValueError is its way to refuse values, and its
    sentence is shown where the picture would be. static: returns the picture for viewers in which
    no kernel runs, with several answers side by side.

    `controls` are the widgets, `output` is where the picture appears, `words` says under it what
    the picture shows, `box` holds all of them.
    """

    def __init__(
        self,
        question: str,
        controls: dict[str, ipywidgets.Widget],
        draw: Callable[..., CourseFigure],
        static: Callable[[], CourseFigure],
    ) -> None:
        for control in controls.values():
            control.style.description_width = "initial"  # whole words, never cut off
            control.layout.width = "340px"  # two in a row
            control.layout.margin = "2px 20px 2px 2px"
        self.question = question
        self.controls = dict(controls)
        self.draw = draw
        self.static = static
        self.words = ipywidgets.HTML()
        # A kernel publishes what is displayed while a cell runs as messages of that cell, and only
        # a browser sorts them into the widget: every other reader finds a second output there.
        # So the first picture is not displayed; it becomes part of the widget's state.
        first = self._shown(**{name: control.value for name, control in controls.items()})
        self._live = False
        self.output = ipywidgets.interactive_output(self._show, self.controls)
        self.output.outputs = (
            {"output_type": "display_data", "data": _bundle(first), "metadata": {}},
        )
        self._live = True
        row = ipywidgets.Layout(flex_flow="row wrap", max_width="750px")
        self.box = ipywidgets.VBox(
            [
                ipywidgets.HTML(f"<strong>{html.escape(question)}</strong>"),
                ipywidgets.Box(list(self.controls.values()), layout=row),
                self.output,
                self.words,
            ]
        )

    def _show(self, **values: Any) -> None:
        if self._live:
            display(self._shown(**values))

    def _shown(self, **values: Any) -> CourseFigure | _Refusal:
        """The picture for these values, or why there is none; the words follow."""
        try:
            figure = self.draw(**values)
        except ValueError as refusal:
            self.words.value = ""
            return _Refusal(str(refusal))
        self.words.value = _paragraph(figure.description, "status")
        return figure

    def __repr__(self) -> str:
        return f"{self.question}\n{self.static()!r}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The live box for who can show it, and for everybody else the static picture in words."""
        figure = self.static()
        live: dict[str, Any] = self.box._repr_mimebundle_()
        return live | _bundle(figure) | {"text/plain": f"{self.question}\n{figure!r}"}


class _Refusal:
    """The sentence of a drawing function that refused the controls' values."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return _paragraph(self.sentence, "alert")


def _paragraph(text: str, role: str) -> str:
    """Text as a paragraph that a screen reader reads out when it changes."""
    style = "max-width: 700px; line-height: 1.4; margin: 0"
    return f'<p role="{role}" style="{style}">{html.escape(text)}</p>'


def _bundle(shown: CourseFigure | _Refusal) -> dict[str, str]:
    """What an output holds of a picture or a sentence."""
    if isinstance(shown, _Refusal):
        return {"text/html": shown._repr_html_(), "text/plain": repr(shown)}
    png = base64.b64encode(shown._repr_png_()).decode("ascii")
    return {"image/png": png, "text/plain": repr(shown)}
