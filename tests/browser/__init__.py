"""JupyterLab as `course.py` starts it, seen through a browser."""
