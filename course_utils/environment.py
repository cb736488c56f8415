"""The first edition's place of the environment check and of devices and seeds.

`check_environment` lives in `course_launcher.check` now, `pick_device` and `set_seed` in
`course_utils.devices`. Copies of the first edition's notebooks import them from here.
"""

from typing import Any

from course_launcher.check import check_environment, main

__all__ = ["check_environment", "main"]


def __getattr__(name: str) -> Any:
    # Late, because a broken torch is one of the things that the check must be able to find.
    from course_utils import devices

    return getattr(devices, name)


if __name__ == "__main__":
    raise SystemExit(main())
