"""The old place of the explorers, which are in `course_utils.figures` now."""

from course_utils.figures import *
