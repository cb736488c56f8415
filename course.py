"""The front door of the course: `python course.py lab` opens it, `python course.py test` proves it.

This file keeps to the grammar of old Pythons, so that one of them can read it far enough to say, in
one sentence, that it is too old. All else is in course_launcher.
"""

import platform
import sys

OLDEST = (3, 11)


def refusal(version, bits_64, system, machine):
    # type: (tuple[int, ...], bool, str, str) -> str
    """Why the course cannot run on this Python, as one sentence; empty where it can."""
    if tuple(version[:2]) < OLDEST:
        found = ".".join(str(number) for number in version[:3])
        return (
            "This is Python " + found + ", and the course needs Python 3.11 or newer: "
            "install one and run course.py with it."
        )
    if not bits_64:
        return (
            "This Python is a 32-bit one, for which there is no PyTorch: "
            "install a 64-bit Python and run course.py with it."
        )
    if system == "darwin" and machine == "x86_64":
        return (
            "PyTorch no longer has builds for Intel Macs: on a Mac with an Apple chip install the "
            "arm64 Python, and on an Intel Mac use Google Colab."
        )
    return ""


def main(arguments):
    # type: (list[str]) -> int
    """Run one command; return the exit code."""
    version = tuple(sys.version_info[:3])
    why = refusal(version, sys.maxsize > 2**32, sys.platform, platform.machine())
    if why:
        sys.stderr.write(why + "\n")
        return 1
    from pathlib import Path

    root = Path(__file__).resolve().parent
    if not (root / "course_launcher").is_dir():
        sys.stderr.write("course.py must stay in the course's folder, beside course_utils.\n")
        return 1
    sys.path.insert(0, str(root))
    from course_launcher.cli import main as run

    return run(arguments, root)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
