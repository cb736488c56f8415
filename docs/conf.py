"""How Sphinx builds the site: `python course.py site`."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS), str(DOCS.parent)]

from course_site.address import theme_options  # noqa: E402

from course_launcher.readme import address  # noqa: E402

project = "Batch by Batch"
author = "the authors of Batch by Batch"
language = "en"
html_title = "Batch by Batch"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_copybutton", "course_site"]
# Parts of the README stand in other pages.
exclude_patterns = ["README.md"]

# --- notebooks: shown as they are stored, never run ---------------------------------------------
nb_execution_mode = "off"
# The default loads two scripts from another host as soon as a notebook holds widget state.
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "attrs_block"]
myst_heading_anchors = 3

# --- reference ----------------------------------------------------------------------------------
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"

# --- look ---------------------------------------------------------------------------------------
html_theme = "sphinx_book_theme"
html_theme_options = {
    **theme_options(address(DOCS.parent / "pyproject.toml")),
    "home_page_in_toc": True,
    # A notebook alone does not run: it needs the course beside it.
    "use_download_button": False,
    "show_toc_level": 2,
    # The search field stands in the sidebar; a second one would need a bar of its own.
    "navbar_persistent": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
# Light or dark as the reader's system is, until they choose; unset, the theme logs an error.
html_context = {"default_mode": "auto"}
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_favicon = "_static/favicon.svg"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
# Outputs are for reading; the button belongs to code that one would type.
copybutton_selector = (
    "div.cell_input pre, div.highlight-python pre, div.highlight-default pre, "
    "div.highlight-console pre"
)
copybutton_prompt_text = "$ "
