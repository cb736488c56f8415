"""The reader's copies: laid once, never overwritten, and no byte of anybody's work lost."""

import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_launcher import copies, notebook_files
from course_launcher.failures import Failure
from course_launcher.places import Places

from .fakes import make_course, store

TODAY = datetime.date(2026, 11, 22)
NAME = "02_the_batch_dimension.ipynb"
BOTH = ["00_start_here.ipynb", NAME]


def names(places: Places) -> list[str]:
    return sorted(path.name for path in places.copies.iterdir())


def fresh(places: Places, *names: str) -> list[str]:
    return list(copies.fresh(places, [*names], TODAY))


def test_first_lay_copies_all_without_outputs(places: Places) -> None:
    before = (places.notebooks / NAME).read_bytes()
    assert copies.lay(places) == [f"New in my_notebooks: {', '.join(BOTH)}"]
    (cell,) = notebook_files.read(places.copies / NAME)["cells"]
    assert cell["outputs"] == [] and cell["execution_count"] is None
    assert cell["source"] == "print('02_the_batch_dimension')"
    assert (places.notebooks / NAME).read_bytes() == before


def test_second_lay_does_nothing(places: Places) -> None:
    copies.lay(places)
    assert copies.lay(places) == []


def test_an_edited_copy_stays_and_a_deleted_one_comes_back(places: Places) -> None:
    copies.lay(places)
    (places.copies / NAME).write_bytes(b"not even JSON")
    (places.copies / BOTH[0]).unlink()
    assert copies.lay(places) == [f"New in my_notebooks: {BOTH[0]}"]
    assert (places.copies / NAME).read_bytes() == b"not even JSON"


def test_a_changed_original_is_reported_until_a_fresh_copy(places: Places) -> None:
    copies.lay(places)
    store(places.notebooks / NAME, "print('new lesson')")
    expected = [
        f"{NAME} has changed since your copy was made: "
        "python course.py fresh 02 lays a new one beside it"
    ]
    assert copies.lay(places) == expected
    assert copies.lay(places) == expected
    fresh(places, "02")
    assert copies.lay(places) == []


def test_new_outputs_of_an_original_are_no_change(places: Places) -> None:
    copies.lay(places)
    notebook = notebook_files.read(places.notebooks / NAME)
    notebook["cells"][0]["outputs"] = []
    notebook_files.write(places.notebooks / NAME, notebook)
    assert copies.lay(places) == []


def test_a_notebook_that_is_new_in_the_course_is_announced(places: Places) -> None:
    copies.lay(places)
    store(places.notebooks / "05_softmax.ipynb", "x")
    assert copies.lay(places) == ["New in my_notebooks: 05_softmax.ipynb"]


@pytest.mark.parametrize("damage", [None, b"{", b"[]", b"\xff\xfe"])
def test_a_lost_or_damaged_record_loses_nothing(places: Places, damage: bytes | None) -> None:
    copies.lay(places)
    (places.copies / NAME).write_bytes(b"my work")
    record = places.copies / copies.RECORD
    record.unlink()
    if damage is not None:
        record.write_bytes(damage)
    assert copies.lay(places) == []
    assert (places.copies / NAME).read_bytes() == b"my work"
    store(places.notebooks / NAME, "changed later")
    assert copies.lay(places)[0].startswith(f"{NAME} has changed")


def test_fresh_keeps_the_old_copy_under_a_dated_name(places: Places) -> None:
    copies.lay(places)
    for text in (b"first", b"second", b"third"):
        (places.copies / NAME).write_bytes(text)
        lines = fresh(places, "2")
    kept = "02_the_batch_dimension_2026-11-22"
    assert (places.copies / f"{kept}.ipynb").read_bytes() == b"first"
    assert (places.copies / f"{kept}_2.ipynb").read_bytes() == b"second"
    assert (places.copies / f"{kept}_3.ipynb").read_bytes() == b"third"
    assert lines == [
        f"Your work is kept as my_notebooks/{kept}_3.ipynb",
        f"A new copy is in my_notebooks/{NAME}",
    ]
    assert notebook_files.read(places.copies / NAME)["cells"][0]["outputs"] == []


def test_two_fresh_at_once_lose_nothing(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    copies.lay(places)
    copy = places.copies / NAME
    copy.write_bytes(b"my work")
    replace, others = Path.replace, ["02"]

    def later(path: Path, target: Path) -> Path:
        """The other one has its turn after the first has chosen a name."""
        if path == copy and others:
            fresh(places, others.pop())
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", later)
    fresh(places, "02")
    assert others == []
    contents = [path.read_bytes() for path in places.copies.glob("02_*.ipynb")]
    assert contents.count(b"my work") == 1 and b"" not in contents
    assert notebook_files.read(copy)["cells"]


def test_a_copy_that_cannot_be_moved_leaves_no_empty_file(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_use(path: Path, target: Path) -> Path:
        raise PermissionError(13, "in use by another program", str(path))

    copies.lay(places)
    before = names(places)
    with monkeypatch.context() as patch, pytest.raises(PermissionError):
        patch.setattr(Path, "replace", in_use)
        fresh(places, "02")
    assert names(places) == before


def test_a_full_disk_comes_after_the_word_where_the_work_is(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, notebook: notebook_files.Notebook) -> None:
        raise OSError(28, "No space left on device")

    copies.lay(places)
    (places.copies / NAME).write_bytes(b"my work")
    monkeypatch.setattr(copies, "write", full)
    lines = iter(copies.fresh(places, ["02"], TODAY))
    said, _, kept = next(lines).rpartition("/")
    assert said == "Your work is kept as my_notebooks"
    assert (places.copies / kept).read_bytes() == b"my work"
    with pytest.raises(OSError, match="No space left"):
        next(lines)


def test_fresh_without_an_old_copy_lays_one(places: Places) -> None:
    assert fresh(places, "00", "02") == [f"A new copy is in my_notebooks/{name}" for name in BOTH]


def test_fresh_with_one_unknown_name_changes_nothing(places: Places) -> None:
    copies.lay(places)
    before = {name: (places.copies / name).read_bytes() for name in names(places)}
    with pytest.raises(Failure, match="no notebook 07; these exist: 00_start_here, 02_"):
        fresh(places, "02", "07")
    assert {name: (places.copies / name).read_bytes() for name in names(places)} == before


ACTIONS = st.lists(
    st.sampled_from(["lay", "fresh", "edit", "delete", "change", "lose record", "damage record"]),
    max_size=12,
)


@given(ACTIONS)
def test_whatever_happens_no_work_is_lost(actions: list[str]) -> None:
    with TemporaryDirectory() as folder:
        places = make_course(Path(folder) / "course")
        copy, record = places.copies / NAME, places.copies / copies.RECORD
        written: set[bytes] = set()
        for step, action in enumerate(actions):
            work = f"work of step {step}".encode()
            if action == "lay":
                copies.lay(places)
            elif action == "fresh":
                fresh(places, "02")
            elif action == "edit":
                places.copies.mkdir(exist_ok=True)
                # The reader overwrites what they wrote before: that is theirs to do.
                written.discard(copy.read_bytes() if copy.exists() else b"")
                copy.write_bytes(work)
                written.add(work)
            elif action == "delete":
                written.discard(copy.read_bytes() if copy.exists() else b"")
                copy.unlink(missing_ok=True)
            elif action == "change":
                store(places.notebooks / NAME, f"step {step}")
            elif action == "lose record":
                record.unlink(missing_ok=True)
            elif record.exists():
                record.write_bytes(b"{")
            present = [*places.copies.glob("*")] if places.copies.exists() else []
            assert written <= {path.read_bytes() for path in present}
            assert not [path.name for path in present if path.name.endswith(".new")]
