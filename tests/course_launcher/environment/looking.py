"""What the tests of the environment look at: red rows, and the room on a disk."""

from collections import namedtuple

from course_launcher.check import EnvironmentReport, Row, check_environment

Usage = namedtuple("Usage", "total used free")


def red(report: EnvironmentReport) -> list[Row]:
    """The rows that are not green."""
    return [row for row in report if not row.ok]


def only_red(name: str) -> Row:
    """The one red row of the check, which is the one of this name."""
    rows = red(check_environment())
    assert [row.name for row in rows] == [name]
    return rows[0]
