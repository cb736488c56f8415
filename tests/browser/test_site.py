"""The built site in a browser, served on this machine as any web server would."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect

from tests.site.building import built_site

from .watching import Watch

SCREEN: ViewportSize = {"width": 1280, "height": 900}
TELEPHONE: ViewportSize = {"width": 390, "height": 844}


class _Quiet(SimpleHTTPRequestHandler):
    """A file server that does not report each file."""

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Path:
    """The folder of the built pages."""
    return built_site(tmp_path_factory) / "html"


@pytest.fixture(scope="module")
def address(html: Path) -> Iterator[str]:
    """Where the site is served, with a slash at its end."""
    handler = functools.partial(_Quiet, directory=str(html))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def reader(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A page in which every error, failed request and request to another host fails the test."""
    context = browser.new_context(viewport=SCREEN, color_scheme="light")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    watch.over(page)

    def note_foreign(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            watch.errors.append(f"asked another host: {request.url}")

    def note_failed(request: Request) -> None:
        # The test went on to the next page before the icon had come.
        if request.failure != "net::ERR_ABORTED":
            watch.errors.append(f"{request.failure}: {request.url}")

    page.on("request", note_foreign)
    page.on("requestfailed", note_failed)
    yield page
    context.close()
    assert watch.errors == []


def test_every_page_opens_without_an_error_and_fits_a_telephone(
    html: Path, address: str, reader: Page, watch: Watch
) -> None:
    paths = [
        path.relative_to(html).as_posix()
        for path in sorted(html.rglob("*.html"))
        if "_static" not in path.parts
    ]
    assert paths
    for path in paths:
        reader.goto(address + path)
        assert watch.errors == [], path
        broken = reader.evaluate("[...document.images].filter(i => !i.naturalWidth).length")
        assert broken == 0, f"{path}: {broken} pictures are not shown"
        reader.set_viewport_size(TELEPHONE)
        width = reader.evaluate("document.documentElement.scrollWidth")
        assert width <= TELEPHONE["width"], f"{path}: {width} pixels wide on a telephone"
        reader.set_viewport_size(SCREEN)


def test_search_finds_the_notebook_on_softmax(address: str, reader: Page) -> None:
    reader.goto(address)
    reader.keyboard.press("Control+k")
    reader.keyboard.type("softmax")
    reader.keyboard.press("Enter")
    results = reader.locator("#search-results a")
    found = results.filter(has_text="05 · Softmax from scratch").first
    expect(found).to_be_visible()
    found.click()
    expect(reader).to_have_url(re.compile("/notebooks/05_softmax_from_scratch.html"))


def test_next_leads_from_the_first_notebook_to_the_end(
    html: Path, address: str, reader: Page
) -> None:
    names = sorted(path.name for path in (html / "notebooks").glob("*.html"))
    reader.goto(f"{address}notebooks/{names[0]}")
    visited = [names[0]]
    for _ in range(len(names) + 1):
        if "/notebooks/" not in reader.url:
            break
        reader.locator("a.right-next").click()
        visited.append(urlsplit(reader.url).path.rsplit("/", 1)[-1])
    assert visited[:-1] == names


def test_dark_mode_can_be_chosen_and_stays(address: str, reader: Page) -> None:
    reader.goto(address)
    body = reader.locator("body")
    expect(body).to_have_css("background-color", "rgb(255, 255, 255)")
    reader.locator("button.theme-switch-button").click()
    reader.locator("button.theme-change-button[data-mode=dark]").click()
    expect(body).not_to_have_css("background-color", "rgb(255, 255, 255)")
    reader.goto(f"{address}glossary.html")
    assert reader.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(body).not_to_have_css("background-color", "rgb(255, 255, 255)")


def test_folds_open_and_code_can_be_copied(address: str, reader: Page) -> None:
    reader.goto(f"{address}notebooks/05_softmax_from_scratch.html")
    solution = reader.locator("details", has_text="Solution").first
    code = solution.locator("pre")
    expect(code).to_be_hidden()
    solution.locator("summary").click()
    expect(code).to_be_visible()
    cell = reader.locator("div.cell_input").first
    cell.hover()
    cell.locator("button.copybtn").click()
    expect(cell.locator("button.copybtn.success")).to_be_visible()
    copied = str(reader.evaluate("navigator.clipboard.readText()"))
    assert re.match(r"import sys\nfrom pathlib import Path\n", copied)


def test_a_term_leads_to_its_place_in_the_glossary(address: str, reader: Page) -> None:
    reader.goto(f"{address}notebooks/05_softmax_from_scratch.html")
    reader.locator("a[href$='#term-logit']").click()
    expect(reader.locator("#term-logit")).to_be_in_viewport()
