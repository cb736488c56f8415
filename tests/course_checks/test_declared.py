"""A solution is text, and mistakes are edits of it that must fit it exactly once."""

from __future__ import annotations

import pytest

from course_checks.declared import Edit, exchanged, instead, made, replaced, stub_of, without

HALVE = '''\
def halve(number):
    """A number -> its half."""
    half = number / 2
    print(half)
    return half
'''
BOX = '''\
class Box(Dataset):
    """One thing."""

    def __init__(self, thing):
        self.thing = thing

    def __len__(self):
        return 1
'''


def test_the_last_thing_that_is_defined_is_the_answer() -> None:
    assert made(HALVE)(3) == 1.5
    assert len(made(BOX)("thing")) == 1
    assert made("answers = {'a': 1}\n") == {"a": 1}


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (replaced("/ 2", "/ 3"), "half = number / 3; print(half); return half"),
        (without("print"), "half = number / 2; return half"),
        (exchanged("print(half)", "return half"), "half = number / 2; return half; print(half)"),
        (without("print") + replaced("/ 2", "/ 3"), "half = number / 3; return half"),
    ],
)
def test_edits_change_what_they_name(edit: Edit, lines: str) -> None:
    body = edit.change(HALVE).splitlines()[2:]
    assert "; ".join(line.strip() for line in body) == lines


def test_instead_keeps_the_first_line_only() -> None:
    assert instead("return number").change(HALVE) == "def halve(number):\n    return number\n"


@pytest.mark.parametrize("edit", [replaced("half", ""), without("third"), exchanged("2", "third")])
def test_an_edit_that_does_not_fit_exactly_once_is_an_error(edit: Edit) -> None:
    with pytest.raises(ValueError, match="must stand once in the solution"):
        edit.change(HALVE)


def test_the_stub_keeps_names_arguments_and_docstrings() -> None:
    assert stub_of(HALVE) == 'def halve(number):\n    """A number -> its half."""\n    ...\n'
    assert stub_of(BOX).splitlines() == [
        "class Box(Dataset):",
        '    """One thing."""',
        "",
        "    def __init__(self, thing): ...",
        "",
        "    def __len__(self): ...",
    ]
    with pytest.raises(ValueError, match="write it down as `stub=`"):
        stub_of("answers = {}\n")
