"""`python -m course_utils.train`: see `--help`."""

import sys

from course_utils.training.program import main

# The guard lets a spawned process import this file without starting a second run.
if __name__ == "__main__":
    sys.exit(main())
