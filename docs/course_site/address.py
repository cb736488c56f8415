"""Launch buttons, which need the course's public address, and nothing while it has none."""

from __future__ import annotations

import re
from typing import Any

_GITHUB = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+?(?=(?:\.git)?/?$)")


def theme_options(repository: str) -> dict[str, Any]:
    """The theme's options for the repository at this address, "" where there is none yet.

    Colab and Binder open notebooks from GitHub; an address elsewhere gets no button that would
    lead nowhere.
    """
    github = _GITHUB.match(repository)
    if github is None:
        return {}
    return {
        "repository_url": github[0],
        "repository_branch": "main",
        "use_repository_button": True,
        "launch_buttons": {
            "colab_url": "https://colab.research.google.com",
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        },
    }
