"""The welcome page: what it says for any progress, and that no reader's change to it is lost."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_launcher import welcome
from course_launcher.notebook_files import Lesson
from course_launcher.places import Places
from course_launcher.welcome import next_lesson

from .fakes import store

TODAY = datetime.date(2026, 11, 22)
COURSE = [
    Lesson("00_a.ipynb", "00 · A", "The first.", "10", frozenset({"0.1"})),
    Lesson("01_b.ipynb", "01 · B", "The second.", "20", frozenset({"1.1", "1.2"})),
    Lesson("02_c.ipynb", "02 · C", "The third.", "30", frozenset({"2.1"})),
]
EVERYTHING = {"0.1", "1.1", "1.2", "2.1"}


def write(places: Places) -> list[str]:
    places.copies.mkdir(exist_ok=True)
    return list(welcome.write(places, TODAY))


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        (set(), "00 · A"),
        ({"0.1"}, "01 · B"),
        ({"1.1"}, "01 · B"),
        ({"0.1", "1.1", "1.2"}, "02 · C"),
        ({"2.1"}, "00 · A"),
        ({"0.1", "2.1"}, "01 · B"),
    ],
)
def test_the_next_notebook(passed: set[str], expected: str) -> None:
    following = next_lesson(COURSE, passed)
    assert following is not None and following.title == expected


@given(st.sets(st.sampled_from(sorted(EVERYTHING))))
def test_there_is_a_next_notebook_until_all_is_passed(passed: set[str]) -> None:
    following = next_lesson(COURSE, passed)
    assert (following is None) == (passed == EVERYTHING)
    assert following is None or following.exercises - passed


def test_the_page_for_a_beginner_and_for_others() -> None:
    beginner = welcome.text(COURSE, set())
    assert "**Begin here: [00 · A](00_a.ipynb)**\n\nThe first.\n" in beginner
    assert "| [01 · B](01_b.ipynb) | 20 | 0 of 2 | The second. |" in beginner
    later = welcome.text(COURSE, {"0.1", "1.2"})
    assert "**Go on here: [01 · B](01_b.ipynb)**" in later
    assert "| **[01 · B](01_b.ipynb)** | 20 | 1 of 2 | The second. |" in later
    assert "You have passed every exercise of the course." in welcome.text(COURSE, EVERYTHING)


def test_progress_is_read_where_the_checks_write_it(
    places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    places.copies.mkdir()
    assert welcome.passed(places) == set()
    (places.copies / "progress.json").write_text('{"passed": ["0.1"]}', encoding="utf-8")
    assert welcome.passed(places) == {"0.1"}
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text('{"passed": ["1.1"]}', encoding="utf-8")
    monkeypatch.setenv("COURSE_PROGRESS", str(elsewhere))
    assert welcome.passed(places) == {"1.1"}


def test_the_page_is_renewed_and_a_changed_one_kept(places: Places) -> None:
    page = places.copies / welcome.NAME
    assert write(places) == []
    first = page.read_bytes()
    store(places.notebooks / "05_softmax.ipynb", "a new notebook")
    assert write(places) == []
    assert b"05_softmax" in page.read_bytes() and b"05_softmax" not in first
    for notes in (first + b"\nmy note", first.replace(b"Shift", b"Ctrl"), b"all mine", b"\xff"):
        page.write_bytes(notes)
        (line,) = write(places)
        kept = places.copies / line.rpartition("/")[2]
        assert kept.name.startswith("welcome_2026-11-22")
        assert kept.read_bytes() == notes


def test_a_full_disk_comes_after_the_word_where_the_changes_are(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    places.copies.mkdir()
    (places.copies / welcome.NAME).write_bytes(b"my note")
    monkeypatch.setattr(welcome, "write_whole", full)
    lines = iter(welcome.write(places, TODAY))
    kept = places.copies / next(lines).rpartition("/")[2]
    assert kept.read_bytes() == b"my note"
    with pytest.raises(OSError, match="No space left"):
        next(lines)
