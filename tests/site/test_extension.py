"""The site's own extension and the staging, on small inputs."""

from __future__ import annotations

import json
import os
import re
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from course_site import docstrings, glossary_links, notebook_cells
from course_site.address import theme_options
from sphinx.application import Sphinx

from course_launcher import cli, set_up, site
from course_launcher.failures import Failure
from course_launcher.places import Places

from .building import ROOT, run_sphinx
from .pages import read_pages

ADDRESS = "https://github.com/someone/batch-by-batch"


# --- the command --------------------------------------------------------------------------------


def make_course(root: Path) -> Places:
    (root / "docs" / "pictures").mkdir(parents=True)
    (root / "docs" / "_static").mkdir()
    (root / "notebooks").mkdir()
    for name in ("docs/index.md", "docs/conf.py", "docs/_static/a.css", "docs/pictures/a.png"):
        (root / name).write_text(name, encoding="utf-8")
    (root / "notebooks" / "00_a.ipynb").write_text("{}", encoding="utf-8")
    (root / "README.md").write_text("# Read me\n", encoding="utf-8")
    return Places(root)


def staged(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_staging_lays_the_sources_and_nothing_else(tmp_path: Path) -> None:
    make_course(tmp_path)
    folder = tmp_path / "build" / "source"
    (folder / "old").mkdir(parents=True)
    (folder / "old" / "gone.md").write_text("of an earlier build", encoding="utf-8")
    site.stage(tmp_path, folder)
    assert staged(folder) == {
        "index.md",
        "docs/pictures/a.png",
        "notebooks/00_a.ipynb",
        "README.md",
    }
    assert not (folder / "old").exists()


def test_staging_again_touches_only_what_has_changed(tmp_path: Path) -> None:
    make_course(tmp_path)
    folder = tmp_path / "build" / "source"
    site.stage(tmp_path, folder)
    for path in folder.rglob("*.*"):
        os.utime(path, (0, 0))
    (tmp_path / "docs" / "index.md").write_text("new", encoding="utf-8")
    site.stage(tmp_path, folder)
    fresh = [path.name for path in folder.rglob("*.*") if path.stat().st_mtime > 0]
    assert fresh == ["index.md"]
    assert (folder / "index.md").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("code", [0, 2])
def test_the_command_runs_sphinx_and_says_where_the_site_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: int,
) -> None:
    places = make_course(tmp_path)
    ran: list[list[str]] = []

    def run(command: list[str], places: Places) -> int:
        ran.append(command)
        html = places.root / "build" / "site" / "html"
        html.mkdir(parents=True)
        (html / "index.html").touch()
        return code

    extras: list[tuple[str, ...]] = []
    monkeypatch.setattr(set_up, "ensure", lambda places, wanted: extras.append(wanted))
    monkeypatch.setattr(site, "commands", SimpleNamespace(run=run))
    assert cli.COMMANDS["site"].run(places, ["-j", "2"]) == code
    assert extras == [("site",)]
    assert ran[0][1:4] == ["-m", "sphinx", "-W"] and ran[0][-2:] == ["-j", "2"]
    said = capsys.readouterr().out
    assert (str(tmp_path / "build" / "site" / "html" / "index.html") in said) == (code == 0)


def test_without_notebooks_there_is_no_site(tmp_path: Path) -> None:
    places = make_course(tmp_path)
    (tmp_path / "notebooks" / "00_a.ipynb").unlink()
    with pytest.raises(Failure, match="no notebooks"):
        site.site(places, [])


# --- docstrings ---------------------------------------------------------------------------------


def restructured(text: str) -> str:
    return "\n".join(docstrings.restructured(text, {"05": "/notebooks/05_softmax"}))


def test_prose_is_protected_and_code_is_marked() -> None:
    said = restructured("2**32 of `a * b`, *all* of x_ | and *args.")
    assert said.strip() == r"2\*\*32 of ``a * b``, *all* of x\_ \| and \*args."


def test_code_in_a_docstring_is_shown_as_it_is() -> None:
    said = restructured("A step:\n\n    w -= lr * g\n\nor\n    loss.backward()\nand on.")
    assert "::\n\n        w -= lr * g\n" in said
    assert "or\n\n::\n\n    loss.backward()\n\nand on." in said
    assert restructured("f(2**3)  # eight").startswith("::\n\n    f(2**3)  # eight")


def test_a_docstring_leads_to_its_notebook() -> None:
    link = "Built in :doc:`notebook 05 </notebooks/05_softmax>`."
    assert link in restructured("A thing.\n\nBuilt in notebook 05.")
    assert "Built in notebook 06." in restructured("Built in notebook 06.")


# --- glossary -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "yes", "no"),
    [
        ("axis", ["axis", "axes", "Axis"], ["axe", "taxis"]),
        ("batch", ["batch", "Batches"], ["BatchNorm", "mini-batch", "batched"]),
        ("batch size", ["batch size", "batch\nsizes"], ["batch", "batch-size"]),
        ("accuracy", ["accuracies"], ["accurate"]),
        ("all-reduce", ["all-reduce"], ["all", "reduce"]),
    ],
)
def test_forms_of_a_term(term: str, yes: list[str], no: list[str]) -> None:
    finds = glossary_links.pattern((term,)).search
    assert all(finds(f"an {word}, here") for word in yes)
    assert not any(finds(f"an {word}, here") for word in no)


def test_the_longer_term_wins() -> None:
    found = glossary_links.pattern(("batch", "batch size")).search("the batch sizes of a batch")
    assert found is not None and found[0] == "batch sizes"


# --- notebooks ----------------------------------------------------------------------------------


def cell(kind: str, source: str, slide: str = "slide", *outputs: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": f"cell-{zlib.crc32(source.encode())}",
        "metadata": {"slideshow": {"slide_type": slide}},
        "source": [source],
    }
    if kind == "code":
        made |= {"execution_count": 1, "outputs": [*outputs]}
    return made


def notebook(*cells: dict[str, Any]) -> str:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"cells": [*cells], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole)


def test_other_pages_are_left_alone() -> None:
    app = SimpleNamespace(env=SimpleNamespace(doc2path=lambda name: Path(f"{name}.md")))
    source = ["not JSON"]
    notebook_cells.prepare(cast(Sphinx, app), "glossary", source)
    assert source == ["not JSON"]


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwC"
    "AAAAC0lEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SMALL = notebook(
    cell(
        "markdown", "# 00 · A tensor\n\nA [tensor](https://example.org) and `tensor`, **tensors**."
    ),
    cell(
        "markdown",
        "Another tensor.\n\n<details><summary>Hint 1</summary>\n\nA logit.\n\n</details>",
    ),
    cell("markdown", "*For the instructor:* Ask about the *logit*.", "notes"),
    cell("markdown", "## The logit\n\nTwo logits."),
    cell(
        "code",
        "tensor",
        "slide",
        {
            "data": {
                "image/png": PIXEL,
                "text/plain": ["[picture: one\n pixel]"],
            },
            "execution_count": 1,
            "metadata": {},
            "output_type": "execute_result",
        },
    ),
    cell(
        "code",
        "tensor / 0",
        "slide",
        {
            "ename": "ValueError",
            "evalue": "a tensor of zeros",
            "output_type": "error",
            "traceback": ["ValueError: a tensor of zeros"],
        },
    ),
)
GLOSSARY = "# Glossary\n\n```{glossary}\nlogit\n  A score.\n\ntensor\n  Numbers.\n```\n"


def test_a_small_site_with_an_address(tmp_path: Path) -> None:
    """Terms, notes, pictures, errors and launch buttons, in one build."""
    source = tmp_path / "source"
    (source / "notebooks").mkdir(parents=True)
    (source / "notebooks" / "00_small.ipynb").write_text(SMALL, encoding="utf-8")
    (source / "glossary.md").write_text(GLOSSARY, encoding="utf-8")
    contents = "# Index\n\n```{toctree}\nglossary\nnotebooks/00_small\n```\n"
    (source / "index.md").write_text(contents, encoding="utf-8")
    real = ROOT / "docs" / "conf.py"
    (tmp_path / "conf.py").write_text(
        f"__file__ = {str(real)!r}\n"
        "exec(compile(open(__file__, encoding='utf-8').read(), __file__, 'exec'))\n"
        f"html_theme_options |= theme_options({ADDRESS!r})\n"
        f"html_static_path = [{str(real.parent / '_static')!r}]\n"
        f"html_favicon = {str(real.parent / '_static' / 'favicon.svg')!r}\n",
        encoding="utf-8",
    )
    run_sphinx(tmp_path, "-c", str(tmp_path))
    page = read_pages(tmp_path / "html")["notebooks/00_small.html"]

    links = page.article.select("a:has(.std-term)")
    assert [link.get_text() for link in links] == ["tensors", "logits"]
    note = page.article.select_one("details.instructor")
    assert note is not None and note.get_text().split("\n")[0] == "For the instructor"
    assert "Ask about the logit." in note.get_text()
    assert [str(picture["alt"]) for picture in page.article.select("img")] == ["one pixel"]
    assert "ValueError: a tensor of zeros" in page.texts(".traceback")[0]
    path = "someone/batch-by-batch/blob/main/notebooks/00_small.ipynb"
    assert f"https://colab.research.google.com/github/{path}" in page.links
    binder = [link for link in page.links if "mybinder" in link]
    assert re.search(r"/v2/gh/someone/batch-by-batch/main\?urlpath=lab/tree/notebooks/", binder[0])
    assert not any(resource.startswith("http") for resource in page.resources)

    again = run_sphinx(tmp_path, "-c", str(tmp_path))
    assert "0 added, 0 changed, 0 removed" in again, again
    # Another glossary may link other words of a notebook.
    (source / "glossary.md").write_text(GLOSSARY.replace("tensor\n", "zero\n"), encoding="utf-8")
    again = run_sphinx(tmp_path, "-c", str(tmp_path))
    assert "0 added, 2 changed, 0 removed" in again, again


def test_only_an_address_on_github_has_launch_buttons() -> None:
    assert theme_options("") == theme_options("https://example.org/course") == {}
    for address in (ADDRESS, f"{ADDRESS}.git", f"{ADDRESS}/"):
        assert theme_options(address)["repository_url"] == ADDRESS
