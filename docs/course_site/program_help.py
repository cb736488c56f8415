"""The `program-help` directive: what the training program says with `--help`."""

from __future__ import annotations

import contextlib
import io
import os
from unittest import mock

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class ProgramHelp(SphinxDirective):
    """The text as it is printed, so that it cannot differ from the program."""

    def run(self) -> list[nodes.Node]:
        """One literal block."""
        # Here, because it imports torch, which pages without this directive do without.
        from course_utils.training import settings

        self.env.note_dependency(settings.__file__)
        printed = io.StringIO()
        narrow = mock.patch.dict(os.environ, {"COLUMNS": "80", "NO_COLOR": "1"})
        with narrow, contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            settings.parse(["--help"], world_size=1)
        text = printed.getvalue()
        return [nodes.literal_block(text, text, language="text")]
