"""Launch buttons, which need the course's public address, and nothing while it has none."""

from __future__ import annotations

from typing import Any

from course_launcher.readme import on_github


def theme_options(repository: str) -> dict[str, Any]:
    """The theme's options for the repository at this address, "" where there is none yet.

    Colab and Binder open notebooks from GitHub; an address elsewhere gets no button that would
    lead nowhere.
    """
    github = on_github(repository)
    if github is None:
        return {}
    return {
        "repository_url": "https://github.com/{}/{}".format(*github),
        "repository_branch": "main",
        "use_repository_button": True,
        "launch_buttons": {
            "colab_url": "https://colab.research.google.com",
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        },
    }
