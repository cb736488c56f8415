"""Normal form: reached in one step, and kept by all that follows."""

import copy
import json
from typing import Any

import nbformat
from hypothesis import given
from hypothesis import strategies as st

from course_launcher.normal_form import normal_form
from course_launcher.notebook_files import content_hash, text_of

from .fakes import notebook_with

TEXT = st.text(alphabet="ab \n\r\u2028\x0cé", max_size=12)
LINES = TEXT | st.lists(TEXT, max_size=3)
MIME = st.sampled_from(
    [
        "text/plain",
        "text/html",
        "image/png",
        "image/svg+xml",
        "application/vnd.jupyter.widget-view+json",
    ]
)
OUTPUTS = st.one_of(
    st.fixed_dictionaries(
        {
            "output_type": st.just("stream"),
            "name": st.sampled_from(["stdout", "stderr"]),
            "text": LINES,
        }
    ),
    st.fixed_dictionaries(
        {
            "output_type": st.just("error"),
            "ename": st.just("ValueError"),
            "evalue": TEXT,
            "traceback": st.lists(TEXT, max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {
            "output_type": st.sampled_from(["display_data", "execute_result"]),
            "data": st.dictionaries(MIME, LINES, max_size=3),
            "metadata": st.just({}),
        }
    ),
)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(st.just("raises-exception"), max_size=1),
        "slideshow": st.just({"slide_type": "slide"}),
        "execution": st.just({"iopub.status.busy": "2026-11-22T09:00:00Z"}),
        "collapsed": st.booleans(),
    },
)
IDS = {"id": st.sampled_from(["a", "b", "first-cell", "not valid", ""])}
CODE = st.fixed_dictionaries(
    {
        "cell_type": st.just("code"),
        "source": LINES,
        "metadata": METADATA,
        "outputs": st.lists(OUTPUTS, max_size=4),
        "execution_count": st.none() | st.integers(1, 99),
    },
    optional=IDS,
)
PROSE = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["markdown", "raw"]), "source": LINES, "metadata": METADATA},
    optional=IDS,
)
NOTEBOOKS = st.fixed_dictionaries(
    {
        "cells": st.lists(CODE | PROSE, max_size=6),
        "metadata": st.just({"widgets": {"state": {}}}),
        "nbformat": st.just(4),
        "nbformat_minor": st.integers(0, 5),
    }
)


@given(NOTEBOOKS)
def test_normal_form_is_reached_in_one_step_and_keeps_the_lesson(notebook: dict[str, Any]) -> None:
    before = copy.deepcopy(notebook)
    normal = normal_form(notebook)
    assert notebook == before, "the argument was changed"
    assert normal_form(normal) == normal
    assert content_hash(normal) == content_hash(notebook)
    ids = [cell["id"] for cell in normal["cells"]]
    assert len(set(ids)) == len(ids)
    counts = [cell["execution_count"] for cell in normal["cells"] if cell["cell_type"] == "code"]
    numbered = [count for count in counts if count is not None]
    assert numbered == list(range(1, len(numbered) + 1))
    assert json.loads(text_of(normal)) == normal
    nbformat.validate(nbformat.from_dict(normal))


def only_cell(notebook: dict[str, Any]) -> dict[str, Any]:
    (cell,) = normal_form(notebook)["cells"]
    return dict(cell)


def with_outputs(*outputs: dict[str, Any]) -> dict[str, Any]:
    notebook = notebook_with("run()")
    notebook["cells"][0]["outputs"] = list(outputs)
    return notebook


def stream(name: str, *lines: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": list(lines)}


def test_streams_that_follow_one_another_are_one() -> None:
    cell = only_cell(
        with_outputs(
            stream("stdout", "a\n"),
            stream("stdout", "b"),
            stream("stdout", "c\n"),
            stream("stderr", "e"),
            stream("stdout", "d"),
        )
    )
    assert cell["outputs"] == [
        stream("stdout", "a\n", "bc\n"),
        stream("stderr", "e"),
        stream("stdout", "d"),
    ]


def test_an_error_keeps_its_last_line_without_colours_and_paths() -> None:
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "bad \x1b[31mshape\x1b[0m",
        "traceback": ["\x1b[0;31m---", "File somewhere/else.py", "ValueError: bad shape"],
    }
    (normal,) = only_cell(with_outputs(error))["outputs"]
    assert normal["traceback"] == ["ValueError: bad shape"]
    # nbval compares evalue with a fresh one, colours and all.
    assert normal["evalue"] == error["evalue"]


def test_data_of_an_output() -> None:
    data = {
        "text/plain": "<Figure>\nof two lines",
        "image/png": "aGVsbG8=\n",
        "application/vnd.jupyter.widget-view+json": {"model_id": "random"},
        "application/json": {"a": [1]},
    }
    shown = {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 9}
    (normal,) = only_cell(with_outputs(shown))["outputs"]
    assert normal["data"] == {
        "text/plain": ["<Figure>\n", "of two lines"],
        "image/png": "aGVsbG8=\n",
        "application/json": {"a": [1]},
    }
    assert normal["execution_count"] == 1


def test_metadata_is_what_the_course_uses() -> None:
    notebook = notebook_with("x")
    notebook["metadata"] = {"widgets": {}, "language_info": {"name": "python", "version": "3.9"}}
    notebook["cells"][0]["metadata"] = {
        "tags": ["raises-exception"],
        "slideshow": {"slide_type": "slide"},
        "execution": {"iopub.execute_input": "2026-11-22T09:00:00Z"},
        "editable": True,
    }
    normal = normal_form(notebook)
    assert normal["metadata"]["language_info"] == {"name": "python"}
    assert "widgets" not in normal["metadata"]
    assert set(normal["cells"][0]["metadata"]) == {"tags", "slideshow"}


def test_cells_are_counted_without_the_empty_ones() -> None:
    cells = [dict(notebook_with(source)["cells"][0], id=f"c{source}") for source in ("1", "", "2")]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    normal = normal_form(notebook)["cells"]
    assert [cell["execution_count"] for cell in normal] == [1, None, 2]


def test_cell_ids_stay_and_new_ones_follow_from_the_content() -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "a"},
        {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "a"},
        {"cell_type": "markdown", "metadata": {}, "source": "a"},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    first, second = normal_form(notebook), normal_form(copy.deepcopy(notebook))
    ids = [cell["id"] for cell in first["cells"]]
    assert ids[0] == "mine" and len(set(ids)) == 3
    assert ids == [cell["id"] for cell in second["cells"]]


def test_line_ends_of_windows_are_no_change() -> None:
    assert content_hash(notebook_with("a\r\nb\n")) == content_hash(notebook_with("a\nb"))
    assert only_cell(notebook_with("a\r\nb\n"))["source"] == ["a\n", "b"]
