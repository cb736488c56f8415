"""The first edition's name of `course_utils.training.sampling`, until the next release."""

from course_utils.training.sampling import GlobalBatchSampler

__all__ = ["GlobalBatchSampler"]
