"""`python -m course_checks`: the progress over the whole course, as text."""

import sys

from course_checks.progress import progress_file
from course_checks.registry import EXERCISES, show_progress

if sys.argv[1:]:
    got = " ".join(sys.argv[1:])
    print(f"course_checks: expected no arguments, got {got}.", file=sys.stderr)
    sys.exit(2)
for notebook in sorted({number.partition(".")[0].zfill(2) for number in EXERCISES}):
    show_progress(notebook)
print(f"kept in {progress_file()}; delete the file to start over")
