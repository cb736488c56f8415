"""torch and torchvision are built for each other: whether the two in `.venv` belong together.

A mixed pair fails as torchvision is imported ("operator torchvision::nms does not exist"), so an
import that succeeds is the proof. It takes seconds: a start repeats it only where the names of two
folders, which cost less than a millisecond, are others than after the last proof.
"""

from dataclasses import replace

from course_launcher import commands
from course_launcher.failures import Failure, explain_import
from course_launcher.places import Places
from course_launcher.stamp import read_stamp, write_stamp

NAMES = ("torch", "torchvision")
REINSTALL = ("--force-reinstall", *NAMES, "-c", "constraints.txt")
"""What `pip install` is told where they do not belong together."""


def installed_pair(places: Places) -> str:
    """What is installed in `.venv`, such as "torch 2.15.0, torchvision 0.29.2"."""
    versions = dict.fromkeys(NAMES, "missing")
    for folder in places.site_packages():
        for found in folder.glob("torch*.dist-info"):
            name, _, version = found.name.removesuffix(".dist-info").partition("-")
            if name in versions:
                versions[name] = version
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def prove(places: Places) -> None:
    """Import both in `.venv`. Raises `Failure` with the command that mends them."""
    command = [str(places.python), "-c", "import torch, torchvision"]
    finished = commands.run_keeping_errors(command, places)
    if finished.exit_code:
        mend = commands.shown([str(places.python), "-m", "pip", "install", *REINSTALL], places)
        raise Failure(explain_import(finished.errors, mend))


def prove_if_exchanged(places: Places) -> None:
    """Prove a pair that is not the one of the last proof, and remember it where it works."""
    stamp, pair = read_stamp(places), installed_pair(places)
    if stamp is not None and pair != stamp.pair:
        prove(places)
        write_stamp(places, replace(stamp, pair=pair))
