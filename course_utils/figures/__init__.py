"""Every picture of the course: each function takes data and returns a matplotlib `Figure`."""

from course_utils.figures.base import CourseFigure
from course_utils.figures.classification import confusion_figure, weight_pictures
from course_utils.figures.convolution import field_row, response_row, window_places
from course_utils.figures.memory import batch_size_curves, memory_bars, memory_timeline
from course_utils.figures.pictures import picture_grid, picture_row
from course_utils.figures.throughput import throughput_bars
from course_utils.figures.training import training_curves

__all__ = [
    "CourseFigure",
    "batch_size_curves",
    "confusion_figure",
    "field_row",
    "memory_bars",
    "memory_timeline",
    "picture_grid",
    "picture_row",
    "response_row",
    "throughput_bars",
    "training_curves",
    "weight_pictures",
    "window_places",
]
