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


def names(error: BaseException) -> list[str]:
    return [
        Path(frame.filename).name for frame in traceback.extract_tb(own_frames(error.__traceback__))
    ]


def test_library_frames_are_left_out() -> None:
    error = caught(lambda: nn.Sequential(nn.Linear(4, 2))(torch.zeros(3, 5)))
    whole = [Path(frame.filename).name for frame in traceback.extract_tb(error.__traceback__)]
    assert "module.py" in whole
    assert set(names(error)) == {"test_tracebacks.py"}


def test_the_lines_and_their_order_stay() -> None:
    def inner() -> None:
        json.loads("{")

    def outer() -> None:
        inner()

    error = caught(outer)
    functions = [frame.name for frame in traceback.extract_tb(own_frames(error.__traceback__))]
    assert functions[-2:] == ["outer", "inner"]


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


def test_a_kernel_with_the_extension_shows_few_lines_and_all_on_request() -> None:
    extension = SETTINGS["etc/ipython/ipython_kernel_config.json"]["InteractiveShellApp"][
        "extensions"
    ]
    load, short, whole, syntax = run_cells(
        f"%load_ext {extension[0]}\nimport torch\nfrom torch import nn",
        "def forward(x):\n    return nn.Linear(4, 2)(x)\n\nforward(torch.zeros(3, 5))",
        "%tb",
        "1 +",
    )
    assert load == ""
    assert "site-packages" not in short
    assert "return nn.Linear(4, 2)(x)" in short and "forward(torch.zeros(3, 5))" in short
    assert re.search(r"\nRuntimeError: .*cannot be multiplied \(3x5 and 4x2\)$", short)
    assert "site-packages" in whole
    assert "SyntaxError" in syntax


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


def test_errors_behind_an_error_show_own_lines_only_too() -> None:
    load, short, whole, explained, circle = run_cells(
        "%load_ext course_launcher.tracebacks\nimport json, sys\n"
        "from course_utils.memory import estimate_training_memory\n"
        "from course_utils.models import MLP",
        RAISE,
        "%tb",
        "estimate_training_memory(MLP(), (1, 20, 20), 4)",
        "one, two = ValueError('one'), ValueError('two')\n"
        "one.__cause__, two.__cause__ = two, one\nraise one",
    )
    assert load == ""
    assert "json.loads(text)" in short and "misread(text)" in short and "decoder.py" not in short
    assert "JSONDecodeError: Expecting" in short and short.endswith("KeyError: 'no settings'")
    assert "decoder.py" in whole
    # Of an error that no own line led to, the message is left.
    assert "RuntimeError: a and b must have same" in explained and len(explained.splitlines()) < 15
    assert "course_utils" not in explained and "site-packages" not in explained
    assert re.search(r"\nValueError: input_shape: .*hidden says.*$", explained)
    assert circle.endswith("ValueError: one")


def test_in_a_talk_the_message_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_TALK", "1")
    load, short = run_cells(
        "%load_ext course_launcher.tracebacks\nimport torch\nfrom torch import nn",
        "nn.Linear(4, 2)(torch.zeros(3, 5))",
    )
    assert load == ""
    assert re.fullmatch(r"RuntimeError: .*cannot be multiplied \(3x5 and 4x2\)", short.strip())
