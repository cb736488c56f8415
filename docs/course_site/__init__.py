"""The course's own part of the site, as a Sphinx extension."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from course_site import docstrings, error_page, glossary_links, notebook_cells, program_help


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx, as `extensions` in conf.py names this package."""
    app.connect("source-read", notebook_cells.prepare)
    app.connect("source-read", error_page.write)
    app.connect("autodoc-process-docstring", docstrings.process)
    app.connect("autodoc-skip-member", docstrings.skip)
    app.add_directive("program-help", program_help.ProgramHelp)
    app.add_transform(glossary_links.LinkFirstUses)
    # Raise the number when pages that were read by an older extension have to be read again.
    return {"version": "2", "env_version": 2, "parallel_read_safe": True}
