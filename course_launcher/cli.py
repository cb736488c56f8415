"""The commands of `python course.py`."""

import argparse
import datetime
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course_launcher import commands, copies, notebook_files, readme, set_up
from course_launcher.assignment import assignment
from course_launcher.failures import WRONG_USAGE, Failure, explain_os_error
from course_launcher.lab import lab
from course_launcher.places import Places
from course_launcher.present import present
from course_launcher.run_tests import test
from course_launcher.site import site

INTERRUPTED = 130


@dataclass(frozen=True)
class Command:
    """One word after `python course.py`."""

    run: Callable[[Places, list[str]], int]
    arguments: str
    summary: str


def check(places: Places, arguments: list[str]) -> int:
    """The environment as a table; 1 where something in it is red."""
    set_up.ensure(places)
    return commands.run([str(places.python), "-m", "course_launcher.check"], places)


def fresh(places: Places, arguments: list[str]) -> int:
    """New copies of some notebooks, the old ones kept."""
    if not arguments:
        raise Failure("Which notebook? For example: python course.py fresh 05", WRONG_USAGE)
    for line in copies.fresh(places, arguments, datetime.date.today()):
        print(line)
    return 0


def execute(places: Places, arguments: list[str]) -> int:
    """Render the exercises into notebooks, run them and store them in normal form."""
    paths = []
    for name in arguments or [""]:
        if name.endswith(".ipynb") and Path(name).is_file():
            paths.append(Path(name).resolve())
        else:
            paths += notebook_files.choose(places.notebooks, [name] if name else [])
    if not paths:
        raise Failure("There are no notebooks in notebooks/: restore them from the repository.")
    set_up.ensure(places, ("test",))
    module = "course_launcher.execute"
    return commands.run([str(places.python), "-m", module, *map(str, paths)], places)


def progress(places: Places, arguments: list[str]) -> int:
    """The exercises that have been passed on this machine."""
    set_up.ensure(places)
    return commands.run([str(places.python), "-m", "course_checks"], places)


def links(places: Places, arguments: list[str]) -> int:
    """The README's launch links, and its table of the notebooks."""
    changed = readme.write(places.root)
    print("README.md is written anew." if changed else "README.md is up to date.")
    return 0


COMMANDS = {
    "lab": Command(lab, "[JUPYTERLAB OPTIONS]", "open the course in JupyterLab"),
    "present": Command(present, "NOTEBOOK [JUPYTERLAB OPTIONS]", "show a notebook as live slides"),
    "test": Command(test, "[PYTEST OPTIONS]", "prove the course: everything that CI checks"),
    "check": Command(check, "", "look at Python, packages, device and data; say what mends them"),
    "progress": Command(progress, "", "list the exercises that you have passed"),
    "fresh": Command(fresh, "NOTEBOOK...", "lay new copies of notebooks, your old ones are kept"),
    "execute": Command(
        execute, "[NOTEBOOK...]", "render exercises, run notebooks, store their outputs"
    ),
    "assignment": Command(assignment, "NOTEBOOK --out FOLDER", "write a notebook for nbgrader"),
    "site": Command(site, "[SPHINX-BUILD OPTIONS]", "build the course as a website, offline"),
    "links": Command(links, "", "write the README's launch links and its table of notebooks"),
}

EXAMPLES = """\
examples:
  python course.py lab                             all that a reader needs
  python course.py lab --no-browser --port 8899    what follows goes to JupyterLab
  python course.py present 05                      for those who teach with it
  python course.py fresh 05                        start notebook 05 again
  python course.py test -k softmax                 what follows goes to pytest
  python course.py execute 05                      for those who edit the notebooks
  python course.py assignment 04 --out my_class    for those who teach with nbgrader

Each command does its own set-up in .venv, beside course.py, and prints what it runs.
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the first word; what follows belongs to the command."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    made = argparse.ArgumentParser(
        prog="python course.py",
        usage="python course.py COMMAND [arguments]",
        description="Batch by Batch, a PyTorch course in notebooks.",
        epilog="commands:\n" + "\n".join(lines) + "\n\n" + EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS)
    return made


def main(arguments: list[str], root: Path) -> int:
    """Run one command for the course in the folder `root`; return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A console that lacks a letter shows a replacement instead of a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if not arguments:
        parser().print_help()
        return WRONG_USAGE
    name = parser().parse_args(arguments[:1]).command
    command, rest = COMMANDS[name], arguments[1:]
    if rest and rest[0] in ("-h", "--help"):
        print(f"usage: python course.py {name} {command.arguments}\n\n{command.summary}")
        return 0
    try:
        if rest and not command.arguments:
            got = " ".join(rest)
            raise Failure(f"{name}: expected no arguments, got {got}.", WRONG_USAGE)
        places = Places(root)
        # An assignment is written below the folder that the command is typed in.
        if Path.cwd() != root and name != "assignment":
            commands.announce(["cd", str(root)], places)
        return command.run(places, rest)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Failure as failure:
        print(failure, file=sys.stderr)
        return failure.exit_code
    except OSError as error:
        print(explain_os_error(error), file=sys.stderr)
    return 1
