"""Answers that were written from the tasks alone, without sight of the checks.

`jury/NN.txt` holds them as text: a line such as `=== 1.2 wrong · divides by 256`, then the cell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course_checks import EXERCISES
from course_checks.declared import made

FOLDER = Path(__file__).parent / "jury"


def answers() -> Iterator[tuple[str, str, str, str]]:
    """(number, "wrong" or "right", what is wrong or unusual, the text of the cell)."""
    for path in sorted(FOLDER.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        blocks = re.split(r"^=== (\d+\.\d+) (wrong|right) · (.+)$", text, flags=re.M)[1:]
        yield from zip(blocks[::4], blocks[1::4], blocks[2::4], blocks[3::4], strict=True)


JURY = list(answers())


@pytest.mark.parametrize(
    ("number", "kind", "words", "text"),
    [pytest.param(*one, id=f"{one[0]} {one[1]} · {one[2]}") for one in JURY],
)
def test_right_answers_pass_and_wrong_ones_do_not(
    number: str, kind: str, words: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer: Any = made(text)
    result = EXERCISES[number].judge(answer)
    assert result.passed == (kind == "right"), result.message


def test_every_exercise_of_these_notebooks_has_been_before_the_jury() -> None:
    chapters = {path.stem.lstrip("0") or "0" for path in FOLDER.glob("*.txt")}
    counts = Counter((number, kind) for number, kind, _, _ in JURY)
    for number in EXERCISES:
        if number.partition(".")[0] in chapters:
            assert counts[number, "wrong"] >= 6 and counts[number, "right"] >= 3, number
