"""The first edition's name of `course_utils.training.demonstrations`, until the next release."""

import sys
from pathlib import Path

from course_utils.training.demonstrations import all_reduce_by_hand, gradient, main

__all__ = ["all_reduce_by_hand", "gradient", "main"]

if __name__ == "__main__":
    main(Path(sys.argv[1]))
