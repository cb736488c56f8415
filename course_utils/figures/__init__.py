"""Every picture of the course: each function takes data and returns a matplotlib `Figure`."""

from course_utils.figures.base import CourseFigure
from course_utils.figures.batch_size import batch_size_curves, explore_batch_size
from course_utils.figures.batches import Epoch, batch_figure, epochs_figure, explore_batches
from course_utils.figures.classification import confusion_figure, weight_pictures
from course_utils.figures.convolution import field_row, response_row, window_places
from course_utils.figures.explorer import Explorer
from course_utils.figures.memory import explore_memory, memory_bars, memory_timeline
from course_utils.figures.pictures import picture_grid, picture_row
from course_utils.figures.sliding_window import (
    convolution_step,
    convolution_steps,
    explore_convolution,
)
from course_utils.figures.softmax import Softmax, explore_softmax, softmax_figure, softmax_row
from course_utils.figures.strides import Reading, explore_strides, readings_figure, strides_figure
from course_utils.figures.throughput import throughput_bars
from course_utils.figures.training import training_curves

__all__ = [
    "CourseFigure",
    "Epoch",
    "Explorer",
    "Reading",
    "Softmax",
    "batch_figure",
    "batch_size_curves",
    "confusion_figure",
    "convolution_step",
    "convolution_steps",
    "epochs_figure",
    "explore_batch_size",
    "explore_batches",
    "explore_convolution",
    "explore_memory",
    "explore_softmax",
    "explore_strides",
    "field_row",
    "memory_bars",
    "memory_timeline",
    "picture_grid",
    "picture_row",
    "readings_figure",
    "response_row",
    "softmax_figure",
    "softmax_row",
    "strides_figure",
    "throughput_bars",
    "training_curves",
    "weight_pictures",
    "window_places",
]
