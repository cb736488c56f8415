"""Errors in a notebook show the reader's own lines; the whole stack stays one command away."""

from __future__ import annotations

import json
import re
import traceback
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
import torch
from torch import nn

from course_launcher.quiet import SETTINGS
from course_launcher.tracebacks import own_frames


def caught(function: Any) -> BaseException:
    with pytest.raises(Exception) as error:
        function()
    return error.value


def test_library_frames_are_left_out_and_the_order_stays() -> None:
    def outer() -> None:
        nn.Sequential(nn.Linear(4, 2))(torch.zeros(3, 5))

    error = caught(outer)
    whole = [Path(frame.filename).name for frame in traceback.extract_tb(error.__traceback__)]
    assert "module.py" in whole
    own = traceback.extract_tb(own_frames(error.__traceback__))
    assert {Path(frame.filename).name for frame in own} == {"test_tracebacks.py"}
    assert [frame.name for frame in own] == ["caught", "outer"]


def test_a_stack_of_library_frames_only_stays_whole() -> None:
    error = caught(lambda: json.loads("{"))
    library = error.__traceback__
    while library is not None and "json" not in library.tb_frame.f_code.co_filename:
        library = library.tb_next
    assert library is not None
    assert own_frames(library) is library
    assert own_frames(None) is None


def run_cells(*sources: str) -> list[str]:
    """What each cell shows of its error, without colours."""
    notebook = nbformat.v4.new_notebook()
    tags = {"tags": ["raises-exception"]}
    notebook.cells = [nbformat.v4.new_code_cell(source, metadata=tags) for source in sources]
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    shown = []
    for cell in notebook.cells:
        lines = [line for output in cell.outputs for line in output.get("traceback", [])]
        shown.append(re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines)))
    return shown


RAISE = """
def misread(text):
    json.loads(text)

def load(text):
    try:
        misread(text)
    except ValueError as error:
        raise KeyError("no settings") from error

load("{")
"""


def test_a_kernel_with_the_extension_shows_few_lines_and_all_on_request() -> None:
    kernel = SETTINGS["etc/ipython/ipython_kernel_config.json"]["InteractiveShellApp"]
    load, short, whole, syntax, explained, circle = run_cells(
        f"%load_ext {kernel['extensions'][0]}\nimport json, torch\n"
        "from course_utils.metrics import accuracy",
        RAISE,
        "%tb",
        "1 +",
        "accuracy(torch.zeros(3), torch.zeros(3))",
        "one, two = ValueError('one'), ValueError('two')\n"
        "one.__cause__, two.__cause__ = two, one\nraise one",
    )
    assert load == ""
    assert "json.loads(text)" in short and "misread(text)" in short
    assert "JSONDecodeError: Expecting" in short and short.endswith("KeyError: 'no settings'")
    assert "decoder.py" in whole and "decoder.py" not in short
    assert "SyntaxError" in syntax
    assert "accuracy(torch.zeros(3)" in explained and "course_utils" not in explained
    assert circle.endswith("ValueError: one")


def test_in_a_talk_the_message_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_TALK", "1")
    load, short = run_cells("%load_ext course_launcher.tracebacks", "import json\njson.loads('{')")
    assert load == ""
    assert re.fullmatch(r"JSONDecodeError: Expecting .*", short.strip())
