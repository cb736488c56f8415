"""Whether the installed torch and torchvision belong together, found without importing them.

The two are built for each other. Mixed versions fail at import or, worse, in the middle of a lesson
("operator torchvision::nms does not exist"), so every start looks at them; reading the names of two
folders takes well under a millisecond.
"""

import re

from course_launcher.places import Places

NAMES = ("torch", "torchvision")


def installed_pair(places: Places) -> str:
    """What is installed in `.venv`, such as "torch 2.15.0, torchvision 0.29.2"."""
    versions = dict.fromkeys(NAMES, "missing")
    for folder in places.site_packages():
        for found in folder.glob("torch*.dist-info"):
            name, _, version = found.name.removesuffix(".dist-info").partition("-")
            if name in versions:
                versions[name] = version
    return _pair(versions)


def pinned_pair(places: Places) -> str | None:
    """The pair that constraints.txt names, or None where it does not name both."""
    text = places.constraints.read_text(encoding="utf-8")
    pins = dict(re.findall(r"^(torch|torchvision)\s*==\s*([^\s;#]+)", text, re.MULTILINE))
    return _pair(pins) if len(pins) == len(NAMES) else None


def same_release(pair: str, other: str | None) -> bool:
    """Whether two pairs are equal when the build (`+cpu`, `+cu130`) is left out.

    Without a second pair there is nothing to differ from.
    """
    return other is None or re.sub(r"\+[^,]*", "", pair) == re.sub(r"\+[^,]*", "", other)


def mend_command(places: Places) -> list[str]:
    """The command that installs the course's torch and torchvision afresh."""
    return [
        str(places.python),
        *("-m", "pip", "install", "--force-reinstall"),
        *("-c", "constraints.txt", *NAMES),
    ]


def _pair(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {versions[name]}" for name in NAMES)
