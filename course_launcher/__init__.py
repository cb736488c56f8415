"""What `course.py` hands over to: it makes `.venv`, and runs the course in it.

Until `.venv` stands there is nothing but Python, so every module begins with the standard library
alone. `execute` and `check` run inside `.venv` and import the rest where they need it; JupyterLab's
kernels load `tracebacks`.
"""
