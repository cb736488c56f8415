"""The environment check: is everything here that the course needs?

`python -m course_launcher.check` prints the check as a table and exits with 1 if something is
red. It imports torch late and inside `try`, because a broken torch is one of the things it finds.
"""

from __future__ import annotations

import html
import importlib
import importlib.metadata
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
_PACKAGES = ("torch", "torchvision", "numpy", "matplotlib", "ipywidgets", "jupyterlab", "tqdm")
_FREE_BYTES_WANTED = 500_000_000


def _mend(*what: str) -> str:
    """The pip command, for the course's folder, that puts the exact versions back."""
    python = _relative(Path(sys.executable))
    return f"{python} -m pip install {' '.join(what)} -c constraints.txt"


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
    checks: tuple[Callable[[], Iterator[Row]], ...] = (
        _python,
        _packages,
        _pair,
        _device,
        _bundled,
        _disk,
    )
    rows: list[Row] = []
    for check in checks:
        try:
            rows += check()
        except Exception as error:
            first = (str(error).splitlines() or [""])[0]
            name = check.__name__.strip("_")
            rows.append(Row(name, f"{type(error).__name__}: {first}", False, _mend("-e", ".")))
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
    ranges = _wanted_ranges()
    for package in _PACKAGES:
        wanted = ranges.get(package, "")
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            yield Row(package, "missing", False, _mend("-e", "."))
            continue
        new_enough = _as_numbers(version) >= _as_numbers(wanted)
        found = version if new_enough else f"{version}, but the course needs {wanted} or newer"
        yield Row(package, found, new_enough, _mend("-e", "."))


def _pair() -> Iterator[Row]:
    """torchvision is compiled against one release of torch, and names it in its metadata."""
    mend = _mend("--force-reinstall", "torch", "torchvision")
    torch_version = importlib.metadata.version("torch").partition("+")[0]
    needs = importlib.metadata.requires("torchvision") or []
    wanted = next((m[1] for n in needs if (m := re.match(r"torch\s*\(?==\s*([\d.]+)", n))), "")
    found = f"torch {torch_version} with torchvision {importlib.metadata.version('torchvision')}"
    if wanted and wanted != torch_version:
        found += f", which was built for torch {wanted}"
        yield Row("torch + torchvision", found, False, mend)
        return
    try:
        importlib.import_module("torchvision")
    except Exception as error:
        # "operator torchvision::nms does not exist": the builds differ (one for CUDA, one not).
        found += f": {(str(error).splitlines() or [''])[0]}"
        yield Row("torch + torchvision", found, False, mend)
        return
    yield Row("torch + torchvision", f"{found}: a matching pair", True)


def _device() -> Iterator[Row]:
    from course_utils.devices import pick_device

    try:
        device = pick_device()
    except (ValueError, RuntimeError) as error:
        yield Row("device", str(error), False, "set COURSE_DEVICE to cpu, or unset it")
        return
    words = {"cpu": "cpu (all the course needs)"}.get(device.type, str(device))
    if device.type == "cuda":
        import torch

        words = f"{device}: {torch.cuda.get_device_name(device)}"
    yield Row("device", words, True)


def _bundled() -> Iterator[Row]:
    from course_utils.datasets.bundled import verify_bundled

    for name, ok, message in verify_bundled():
        yield Row(
            f"data: {name}",
            message if not ok else "intact",
            ok,
            f"git checkout -- course_utils/datasets/bundled/{name} course_utils/datasets/bundled/sha256.txt",
        )


def _disk() -> Iterator[Row]:
    free = shutil.disk_usage(Path.cwd()).free
    yield Row(
        "free disk",
        f"{free / 1e9:.1f} GB",
        free >= _FREE_BYTES_WANTED,
        f"free at least {_FREE_BYTES_WANTED / 1e9:.1f} GB on this disk",
    )


def _wanted_ranges() -> dict[str, str]:
    """Package name to its lowest version, as the course's own metadata names it."""
    needs = importlib.metadata.requires("batch-by-batch") or []
    pairs = (re.match(r"([A-Za-z0-9_.-]+)\s*>=\s*([\d.]+)", need) for need in needs)
    return {match[1]: match[2] for match in pairs if match}


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


def _relative(path: Path) -> str:
    """The path as seen from the course's folder, which says the same on every machine."""
    return str(path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path)


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table; 0 if all is green, 1 if something is red, 2 if there are arguments."""
    if arguments:
        got = " ".join(arguments)
        print(f"course_launcher.check: expected no arguments, got {got}.", file=sys.stderr)
        return 2
    report = check_environment()
    print(report)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
