"""The front door: what `course.py` hands over to. Standard library only.

Nothing in this package imports torch or anything else that has to be installed: it must run before
anything is. The one exception is `execute`, which runs inside `.venv`.
"""
