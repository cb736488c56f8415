"""The helper package of *Batch by Batch*: small, tested functions that the notebooks import.

Importing `course_utils` itself costs nothing: torch is imported by the modules that need it
(`from course_utils.metrics import accuracy`), never by this one.
"""

__version__ = "0.1.0"
