"""The old name of `course_checks`, for copies of the first edition's notebooks."""

from course_checks import *
