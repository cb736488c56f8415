"""The parts of the README that are written: launch links and the table of the notebooks."""

import pytest

from course_launcher import readme
from course_launcher.failures import Failure
from course_launcher.notebook_files import Lesson
from course_launcher.places import Places
from course_launcher.readme import links, table, with_part

MARKED = (
    "a\n<!-- launch links: begin -->\nold\n<!-- launch links: end -->\nb\n"
    "<!-- notebooks: begin -->\n<!-- notebooks: end -->\nc\n"
)


def test_links_are_made_from_the_address() -> None:
    assert links("") == []
    once = "\n".join(links("https://github.com/someone/batch-by-batch"))
    assert "github/someone/batch-by-batch/blob/main/notebooks/00_start_here.ipynb" in once
    assert "mybinder.org/v2/gh/someone/batch-by-batch/" in once
    assert links("https://example.org/course") == [
        "[The course's repository](https://example.org/course)"
    ]


def test_the_table_says_what_the_notebooks_say() -> None:
    lesson = Lesson("01_b.ipynb", "01 · B", "The second.", "20", frozenset({"1.1", "1.2"}))
    row = "| [01 B](notebooks/01_b.ipynb) | 20 | 2 | The second. |"
    assert table([lesson])[-2] == row


def test_the_readme_is_written_anew_where_something_has_changed(places: Places) -> None:
    file = places.root / "README.md"
    file.write_text(MARKED, encoding="utf-8")
    assert readme.write(places.root)
    text = file.read_text(encoding="utf-8")
    assert "old" not in text and "(notebooks/00_start_here.ipynb)" in text
    assert text.startswith("a\n") and text.endswith("\nc\n")
    assert not readme.write(places.root)


def test_bad_address_and_missing_markers_are_refused_in_a_sentence() -> None:
    with pytest.raises(Failure, match="must begin with https"):
        links("github.com/someone/x")
    with pytest.raises(Failure, match="put them back"):
        with_part("no markers", "notebooks", [])
