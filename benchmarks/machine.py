"""What every stored table says of the machine that it was measured on, and how it is stored."""

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


def keep(text: str, out: Path | None) -> None:
    """Store a report where `--out` names a file; its folder is made."""
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8", newline="\n")
