"""`present`: slides without anybody's answers, and nothing that was changed in a talk is lost."""

import json
import os
from pathlib import Path

import pytest

from course_launcher import copies, notebook_files
from course_launcher.copies import as_copy
from course_launcher.failures import Failure
from course_launcher.lab import set_slideshow
from course_launcher.places import Places
from course_launcher.present import present

from .fakes import FakeMachine, store

NAME = "02_the_batch_dimension.ipynb"
SETTING = Path(".jupyterlab", "settings", "jupyterlab-slideshow", "plugin.jupyterlab-settings")


def talk(places: Places) -> Path:
    return places.copies / "presenting"


def test_present_lays_copies_and_starts_in_the_slideshow(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert present(places, ["2", "--no-browser", "--port", "0"]) == 0
    folder = os.path.join("my_notebooks", "presenting")  # noqa: PTH118 - a printed path
    assert machine.ran[-1].endswith(
        f" -m jupyterlab --ServerApp.root_dir={folder} --LabApp.default_url=/lab/tree/{NAME} "
        "--no-browser --port 0"
    )
    settings = machine.settings[-1] or {}
    state = os.path.join(folder, ".jupyterlab")  # noqa: PTH118
    assert settings["JUPYTERLAB_SETTINGS_DIR"] == os.path.join(state, "settings")  # noqa: PTH118
    assert settings["COURSE_PROGRESS"] == str(talk(places) / "progress.json")
    assert settings["COURSE_TALK"] == "1"
    assert json.loads((talk(places) / SETTING).read_text(encoding="utf-8")) == {"active": True}
    (cell,) = notebook_files.read(talk(places) / NAME)["cells"]
    assert cell["outputs"] == []
    assert (talk(places) / "00_start_here.ipynb").is_file(), "its neighbours are one link away"
    assert "Space goes on" in capsys.readouterr().out


def test_no_answer_of_anybody_is_on_the_slides(places: Places, machine: FakeMachine) -> None:
    places.copies.mkdir()
    store(places.copies / NAME, "my own solution")
    present(places, ["02"])
    assert "my own solution" not in (talk(places) / NAME).read_text(encoding="utf-8")
    assert "my own solution" in (places.copies / NAME).read_text(encoding="utf-8")


def test_what_was_changed_in_a_talk_is_kept_and_not_shown_again(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    present(places, ["02"])
    for damaged in (None, b"not even JSON"):
        store(talk(places) / NAME, "typed in the room")
        if damaged:
            (talk(places) / NAME).write_bytes(damaged)
        capsys.readouterr()
        present(places, ["02"])
        assert "is kept as presenting/02_the_batch" in capsys.readouterr().out
        assert "typed in the room" not in (talk(places) / NAME).read_text(encoding="utf-8")
    kept = {path.read_bytes() for path in talk(places).glob("02_the_batch_dimension_*.ipynb")}
    assert b"not even JSON" in kept and len(kept) == 2


@pytest.mark.parametrize(
    ("metadata", "changed"),
    [
        ({"slideshow": {"slide_type": "skip"}}, True),
        ({"tags": ["hide-input"]}, True),
        # What JupyterLab writes by itself.
        ({"slideshow": {"slide_type": ""}, "tags": [], "editable": True, "trusted": True}, False),
    ],
)
def test_slides_and_tags_that_were_changed_in_a_talk_are_kept(
    places: Places,
    machine: FakeMachine,
    capsys: pytest.CaptureFixture[str],
    metadata: object,
    changed: bool,
) -> None:
    present(places, ["02"])
    notebook = notebook_files.read(talk(places) / NAME)
    notebook["cells"][0]["metadata"] = metadata
    notebook_files.write(talk(places) / NAME, notebook)
    capsys.readouterr()
    present(places, ["02"])
    assert ("is kept as presenting/02_the_batch" in capsys.readouterr().out) == changed
    kept = [*talk(places).glob("02_the_batch_dimension_*.ipynb")]
    assert [notebook_files.read(path) for path in kept] == [notebook] * changed


@pytest.mark.parametrize("slide", ["-", "notes"])
def test_slides_as_they_are_laid_are_no_change(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str], slide: str
) -> None:
    notebook = notebook_files.read(places.notebooks / NAME)
    notebook["cells"][0]["metadata"] = {"slideshow": {"slide_type": slide}, "tags": ["x"]}
    notebook_files.write(places.notebooks / NAME, notebook)
    present(places, ["02"])
    present(places, ["02"])
    assert "kept" not in capsys.readouterr().out


def test_outputs_of_the_last_talk_and_its_progress_go(
    places: Places, machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    present(places, ["02"])
    # The same cell as the original, with an output: run in the room, not changed.
    store(talk(places) / NAME, f"print('{NAME.removesuffix('.ipynb')}')")
    (talk(places) / "progress.json").write_text("{}", encoding="utf-8")
    capsys.readouterr()
    present(places, ["02"])
    assert notebook_files.read(talk(places) / NAME)["cells"][0]["outputs"] == []
    assert "kept" not in capsys.readouterr().out
    assert not (talk(places) / "progress.json").exists()


def test_a_start_that_was_broken_off_leaves_no_copy_that_looks_changed(
    places: Places,
    machine: FakeMachine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken_off(path: Path, notebook: notebook_files.Notebook) -> None:
        if path.name == NAME:
            raise KeyboardInterrupt
        notebook_files.write(path, notebook)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(copies, "write", broken_off)
        present(places, ["02"])
    assert (talk(places) / "00_start_here.ipynb").is_file()
    present(places, ["02"])
    assert "kept" not in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["--no-browser"]])
def test_which_notebook(places: Places, machine: FakeMachine, arguments: list[str]) -> None:
    with pytest.raises(Failure, match=r"Which notebook\? For example: .* present 05") as raised:
        present(places, arguments)
    assert raised.value.exit_code == 2 and machine.ran == []


def test_an_unknown_notebook_changes_nothing(places: Places, machine: FakeMachine) -> None:
    with pytest.raises(Failure, match="no notebook 17; these exist: 00_start_here, 02_"):
        present(places, ["17"])
    assert machine.ran == [] and not places.copies.exists()


def test_slide_types_that_the_slideshow_cannot_show() -> None:
    def cell(slide: str) -> dict[str, object]:
        metadata = {"slideshow": {"slide_type": slide}, "tags": ["x"]}
        return {"cell_type": "markdown", "metadata": metadata, "source": slide}

    notebook = {"cells": [cell(slide) for slide in ("slide", "-", "notes", "skip", "fragment")]}
    found = [one["metadata"].get("slideshow") for one in as_copy(notebook)["cells"]]
    assert found == [
        {"slide_type": "slide"},
        None,
        {"slide_type": "skip"},
        {"slide_type": "skip"},
        {"slide_type": "fragment"},
    ]
    assert all(one["metadata"]["tags"] == ["x"] for one in as_copy(notebook)["cells"])
    assert notebook["cells"][1]["metadata"]["slideshow"], "the original stays as it is"  # type: ignore[index]


def test_the_slideshow_is_switched_without_a_loss(tmp_path: Path) -> None:
    path = tmp_path / SETTING
    set_slideshow(tmp_path, running=False)
    assert not path.exists()
    set_slideshow(tmp_path, running=True)
    # As JupyterLab writes it: with comments, and with what else was chosen.
    text = '{\n    // Decks\n    "active": true,\n    "showCodeCellPrompt": true\n}'
    path.write_text(text, encoding="utf-8")
    set_slideshow(tmp_path, running=False)
    assert path.read_text(encoding="utf-8") == text.replace("true", "false", 1)
    set_slideshow(tmp_path, running=True)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"showCodeCellPrompt": true}', {"active": True, "showCodeCellPrompt": True}),
        (b"{ }\n", {"active": True}),
        (b"\xff\xfe{", {"active": True}),
    ],
)
def test_settings_that_say_nothing_of_the_slideshow(
    tmp_path: Path, before: bytes, after: dict[str, bool]
) -> None:
    path = tmp_path / SETTING
    path.parent.mkdir(parents=True)
    path.write_bytes(before)
    set_slideshow(tmp_path, running=False)
    assert path.read_bytes() == before
    set_slideshow(tmp_path, running=True)
    assert json.loads(path.read_text(encoding="utf-8")) == after
