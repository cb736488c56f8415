"""The environment check: is everything here that the course needs?

`python -m course_launcher.check` prints the check as a table and exits with 1 if something is red.
A broken torch is one of the things that it finds: all else is looked at without torch.
"""

from __future__ import annotations

import html
import importlib
import importlib.metadata
import platform
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course_launcher.files import loaded
from course_launcher.torch_pair import REINSTALL

REPOSITORY = Path(__file__).resolve().parent.parent
_PACKAGES = ("torch", "torchvision", "numpy", "matplotlib", "ipywidgets", "jupyterlab", "tqdm")
_FREE_BYTES_WANTED = 500_000_000


def _pip_install(*what: str) -> str:
    """The command for it, as one types it in the course's folder."""
    return f"{_relative(Path(sys.executable))} -m pip install {' '.join(what)}"


def _install() -> str:
    """The command that puts the exact versions of every package back."""
    return _pip_install("-e", ".", "-c", "constraints.txt")


@dataclass(frozen=True)
class Row:
    """One line of the environment check; `mend` is the command or sentence that mends a red one."""

    name: str
    found: str
    ok: bool
    mend: str = ""


class EnvironmentReport(tuple[Row, ...]):
    """The rows of the check; shows itself as a table, as text or in a notebook."""

    @property
    def ok(self) -> bool:
        """Whether every row is green."""
        return all(row.ok for row in self)

    def __repr__(self) -> str:
        width = max(len(row.name) for row in self)
        lines = []
        for row in self:
            lines.append(f"{'ok ' if row.ok else 'RED'}  {row.name.ljust(width)}  {row.found}")
            if not row.ok:
                lines.append(f"     {' ' * width}  mend it: {row.mend}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        cells = []
        for row in self:
            sign, colour = ("✓ ok", "#2e7d32") if row.ok else ("✗ red", "#c62828")
            mend = "" if row.ok else f"<br>mend it: <code>{html.escape(row.mend)}</code>"
            cells.append(
                f'<tr><td style="color:{colour};white-space:nowrap"><b>{sign}</b></td>'
                f'<td style="text-align:left">{html.escape(row.name)}</td>'
                f'<td style="text-align:left">{html.escape(row.found)}{mend}</td></tr>'
            )
        return (
            "<table><thead><tr><th></th><th style='text-align:left'>what</th>"
            f"<th style='text-align:left'>found</th></tr></thead><tbody>{''.join(cells)}"
            "</tbody></table>"
        )


def check_environment() -> EnvironmentReport:
    """Look at everything the course needs and say what is there, and how to mend what is not.

    Never raises: a check that fails to run is a red row.
    """
    rows: list[Row] = []
    for check in (_python, _packages, _pair, _device, _bundled, _disk):
        try:
            rows += check()
        except Exception as error:
            found = f"{type(error).__name__}: {_first_line(error)}"
            rows.append(Row(check.__name__.strip("_"), found, False, _install()))
    return EnvironmentReport(rows)


def _python() -> Iterator[Row]:
    version = platform.python_version()
    yield Row(
        "Python",
        f"{version} on {platform.system()} {platform.machine()}",
        sys.version_info >= (3, 11),
        "install Python 3.11 or newer, then: python course.py lab",
    )
    kernel = Path(sys.executable)
    whose = "" if kernel.is_relative_to(REPOSITORY) else " (not the course's own environment)"
    yield Row("kernel", f"{_relative(kernel)}{whose}", True)


def _packages() -> Iterator[Row]:
    from packaging.requirements import Requirement

    # From the file, not from the installed package: in Colab there is only the clone.
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {one.name: one.specifier for one in map(Requirement, project["dependencies"])}
    for package in _PACKAGES:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            yield Row(package, "missing", False, _install())
            continue
        if wanted[package].contains(version, prereleases=True):
            yield Row(package, version, True)
        else:
            least = str(wanted[package]).removeprefix(">=")
            found = f"{version}, but the course needs {least} or newer"
            yield Row(package, found, False, _install())


def _pair() -> Iterator[Row]:
    versions = [importlib.metadata.version(name) for name in ("torch", "torchvision")]
    found = "torch {} with torchvision {}".format(*(one.partition("+")[0] for one in versions))
    try:
        # Where the two do not belong together, this fails: see torch_pair.
        importlib.import_module("torchvision")
    except Exception as error:
        found = f"{found}: {_first_line(error)}"
        yield Row("torch + torchvision", found, False, _pip_install(*REINSTALL))
    else:
        yield Row("torch + torchvision", f"{found}: a matching pair", True)


def _device() -> Iterator[Row]:
    if "torch" not in sys.modules:
        # To import it a second time would end in another, misleading error.
        yield Row("device", "unknown, as torch does not start", False, _pip_install(*REINSTALL))
        return
    import torch

    from course_utils.devices import pick_device

    try:
        device = pick_device()
    except (ValueError, RuntimeError) as error:
        yield Row("device", str(error), False, "set COURSE_DEVICE to cpu, or unset it")
        return
    words = str(device)
    if device.type == "cpu":
        words = "cpu (all the course needs)"
    elif device.type == "cuda":
        words = f"{device}: {torch.cuda.get_device_name(device)}"
    yield Row("device", words, True)


def _bundled() -> Iterator[Row]:
    folder = "course_utils/datasets/bundled"
    for name, intact, message in loaded(REPOSITORY / folder / "__init__.py").verify_bundled():
        found = "intact" if intact else message
        mend = f"git checkout -- {folder}/{name} {folder}/sha256.txt"
        yield Row(f"data: {name}", found, intact, mend)


def _disk() -> Iterator[Row]:
    free = shutil.disk_usage(Path.cwd()).free
    yield Row(
        "free disk",
        f"{free / 1e9:.1f} GB",
        free >= _FREE_BYTES_WANTED,
        f"free at least {_FREE_BYTES_WANTED / 1e9:.1f} GB on this disk",
    )


def _relative(path: Path) -> str:
    """The path as seen from the course's folder, which says the same on every machine."""
    return str(path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


def main() -> int:
    """Print the table; 0 if all is green, 1 if something is red."""
    report = check_environment()
    print(report)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
