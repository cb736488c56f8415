"""The welcome page: what it says for any progress, and that no reader's change to it is lost."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_checks import progress
from course_launcher import notebook_files, welcome
from course_launcher.places import Places
from course_launcher.welcome import Entry, next_entry

from .fakes import make_course, store

TODAY = datetime.date(2026, 11, 22)
COURSE = [
    Entry("00_a.ipynb", "00 · A", "The first.", "10", frozenset({"0.1"})),
    Entry("01_b.ipynb", "01 · B", "The second.", "20", frozenset({"1.1", "1.2"})),
    Entry("02_c.ipynb", "02 · C", "The third.", "30", frozenset({"2.1"})),
]
EVERYTHING = {"0.1", "1.1", "1.2", "2.1"}


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    places = make_course(tmp_path / "course")
    places.copies.mkdir()
    return places


def write(places: Places) -> list[str]:
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
        ({"9.9"}, "00 · A"),
    ],
)
def test_the_next_notebook(passed: set[str], expected: str) -> None:
    following = next_entry(COURSE, passed)
    assert following is not None and following.title == expected


@given(st.sets(st.sampled_from(sorted(EVERYTHING))))
def test_there_is_a_next_notebook_until_all_is_passed(passed: set[str]) -> None:
    following = next_entry(COURSE, passed)
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


def test_the_notebooks_describe_themselves() -> None:
    root = Path(__file__).resolve().parents[2]
    course = welcome.entries(Places(root))
    assert [entry.title[:2] for entry in course] == [f"{number:02}" for number in range(11)]
    for entry in course:
        assert entry.promise.endswith(".") and entry.minutes.isdecimal() and entry.exercises
        assert all(number.split(".")[0] == str(int(entry.file[:2])) for number in entry.exercises)


@pytest.mark.parametrize("damage", [None, b"", b"{", b"[]", b'{"passed": 3}', b"\xff\xfe"])
def test_a_missing_or_damaged_progress_file_is_no_progress(
    places: Places, damage: bytes | None
) -> None:
    if damage is not None:
        (places.copies / "progress.json").write_bytes(damage)
    assert welcome.passed(places) == set()


def test_progress_is_read_where_the_checks_write_it(
    places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (places.copies / "progress.json").write_text('{"passed": ["0.1", 7]}', encoding="utf-8")
    assert welcome.passed(places) == {"0.1"}
    elsewhere = tmp_path / "elsewhere.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(elsewhere))
    progress.record_passed("1.1")
    assert elsewhere.exists()
    assert welcome.passed(places) == {"1.1"}


def test_the_page_is_renewed_and_a_changed_one_kept(places: Places) -> None:
    page = places.copies / welcome.NAME
    assert write(places) == []
    first = page.read_bytes()
    store(places.notebooks / "05_softmax.ipynb", "a new notebook")
    assert write(places) == []
    assert b"05_softmax" in page.read_bytes() and b"05_softmax" not in first
    for notes in (first + b"\nmy note", b"all mine", b"\xff"):
        page.write_bytes(notes)
        (line,) = write(places)
        kept = places.copies / line.rpartition("/")[2]
        assert kept.name.startswith("welcome_2026-11-22")
        assert kept.read_bytes() == notes


def test_a_change_in_the_middle_is_a_change(places: Places) -> None:
    page = places.copies / welcome.NAME
    write(places)
    changed = page.read_text(encoding="utf-8").replace("Shift+Enter", "Shift+Return")
    page.write_text(changed, encoding="utf-8")
    assert len(write(places)) == 1
    assert len([*places.copies.glob("welcome*.md")]) == 2


def test_a_full_disk_comes_after_the_word_where_the_changes_are(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    (places.copies / welcome.NAME).write_bytes(b"my note")
    monkeypatch.setattr(notebook_files, "write_bytes", full)
    lines = iter(welcome.write(places, TODAY))
    kept = places.copies / next(lines).rpartition("/")[2]
    assert kept.read_bytes() == b"my note"
    with pytest.raises(OSError, match="No space left"):
        next(lines)
