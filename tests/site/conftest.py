"""The built site and its pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.reading import CourseNotebook

from .building import built_site
from .pages import Page, read_pages


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the site was built in; its pages are in `html`."""
    return built_site(tmp_path_factory)


@pytest.fixture(scope="session")
def notebooks(site: Path) -> dict[str, CourseNotebook]:
    """The notebooks that the site was built from, by the name of their page."""
    paths = sorted((site / "source" / "notebooks").glob("*.ipynb"))
    return {f"notebooks/{path.stem}.html": CourseNotebook(path) for path in paths}


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, Page]:
    """Every page of the site by its path from the first one, such as `notebooks/x.html`."""
    return read_pages(site / "html")
