"""Each test that takes `notebook` runs once for every notebook of the course."""

from __future__ import annotations

import pytest

from tests.notebooks.reading import PATHS, CourseNotebook


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> CourseNotebook:
    """One stored notebook."""
    return CourseNotebook(request.param)
