"""What all stored tables share: the machine that they name, their verdict, how they are stored."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def computer() -> str:
    """Processor, cores, system, and the version of Python, in one line."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{processor}, {os.cpu_count()} cores, {system}"


def machine(*packages: str) -> str:
    """`computer()` and the versions of torch and `packages`."""
    versions = [f"{package} {version(package)}" for package in ("torch", *packages)]
    return ", ".join([computer(), *versions])


def verdict(holds: bool) -> str:
    """The word after a claim; in capitals where it is false, so that nobody reads over it."""
    return "holds" if holds else "DOES NOT HOLD"


def keep(text: str, out: Path | None) -> None:
    """Store a report where `--out` names a file: all of it or nothing. Its folder is made."""
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_suffix(out.suffix + ".part")
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(out)


def conclude(text: str, holds: bool, out: Path | None) -> int:
    """Print and keep a report, whose last line ends; the exit code of the script."""
    print(text, end="")
    keep(text, out)
    return 0 if holds else 1
