"""Settings inside `.venv` that keep a lesson quiet: no questions, no strange buttons, short errors;
and slides that can be read.

Each is a JSON file that JupyterLab or IPython reads from the environment it runs in. What somebody
has chosen there already stays.
"""

import json
from typing import Any

from course_launcher.files import write_whole
from course_launcher.places import Places

# nbgrader comes with the tests; its buttons are for instructors who ask for them.
_GRADING = ("formgrader", "validate_assignment", "assignment_list", "course_list")

_PRESENTING = "body[data-jp-deck-mode='presenting']"

# Slides are read from the last row: larger letters, and less white between the lines to make room
# for them on 1280×720 pixels.
SLIDES = {
    _PRESENTING: {
        "--jp-content-font-size1": "18px",
        "--jp-code-font-size": "16px",
        "--jp-widgets-font-size": "16px",
        "--jp-content-line-height": "1.4",
        "--jp-content-heading-margin-top": "0.6em",
        "--jp-content-heading-margin-bottom": "0.4em",
    },
    f"{_PRESENTING} .jp-RenderedHTMLCommon p": {"margin-bottom": "0.6em"},
}

SETTINGS: dict[str, dict[str, Any]] = {
    "share/jupyter/lab/settings/overrides.json": {
        # Without these JupyterLab asks every new reader about news, and the network about updates.
        "@jupyterlab/apputils-extension:notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
        # The welcome is a page to read, not a source to edit.
        "@jupyterlab/docmanager-extension:plugin": {
            "defaultViewers": {"markdown": "Markdown Preview"}
        },
        "@deathbeds/jupyterlab-fonts:fonts": {"styles": SLIDES},
    },
    "etc/jupyter/labconfig/page_config.json": {
        "disabledExtensions": {"@jupyter/nbgrader": True, "@jupyter-notebook/lab-extension": True}
    },
    # The name sorts behind those that the packages bring, which it overrules.
    "etc/jupyter/jupyter_server_config.d/zz-course.json": {
        "ServerApp": {
            "jpserver_extensions": {
                "notebook": False,
                **{f"nbgrader.server_extensions.{name}": False for name in _GRADING},
            }
        }
    },
    # An error in a lesson shows the reader's own lines: forty lines of torch's help nobody.
    "etc/ipython/ipython_kernel_config.json": {
        "InteractiveShellApp": {"extensions": ["course_launcher.tracebacks"]}
    },
}


def quieten(places: Places) -> None:
    """Write the settings into `.venv`, beside what is there."""
    for name, wanted in SETTINGS.items():
        path = places.venv / name
        try:
            text = path.read_text(encoding="utf-8") if path.exists() else "{}"
            # What the first edition wrote; to be left out with course_utils/tracebacks.py.
            there = json.loads(
                text.replace("course_utils.tracebacks", "course_launcher.tracebacks")
            )
        except ValueError:
            continue
        if not isinstance(there, dict):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(_beneath(wanted, there), indent=2) + "\n"
        write_whole(path, text.encode("utf-8"))


def _beneath(wanted: dict[str, Any], there: dict[str, Any]) -> dict[str, Any]:
    """`there`, with what it lacks taken from `wanted`."""
    merged = {**wanted, **there}
    for key, value in wanted.items():
        if isinstance(value, dict) and isinstance(there.get(key), dict):
            merged[key] = _beneath(value, there[key])
    return merged
