"""The built pages: complete, nothing broken, nothing fetched from elsewhere."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from tests.notebooks.reading import CourseNotebook

from .building import ROOT
from .pages import Page, inside

Notebooks = dict[str, CourseNotebook]


def test_every_internal_link_and_anchor_leads_somewhere(site: Path, pages: dict[str, Page]) -> None:
    assert len(pages) > len(list((ROOT / "notebooks").glob("*.ipynb")))
    for page in pages.values():
        for link in page.links | page.resources:
            if urlsplit(link).scheme or link.startswith("//"):
                continue
            path, anchor = urldefrag(urljoin(page.name, link))
            path = unquote(urlsplit(path).path)
            assert (site / "html" / path).is_file(), f"{page.name}: {link}"
            if anchor and path in pages:
                assert unquote(anchor) in pages[path].anchors, f"{page.name}: {link}"


def test_no_page_fetches_anything_from_another_host(site: Path, pages: dict[str, Page]) -> None:
    for page in pages.values():
        for resource in page.resources:
            assert not re.match(r"(https?:)?//", resource), f"{page.name}: {resource}"
        assert "require.js" not in page.html and "html-manager" not in page.html
    sheets = list((site / "html").rglob("*.css"))
    assert sheets
    for sheet in sheets:
        text = sheet.read_text(encoding="utf-8")
        for reference in re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")\s]+)", text):
            assert not re.match(r"(https?:)?//", reference), f"{sheet.name}: {reference}"
            if not reference.startswith(("data:", "#")):
                path = (sheet.parent / urlsplit(reference).path).resolve()
                assert path.is_file(), f"{sheet.name}: {reference}"


def test_previous_and_next_lead_through_the_notebooks(
    pages: dict[str, Page], notebooks: Notebooks
) -> None:
    for here, following in pairwise(notebooks):
        for page, selector, expected in (
            (here, "a.right-next", following),
            (following, "a.left-prev", here),
        ):
            link = pages[page].tree.select_one(selector)
            assert link is not None and urljoin(page, str(link["href"])) == expected


def test_landing_page_leads_the_three_readers(pages: dict[str, Page], notebooks: Notebooks) -> None:
    links = {str(link["href"]) for link in pages["index.html"].article.select(".reader a")}
    assert links == {min(notebooks), "teaching.html", "CONTRIBUTING.html"}
    table = {str(link["href"]) for link in pages["index.html"].article.select("table a")}
    assert table == {*notebooks}


def test_notebook_pages_show_every_cell(pages: dict[str, Page], notebooks: Notebooks) -> None:
    for name, notebook in notebooks.items():
        page = pages[name]
        code = [cell.source.strip() for cell in notebook.code if cell.source.strip()]
        assert [text.strip() for text in page.texts("div.cell_input pre")] == code
        outputs = [output for cell in notebook.code for output in cell.outputs]
        errors = [output["evalue"] for output in outputs if output["output_type"] == "error"]
        shown = page.texts("div.cell_output .traceback")
        assert len(shown) == len(errors), name
        for error, text in zip(errors, shown, strict=True):
            assert error in text
        printed = [text for output in outputs if (text := "".join(output.get("text", ""))).strip()]
        text_on_page = "\n".join(page.texts("div.cell_output"))
        for text in printed:
            assert text.strip().splitlines()[-1] in text_on_page, name


def test_pictures_are_there_and_described(
    site: Path, pages: dict[str, Page], notebooks: Notebooks
) -> None:
    for name, notebook in notebooks.items():
        pictures = pages[name].article.select("div.cell_output img")
        assert len(pictures) == sum(cell.has_picture for cell in notebook.code)
        for picture in pictures:
            alt = str(picture.get("alt", ""))
            assert len(alt) > 10 and ".png" not in alt, f"{name}: {alt}"


def test_exercises_and_notes_are_folds_that_begin_closed(
    pages: dict[str, Page], notebooks: Notebooks
) -> None:
    for name, notebook in notebooks.items():
        folds = pages[name].article.select("details")
        assert not any(fold.has_attr("open") for fold in folds)
        titles = [summary.get_text() for summary in pages[name].article.select("details > summary")]
        written = "".join(cell.source for cell in notebook.prose)
        for title in ("Hint 1", "Hint 2", "Solution"):
            assert titles.count(title) == written.count(f"<summary>{title}</summary>") > 0
        notes = [cell for cell in notebook.cells if cell.slide == "notes"]
        assert titles.count("For the instructor") == len(notes) > 0
        # Nothing of a note stands outside its fold.
        for fold in pages[name].article.select("details.instructor"):
            assert len(fold.get_text().split()) > 5
        assert "For the instructor:" not in pages[name].article.get_text()


def test_first_uses_lead_to_the_glossary(pages: dict[str, Page], notebooks: Notebooks) -> None:
    used = set()
    for name in notebooks:
        links = [
            link
            for link in pages[name].article.select("a[href*='glossary.html#term-']")
            if link.select_one(".std-term")
        ]
        targets = [str(link["href"]) for link in links]
        assert len(targets) == len({*targets}) > 5, name
        used |= {target.partition("#")[2] for target in targets}
        for link in links:
            assert not inside(link, "pre", "code", "h1", "h2", "h3", "details"), link
    known = {str(term["id"]) for term in pages["glossary.html"].article.select("dt[id]")}
    assert used == known, f"terms that no notebook uses: {known - used}"


def test_each_glossary_entry_names_the_notebook_that_explains_it(
    pages: dict[str, Page], notebooks: Notebooks
) -> None:
    for definition in pages["glossary.html"].article.select("dl.glossary dd"):
        links = [str(link["href"]) for link in definition.select("a")]
        assert links and {*links} <= {*notebooks}, definition.get_text()


def test_reference_holds_every_helper_that_a_notebook_imports(
    pages: dict[str, Page], notebooks: Notebooks
) -> None:
    known = {
        anchor for name, page in pages.items() if name.startswith("api/") for anchor in page.anchors
    }
    wanted = set()
    for notebook in notebooks.values():
        source = "\n".join(cell.source for cell in notebook.code)
        for module, names in re.findall(
            r"^from (course_\w+[.\w]*) import (\([^)]*\)|.+)$", source, flags=re.M
        ):
            wanted |= {f"{module}.{name}" for name in re.findall(r"\w+", names)}
    assert wanted
    assert not wanted - known, "no page under docs/api/ describes them"


def test_docstrings_lead_to_the_notebook_that_builds_the_helper(
    pages: dict[str, Page], notebooks: Notebooks
) -> None:
    links = pages["api/functional.html"].article.select("dl.py.function dd a")
    assert "../notebooks/05_softmax_from_scratch.html" in {str(link["href"]) for link in links}


def test_no_launch_buttons_without_an_address(pages: dict[str, Page], notebooks: Notebooks) -> None:
    urls = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[project.urls]")[2]
    launched = "colab.research" in pages[min(notebooks)].html
    assert launched == ("Repository" in urls.partition("[tool")[0])
