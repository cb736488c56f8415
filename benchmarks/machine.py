"""What every stored table says of the machine that it was measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine(*packages: str) -> str:
    """Processor, cores, system, and the versions of Python, torch and `packages`, in one line."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    versions = [f"{package} {version(package)}" for package in ("torch", *packages)]
    return ", ".join(
        [
            f"{processor}, {os.cpu_count()} cores",
            f"{platform.system()}, Python {platform.python_version()}",
            *versions,
        ]
    )
