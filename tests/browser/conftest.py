"""One JupyterLab for readers, one for a talk, and one Chromium, for all tests of this folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.jupyterlab import PATIENCE_MS, ROOT, JupyterLab
from tests.browser.watching import Watch

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium from the system; without it the tests are skipped, but fail in `.ci/run`."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        sentence = f"no Chromium on this machine (looked for {', '.join(NAMES)})"
        if os.environ.get("COURSE_NEEDS_BROWSER"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[JupyterLab]:
    """What `python course.py lab` starts."""
    with JupyterLab(tmp_path_factory.mktemp("reader"), "lab") as running:
        yield running


@pytest.fixture(scope="session")
def talk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[JupyterLab]:
    """What `python course.py present 05` starts; `stored/` holds the slides with their outputs."""
    with JupyterLab(tmp_path_factory.mktemp("talk"), "present", "05") as running:
        running.store_slides()
        yield running


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One browser session with the size of a projector: what one test has loaded, others have."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def watch() -> Watch:
    """Notes what goes wrong in the page."""
    return Watch()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Iterator[Page]:
    """An empty page whose errors fail the test that causes them."""
    page = context.new_page()
    watch.over(page)
    yield page
    page.close()
    assert watch.errors == []


@pytest.fixture
def pictures() -> Path | None:
    """Where to store the README's pictures: nowhere, unless COURSE_PICTURES is set."""
    return ROOT / "docs" / "pictures" if os.environ.get("COURSE_PICTURES") else None
