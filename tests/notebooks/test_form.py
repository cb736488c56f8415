"""Every notebook is what `CONTRIBUTING.md` says a notebook of this course is."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from course_launcher.normal_form import normal_form
from course_launcher.notebook_files import read, text_of
from tests.notebooks.reading import FOLDER, PATHS, Cell, CourseNotebook, without_code

SLIDE_TYPES = {"slide", "subslide", "fragment", "-", "skip", "notes"}
SETUP = """\
import sys
from pathlib import Path

if "google.colab" in sys.modules:  # on Colab, use the course's clone; elsewhere this does nothing
    sys.path += [str(folder.parent) for folder in Path.cwd().glob("*/course_utils")]
"""


def test_stored_in_normal_form(notebook: CourseNotebook) -> None:
    normal = text_of(normal_form(read(notebook.path))).encode()
    assert notebook.path.read_bytes() == normal, f"python course.py execute {notebook.number}"


def without_fences(markdown: str) -> str:
    return re.sub(r"```.*?```", "", markdown, flags=re.S)


def test_begins_with_title_promises_and_setup(notebook: CourseNotebook) -> None:
    title, promises, setup = notebook.cells[:3]
    assert re.match(rf"# {notebook.number} · \S", title.source)
    assert re.search(r"\*\*\d+ minutes\*\*", title.source)
    assert promises.source.startswith("## You will\n")
    assert _bullets(promises)
    assert setup.source.startswith(SETUP)
    assert "set_seed(0)" in setup.source
    assert "setup" in setup.tags


def test_ends_with_the_promises_kept_and_the_progress(notebook: CourseNotebook) -> None:
    done = [cell for cell in notebook.prose if cell.source.startswith("## You can now\n")]
    assert len(done) == 1
    assert _bullets(done[0]) == _bullets(notebook.cells[1])
    last = notebook.cells[-1]
    assert f'show_progress("{notebook.number}")' in last.source
    assert "progress" in last.tags


def _bullets(cell: Cell) -> int:
    return len(re.findall(r"^[-*] ", cell.source, flags=re.M))


def test_neighbours_are_linked(notebook: CourseNotebook) -> None:
    position = PATHS.index(notebook.path)
    title = notebook.cells[0].source
    for neighbour in PATHS[max(0, position - 1) : position] + PATHS[position + 1 : position + 2]:
        assert f"({neighbour.name})" in title


def test_links_lead_somewhere(notebook: CourseNotebook) -> None:
    for cell in notebook.prose:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", without_code(cell.source)):
            assert "://" in target or (FOLDER / target).exists(), f"cell {cell.index}: {target}"


def test_every_cell_has_a_slide_type(notebook: CourseNotebook) -> None:
    assert [cell.index for cell in notebook.cells if cell.slide not in SLIDE_TYPES] == []
    assert any(cell.slide == "notes" for cell in notebook.cells)


def test_notes_say_whom_they_are_for(notebook: CourseNotebook) -> None:
    """Outside the slides they stand among the other cells."""
    for cell in notebook.cells:
        if cell.slide == "notes":
            assert cell.source.startswith("*For the instructor:* "), f"cell {cell.index}"


def test_outputs_say_nothing_of_one_machine(notebook: CourseNotebook) -> None:
    for cell in notebook.code:
        assert not re.search(r"(/work|/root|/home|/tmp|/Users|[A-Z]:\\)", cell.output_text)
        assert "<Figure" not in cell.output_text
        assert not re.search(r"object at 0x[0-9a-f]+", cell.output_text)
        assert all(output.get("name") != "stderr" for output in cell.outputs), cell.index


def test_errors_are_announced(notebook: CourseNotebook) -> None:
    for cell in notebook.code:
        raised = any(output["output_type"] == "error" for output in cell.outputs)
        assert raised == ("raises-exception" in cell.tags), f"cell {cell.index}"


def test_pictures_have_a_caption(notebook: CourseNotebook) -> None:
    for one, two in pairwise(notebook.cells):
        if one.has_picture:
            caption = re.match(r"\*[^*].{20,}\*", two.source, flags=re.S)
            assert two.kind == "markdown" and caption, f"cell {one.index}"


def test_every_cell_runs_and_its_marks_are_tags(notebook: CourseNotebook) -> None:
    assert not any("NBVAL_" in cell.source for cell in notebook.code)
    assert not any("nbval-skip" in cell.tags for cell in notebook.code)


def test_what_is_not_compared_is_asserted(notebook: CourseNotebook) -> None:
    """After a cell whose output is ignored, one of the next two code cells asserts the claim."""
    code = notebook.code
    for position, cell in enumerate(code):
        if "nbval-ignore-output" in cell.tags:
            following = "\n".join(later.source for later in code[position : position + 3])
            assert "assert" in following, f"cell {cell.index}"


def test_language(notebook: CourseNotebook) -> None:
    for cell in notebook.prose:
        text = re.sub(r"!\[|<[^>]*>", " ", without_code(cell.source))
        found = re.findall(r"!|\b(?:simply|just|easy|easily|obviously|trivial)\b", text, flags=re.I)
        assert found == [], f"cell {cell.index}"
        assert not re.search("[\U0001f300-\U0001faff]", cell.source), f"cell {cell.index}"


def test_numbers_in_the_prose_are_shown_or_asserted(notebook: CourseNotebook) -> None:
    """Each number of two digits or more, and each decimal, stands in a code cell or an output."""
    checked = "\n".join(f"{cell.source}\n{cell.output_text}" for cell in notebook.code)
    known = {_plain(number) for number in _numbers(checked)}
    for cell in notebook.prose[1:]:
        for number in _numbers(_claims(cell.source)):
            if len(number) > 1:
                assert _plain(number) in known, f"cell {cell.index}: {number}"


def _claims(markdown: str) -> str:
    """The text of a cell less what claims nothing: folds, minutes, links, names of notebooks."""
    text = re.sub(r"<details>.*", "", without_fences(markdown), flags=re.S)
    text = re.sub(r"\[[^\]]*\]\([^)]*\)", "", text)
    text = re.sub(r"^\| \d\d [A-Z]", "", text, flags=re.M)
    return re.sub(r"\d+ minutes?\b|[Nn]otebooks? \d\d( (to|and) \d\d)?|Exercise \d+\.\d+", "", text)


def _numbers(text: str) -> list[str]:
    return re.findall(r"(?<![\w.])\d[\d,_]*(?:\.\d+)?", text)


def _plain(number: str) -> str:
    return number.replace(",", "").replace("_", "")


def test_helpers_come_after_the_notebook_that_builds_them(notebook: CourseNotebook) -> None:
    for cell in notebook.code:
        for module, name in _imports(cell.source):
            helper = getattr(importlib.import_module(module), name)
            built = re.search(r"Built in notebook (\d\d)\.", getattr(helper, "__doc__", None) or "")
            if built is None:
                continue
            assert built[1] <= notebook.number, f"{name} is built in notebook {built[1]}"
            if built[1] == notebook.number:
                assert "setup" not in cell.tags, f"{name} is imported before it has been built"


def _imports(source: str) -> list[tuple[str, str]]:
    """(module, name) of each import from the package in a cell of plain Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course_utils")
        for alias in node.names
        if node.module is not None
    ]


def test_the_setup_finds_a_clone_on_colab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `google.colab` is loaded, a clone below the working folder is put on the path."""
    (tmp_path / "clone" / "course_utils").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    exec(SETUP)
    assert str(tmp_path / "clone") not in sys.path
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    exec(SETUP)
    exec(SETUP)  # a student runs the cell twice
    assert str(tmp_path / "clone") in sys.path
