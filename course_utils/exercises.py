"""The first edition's place of the checks, which live in `course_checks` now.

Copies of the first edition's notebooks import them from here.
"""

from typing import Any

import course_checks


def __getattr__(name: str) -> Any:
    return getattr(course_checks, name)


if __name__ == "__main__":
    import course_checks.__main__
