"""The first edition's place of `course_launcher.tracebacks`: kernels of a `.venv` that it has set
up load the extension under this name."""

from course_launcher.tracebacks import load_ipython_extension

__all__ = ["load_ipython_extension"]
