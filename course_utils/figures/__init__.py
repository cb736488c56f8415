"""Every picture of the course: each function takes data and returns a matplotlib `Figure`."""

from course_utils.figures.base import CourseFigure
from course_utils.figures.pictures import picture_grid, picture_row
from course_utils.figures.throughput import throughput_bars

__all__ = ["CourseFigure", "picture_grid", "picture_row", "throughput_bars"]
