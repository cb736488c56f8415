"""What every test run of the course does besides running tests.

- The notebooks' kernels get one environment: CPU, no network, no progress file of a reader.
- It counts, cell by cell, whether a stored output was really *compared* with a fresh one: nbval
  passes silently where it compares nothing, so the run fails below a share that it prints.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from nbval.plugin import IPyNbCell

ROOT = Path(__file__).resolve().parent
SMALLEST_SHARE = 0.85
_PROPERTY = "course-cell"


# A draw that takes longer than usual says something about the machine, and nothing of the code.
settings.register_profile("course", deadline=None)
settings.load_profile("course")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _prepare_environment(config)
    config.pluginmanager.register(_Comparisons(), "course-comparisons")


def _prepare_environment(config: pytest.Config) -> None:
    """Set what kernels and xdist's workers inherit; once, before any of them starts."""
    folder = Path(tempfile.mkdtemp(prefix="course-tests-"))
    config.add_cleanup(lambda: _remove(folder))
    os.environ["COURSE_NETWORK_LOG"] = str(folder / "network.log")
    os.environ["COURSE_PROGRESS"] = str(folder / "progress.json")
    os.environ.setdefault("COURSE_DEVICE", "cpu")
    # Two kernels on two cores: torch's threads would fight over them, at a cost of minutes.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Where HOME cannot be written to, or holds no list of fonts yet, matplotlib says so in every
    # kernel, and strict nbval finds words that are not stored. Importing it here makes the list,
    # or names a folder of its own in MPLCONFIGDIR, which the kernels inherit.
    import matplotlib.font_manager  # noqa: F401

    paths = [str(ROOT / "tests" / "offline"), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


class _Comparisons:
    """Notes in each cell's report whether it has outputs and whether they were compared."""

    def __init__(self) -> None:
        self.cells: list[dict[str, Any]] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if isinstance(item, IPyNbCell):
            # The kernel, which starts now, shall not see what other tests or notebooks have passed.
            progress = Path(os.environ["COURSE_NETWORK_LOG"]).with_name(f"{item.path.stem}.json")
            os.environ["COURSE_PROGRESS"] = str(progress)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        if not isinstance(item, IPyNbCell):
            return (yield)
        compared = []
        compare = item.compare_outputs

        def noting(test: Any, reference: Any, *rest: Any) -> Any:
            compared.append(True)
            return compare(test, reference, *rest)

        item.compare_outputs = noting
        try:
            return (yield)
        finally:
            cell = {
                "notebook": item.path.name,
                "has_output": bool(item.cell.outputs),
                "compared": bool(compared),
            }
            item.user_properties.append((_PROPERTY, cell))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            for name, cell in report.user_properties:
                if name == _PROPERTY and isinstance(cell, dict):
                    self.cells.append(cell)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput") or session.exitstatus != 0:
            return
        if self._too_little_compared() or _connections():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for line in _connections():
            terminalreporter.write_line(f"a connection beyond this machine: {line}", red=True)
        if not self.cells:
            return
        notebooks = {cell["notebook"] for cell in self.cells}
        with_output, compared = self._counts()
        terminalreporter.section("notebooks")
        share = compared / max(with_output, 1)
        terminalreporter.write_line(
            f"{len(notebooks)} notebooks, {len(self.cells)} cells executed; "
            f"outputs compared in {compared} of {with_output} cells that have one ({share:.1%})"
        )
        if self._too_little_compared():
            terminalreporter.write_line(
                f"failed: at least {SMALLEST_SHARE:.0%} must be compared", red=True
            )

    def _counts(self) -> tuple[int, int]:
        with_output = [cell for cell in self.cells if cell["has_output"]]
        return len(with_output), sum(cell["compared"] for cell in with_output)

    def _too_little_compared(self) -> bool:
        """Below the share, over all notebooks: a run of a few cells says nothing about that."""
        run = {cell["notebook"] for cell in self.cells}
        if not run or run != {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}:
            return False
        with_output, compared = self._counts()
        return compared < SMALLEST_SHARE * with_output


def _connections() -> list[str]:
    log = Path(os.environ["COURSE_NETWORK_LOG"])
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []
