"""Training: one epoch, evaluation, a whole run with its history, and checkpoints to resume from."""

from course_utils.training.checkpoints import load_checkpoint, read_extra, save_checkpoint
from course_utils.training.history import Epoch, History
from course_utils.training.loop import evaluate, fit, train_epoch

__all__ = [
    "Epoch",
    "History",
    "evaluate",
    "fit",
    "load_checkpoint",
    "read_extra",
    "save_checkpoint",
    "train_epoch",
]
