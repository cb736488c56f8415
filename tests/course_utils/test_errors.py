"""Every error of the table is raised for real and gets its own row, on any supported torch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch import nn

from course_utils.errors import KnownError, known_error, known_errors
from tests.notebooks.reading import PATHS, CourseNotebook


@pytest.mark.parametrize("row", known_errors(), ids=lambda row: row.title)
def test_the_code_raises_what_the_row_explains(
    row: KnownError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_OFFLINE", "")
    names = {"torch": torch, "nn": nn, "F": nn.functional}
    with pytest.raises(Exception) as raised:
        exec(compile(row.code, row.title, "exec"), names)
    assert known_error(raised.value) is row, raised.value


def test_rows_are_sentences_and_lead_to_a_notebook_that_is_there() -> None:
    numbers = {path.name[:2] for path in PATHS}
    titles = [row.title for row in known_errors()]
    assert len({*titles}) == len(titles)
    for row in known_errors():
        assert row.notebook in numbers, row.title
        assert row.meaning.endswith((".", "?", "`")), row.title


def test_what_is_not_in_the_table_gets_no_sentence() -> None:
    assert known_error(KeyError("something else")) is None


def test_every_error_that_a_notebook_shows_is_explained() -> None:
    """But for those that the cell raises on purpose."""
    for path in PATHS:
        for cell in CourseNotebook(path).code:
            if re.search(r"\braise ", cell.source):
                continue
            for output in cell.outputs:
                if output["output_type"] == "error":
                    error = type(output["ename"], (Exception,), {})(output["evalue"])
                    assert known_error(error) is not None, f"{path.stem}: {error!r}"
