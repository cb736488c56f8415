"""Render, run and store notebooks in normal form: `python -m course_launcher.execute FILE…`.

This module runs inside `.venv`; `python course.py execute` calls it.
"""

import atexit
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from course_launcher.exercise_blocks import rendered
from course_launcher.failures import Failure, explain_os_error
from course_launcher.normal_form import normal_form
from course_launcher.notebook_files import Notebook, read, text_of, write
from course_launcher.run_tests import SETTINGS

SECONDS_PER_CELL = 120


def execute(path: Path) -> None:
    """Render the notebook's exercises, run it from its own folder and store it.

    The kernel is the Python that runs this, whatever kernels else are installed. Raises `Failure`
    where a cell fails or somebody saves the file meanwhile, `OSError` where the system refuses to
    read or write it; the file then stays as it is.
    """
    before = path.read_bytes()
    result = normal_form(run(rendered(read(path)), path))
    if path.read_bytes() != before:
        raise Failure(f"{path.name} was changed while it ran: run the command again")
    write(path, result)


def run(notebook: Notebook, path: Path) -> Notebook:
    """The notebook with fresh outputs. Raises `Failure` where a cell or the kernel fails."""
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    running = {"number": 0}

    def note_start(cell: Notebook, cell_index: int) -> None:
        running["number"] += bool(cell["source"].strip()) and cell["cell_type"] == "code"

    # Through text: nbformat joins the lists of lines that a file has.
    nodes = nbformat.reads(text_of(normal_form(notebook)), as_version=4)
    manager = AsyncKernelManager(
        kernel_name="python3",
        # Without folders to look in, "python3" is the kernel of this very interpreter.
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
    )
    client = NotebookClient(
        nodes,
        km=manager,
        timeout=SECONDS_PER_CELL,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=False,
        on_cell_start=note_start,
        # The kernel's own log is about its transport, and nothing that a notebook does.
        extra_arguments=["--log-level=ERROR"],
    )
    try:
        client.execute(cleanup_kc=True)
    except CellExecutionError as error:
        last = f"{error.ename}: {error.evalue}".strip().splitlines()[-1]
        raise Failure(f"{path.name}, code cell [{running['number']}]: {last}") from error
    except CellTimeoutError as error:
        raise Failure(
            f"{path.name}, code cell [{running['number']}]: not done after {SECONDS_PER_CELL} s"
        ) from error
    except DeadKernelError as error:
        raise Failure(f"{path.name}, code cell [{running['number']}]: the kernel died") from error
    except RuntimeError as error:  # it does not start, or does not answer
        raise Failure(f"{path.name}: the kernel failed ({error})") from error
    finally:
        # nbclient forgets this where no kernel starts, and a traceback would follow at the end.
        atexit.unregister(client._cleanup_kernel)
    return cast(Notebook, nodes)


def main(arguments: list[str]) -> int:
    """Execute each notebook; 1 where one of them failed, the others still run."""
    os.environ.update(SETTINGS)
    with TemporaryDirectory(prefix="course-execute-") as folder:
        # The demonstrations pass exercises, and the stored list of them is nobody's progress.
        os.environ["COURSE_PROGRESS"] = str(Path(folder) / "progress.json")
        return _execute_all(arguments)


def _execute_all(names: list[str]) -> int:
    failed = False
    for name in names:
        path = Path(name).resolve()
        started = time.monotonic()
        try:
            execute(path)
            seconds, size = time.monotonic() - started, path.stat().st_size
        except Failure as failure:
            failed = True
            print(f"{failure} (the file is left as it is)", file=sys.stderr)
        except OSError as error:
            failed = True
            print(f"{path.name}: {explain_os_error(error)}", file=sys.stderr)
        else:
            print(f"{path.name}: {seconds:.1f} s, {size / 1000:.0f} kB", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
