"""What a training run does where its disk has no room: tried on small disks made for it.

    python benchmarks/full_disk.py [--disks N] [--out FILE]

Needs Linux with `unshare` and `mount` (package util-linux), and root or user namespaces: it makes
its disks (tmpfs) in a namespace of its own, where nobody else sees them and from which they vanish.
Each disk is a little larger than the one before. On each the program trains until there is no room
for a checkpoint, which it has to say in one sentence that names the file; every checkpoint that is
left must be whole, no half file may be left, and with more room the run has to end with the same
bits as one that never met the end of its disk. The exit code is 1 where one of them did not.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from machine import conclude, machine  # noqa: E402

from course_utils.training.checkpoints import read_extra  # noqa: E402
from course_utils.training.program import main as train  # noqa: E402

RUN = ["--model", "softmax", "--batch-size", "500", "--epochs", "4", "--no-progress"]
SMALLEST, LARGEST = 8, 348
"""Sizes in KiB: no checkpoint of the run above fits on the first, all of them on the last."""


def trained(folder: Path, *more: str) -> tuple[int, str]:
    """Exit code of the program and what it says on standard error."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = train([*RUN, "--checkpoint-dir", str(folder), *more])
    return code, said.getvalue()


def same_bits(one: Path, other: Path) -> bool:
    """Whether both folders hold checkpoints with the same weights."""
    models = [torch.load(f / "checkpoint.pt", weights_only=True)["model"] for f in (one, other)]
    return all(torch.equal(tensor, models[1][name]) for name, tensor in models[0].items())


def mount(folder: Path, *options: str) -> None:
    """A disk of its own at `folder`, or more room on the one that is there."""
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    subprocess.run(command, check=True)


def on_a_disk_of(kib: int, disk: Path, whole: Path) -> tuple[str, bool]:
    """The table's row for a disk of that size, and whether all went well there.

    On the smallest disk nothing has room: if that run ends well, the disks are no disks.
    """
    mount(disk, f"size={kib}k")
    run = disk / "run"
    code, said = trained(run)
    left = sorted(file.name for file in run.glob("[!.]*")) if run.exists() else []
    hidden = sorted(file.name for file in run.glob(".*")) if run.exists() else []
    epochs = [read_extra(run / name)["epochs"] for name in left]  # raises for a damaged file
    file = run / "checkpoint.pt"
    expected = f"the checkpoint {file} could not be written ([Errno 28] No space left on device)"
    no_room = code == 1 and said.startswith(expected)
    well = not hidden and (no_room or (code == 0 and kib > SMALLEST))
    mount(disk, "remount", "size=4m")
    resumed = trained(run, "--resume")[0] == 0 and same_bits(whole, run)
    row = f"| {kib} | {code} | {', '.join(map(str, epochs)) or 'none'} | {len(hidden)} |"
    row += f" {'yes' if resumed else 'NO'} |"
    subprocess.run(["umount", str(disk)], check=True)
    return row if well else f"{row} said: {said}", well and resumed


def inside(disks: int, out: Path | None) -> int:
    """Everything that happens in the namespace."""
    with tempfile.TemporaryDirectory() as folder:
        whole, disk = Path(folder) / "whole", Path(folder) / "disk"
        disk.mkdir()
        if trained(whole)[0]:
            raise RuntimeError("the run on a disk with room failed")
        sizes = [SMALLEST + (LARGEST - SMALLEST) * i // max(disks - 1, 1) for i in range(disks)]
        rows = [on_a_disk_of(kib, disk, whole) for kib in sizes]
        size = (whole / "checkpoint.pt").stat().st_size
    well = sum(good for _, good in rows)
    text = "\n".join(
        [
            "# A disk without room",
            "",
            f"{machine()}. Four epochs; a checkpoint has {size:,} bytes.",
            "",
            "| disk, KiB | exit code | checkpoints left, of epoch | half files | resumed alike |",
            "| ---: | ---: | --- | ---: | --- |",
            *(row for row, _ in rows),
            "",
            f"- {well} of {len(rows)} runs ended with a sentence that names the file, or had room; "
            "what they left was whole, and with more room they ended with the same bits.",
            "",
        ]
    )
    return conclude(text, well == len(rows), out)


def main(arguments: list[str] | None = None) -> int:
    """Make the namespace, or do what is done in it; return 0 where all went well."""
    parser = argparse.ArgumentParser(description="Train on disks that are too small.")
    parser.add_argument("--disks", type=int, default=30)
    parser.add_argument("--out", type=Path, help="write the table to this file too")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.inside:
        return inside(options.disks, options.out)
    # Root may mount by itself; everybody else needs a namespace in which they are root.
    root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *root, "--mount", sys.executable, str(Path(__file__).resolve())]
    command += ["--inside", "--disks", str(options.disks)]
    command += ["--out", str(options.out.resolve())] if options.out else []
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
