"""What every explorer promises: its controls drive its picture, and it answers without a kernel."""

from __future__ import annotations

import base64
from typing import Any

import ipywidgets
import pytest

from course_launcher.normal_form import normal_form
from course_utils.figures import CourseFigure, Explorer

VIEW = "application/vnd.jupyter.widget-view+json"


class Drawing:
    """A drawing function that remembers its calls and refuses an odd number of dots over 6."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def __call__(self, dots: int, filled: bool) -> CourseFigure:
        self.calls.append({"dots": dots, "filled": filled})
        if dots > 6 and dots % 2:
            raise ValueError(f"dots: expected an even number <of> pairs, got {dots}")
        return CourseFigure(1.0, 1.0, f"{dots} dots, filled: {filled}", layout="none")


def static() -> CourseFigure:
    return CourseFigure(2.0, 1.0, "one, two and three dots side by side", layout="none")


def controls() -> dict[str, ipywidgets.Widget]:
    return {
        "dots": ipywidgets.IntSlider(3, 1, 10, description="number of dots"),
        "filled": ipywidgets.Checkbox(False, description="filled"),
    }


@pytest.fixture
def drawing() -> Drawing:
    return Drawing()


@pytest.fixture
def explorer(drawing: Drawing) -> Explorer:
    return Explorer("How many dots < 4 can you tell apart?", controls(), drawing, static)


def test_controls_drive_the_drawing_by_name(explorer: Explorer, drawing: Drawing) -> None:
    assert drawing.calls[-1] == {"dots": 3, "filled": False}
    explorer.controls["dots"].value = 5
    assert drawing.calls[-1] == {"dots": 5, "filled": False}
    explorer.controls["filled"].value = True
    assert drawing.calls[-1] == {"dots": 5, "filled": True}
    assert len(drawing.calls) == 3


def test_a_change_displays_one_picture_and_its_words(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("course_utils.figures.explorer.display", shown.append)
    explorer.controls["dots"].value = 4
    assert [str(one) for one in shown] == ["4 dots, filled: False"]
    assert "4 dots, filled: False" in explorer.words.value
    assert 'role="status"' in explorer.words.value


def test_a_refusal_is_a_sentence_in_place_of_the_picture(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("course_utils.figures.explorer.display", shown.append)
    explorer.controls["dots"].value = 7
    assert repr(shown[-1]) == "dots: expected an even number <of> pairs, got 7"
    assert "number &lt;of&gt; pairs" in shown[-1]._repr_html_()
    assert explorer.words.value == ""  # the words of the last picture would be wrong by now
    explorer.controls["dots"].value = 8
    assert str(shown[-1]).startswith("8 dots")
    assert "8 dots" in explorer.words.value


def test_a_refusal_at_the_start_is_a_sentence_too(drawing: Drawing) -> None:
    refused = controls()
    refused["dots"].value = 9
    (output,) = Explorer("Why?", refused, drawing, static).output.outputs
    assert output["data"]["text/plain"].startswith("dots: expected an even number")
    assert "image/png" not in output["data"]


def test_a_programming_error_is_loud(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**values: Any) -> CourseFigure:
        raise TypeError("broken")

    with pytest.raises(TypeError):
        Explorer("Why?", controls(), broken, static)
    monkeypatch.setattr(explorer, "draw", broken)
    with pytest.raises(TypeError):
        explorer.controls["dots"].value = 5


def test_the_question_stands_above_the_controls_and_the_picture(explorer: Explorer) -> None:
    question, row, output, words = explorer.box.children
    assert question.value == "<strong>How many dots &lt; 4 can you tell apart?</strong>"
    assert list(row.children) == list(explorer.controls.values())
    assert output is explorer.output and words is explorer.words


def test_the_first_picture_is_part_of_the_widget(
    drawing: Drawing, capsys: pytest.CaptureFixture[str]
) -> None:
    """Displayed, it would be a second output of the cell for all but a browser."""
    explorer = Explorer("How many?", controls(), drawing, static)
    (output,) = explorer.output.outputs
    assert base64.b64decode(output["data"]["image/png"]).startswith(b"\x89PNG")
    assert output["data"]["text/plain"] == "[picture: 3 dots, filled: False]"
    assert "dots" not in capsys.readouterr().out


def test_descriptions_are_shown_whole(explorer: Explorer) -> None:
    for control in explorer.controls.values():
        assert control.style.description_width == "initial"


def test_it_shows_itself_with_and_without_a_kernel(explorer: Explorer) -> None:
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {VIEW, "image/png", "text/plain"}
    assert bundle[VIEW]["model_id"] == explorer.box.model_id
    assert base64.b64decode(bundle["image/png"]) == static()._repr_png_()
    assert bundle["text/plain"] == (
        "How many dots < 4 can you tell apart?\n[picture: one, two and three dots side by side]"
    )
    assert repr(explorer) == bundle["text/plain"]


def test_stored_in_normal_form_picture_and_words_are_left(explorer: Explorer) -> None:
    output = {"output_type": "display_data", "metadata": {}}
    cell: dict[str, Any] = {"cell_type": "code", "source": "explorer", "metadata": {}}
    cell["outputs"] = [output | {"data": explorer._repr_mimebundle_()}]
    stored = normal_form({"cells": [cell]})["cells"][0]["outputs"][0]["data"]
    assert set(stored) == {"image/png", "text/plain"}
