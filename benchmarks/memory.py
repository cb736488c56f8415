"""Estimated against measured training memory, architecture by architecture.

    python benchmarks/memory.py [--only NAME …] [--out FILE] [--results FOLDER]

On the CPU: `estimate_training_memory(…, device="cpu")` beside the peak that torch's profiler
measures, torchinfo's total, and the peak of PyTorch's own MemTracker where that runs.

Where there is a CUDA GPU, also: the estimate for "cuda" beside `max_memory_allocated` and
`max_memory_reserved`, and for emulated cards of 4, 8, 16 and 24 GB the largest batch size that is
computed for 0.8 of the card, as notebook 09 advises, beside the largest that really runs. That goes
to `<results>/<gpu>.json`, with versions.

Exit code 1 where a claim does not hold.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
import torchinfo
import torchvision
from torch import nn
from torchvision import models

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from machine import conclude, keep  # noqa: E402

from course_utils.memory import (  # noqa: E402
    Workspace,
    estimate_training_memory,
    find_batch_size,
    in_units,
    largest_batch_size,
    measure_training_memory,
    training_step,
)
from course_utils.memory.measure import take_workspaces  # noqa: E402
from course_utils.memory.recipe import Recipe  # noqa: E402
from tests.course_utils.memory.architectures import ARCHITECTURES, OPTIMIZERS, Architecture  # noqa: E402

PICTURE = (3, 224, 224)
CASES = {name: case for name, case in ARCHITECTURES.items() if case.input_shape != (3, 64, 64)} | {
    "resnet18": Architecture(models.resnet18, PICTURE, 8, True),
    "resnet50": Architecture(models.resnet50, PICTURE, 4, True),
    "mobilenet_v3_small": Architecture(models.mobilenet_v3_small, PICTURE, 16, True),
    "vgg11": Architecture(models.vgg11, PICTURE, 2, True),
    "densenet121": Architecture(models.densenet121, PICTURE, 4, True),
    "vit_b_16": Architecture(models.vit_b_16, PICTURE, 2, True),
}
# Bytes, or a share of the measured peak.
SMALLEST_MISS, SHARE, SHARE_WITH_CONVOLUTIONS = 64, 0.001, 0.02
CUDA_MISS, CUDA_SHARE, CUDA_SHARE_WITH_CONVOLUTIONS = 8 * 1024**2, 0.03, 0.05
CARDS_GB, SHARE_OF_CARD = (4, 8, 16, 24), 0.8
# A GPU is worth larger batches than a CPU.
CUDA_SCALE = 8


def holds(case: Architecture, estimated: int, measured: int, cuda: bool = False) -> bool:
    """Whether the estimate is as near as claimed."""
    miss = abs(estimated - measured)
    if case.convolutions:
        return (
            miss <= (CUDA_SHARE_WITH_CONVOLUTIONS if cuda else SHARE_WITH_CONVOLUTIONS) * measured
        )
    bytes_allowed, share = (CUDA_MISS, CUDA_SHARE) if cuda else (SMALLEST_MISS, SHARE)
    return miss <= max(bytes_allowed, share * measured)


def torchinfo_total(model: nn.Module, case: Architecture) -> int:
    """What torchinfo's summary calls the estimated total size, in bytes."""
    batch = case.more["inputs"](case.batch_size) if "inputs" in case.more else None
    size = None if case.input_shape is None else (case.batch_size, *case.input_shape)
    data = None if batch is None else batch[0]
    seen = torchinfo.summary(model, input_size=size, input_data=data, verbose=0)
    return int(seen.total_input + seen.total_output_bytes + seen.total_param_bytes)


def mem_tracker_peak(model: nn.Module, case: Architecture, make: Any, options: Any) -> int | None:
    """The peak of PyTorch's MemTracker in the second step; None where it does not run."""
    try:
        from torch.distributed._tools.mem_tracker import MemTracker

        recipe = Recipe(model, case.input_shape, inputs=case.more.get("inputs"))
        batch = recipe.make_batch(case.batch_size, torch.device("cpu"))
        optimizer = make(model.parameters(), foreach=True, **options)
        tracker = MemTracker()
        tracker.track_external(model, optimizer, *batch)
        with tracker:
            for _ in range(2):
                tracker.reset_mod_stats()
                training_step(model, optimizer, batch)
        return int(tracker.get_tracker_snapshot("peak")[torch.device("cpu")]["Total"])
    except Exception as error:  # an oracle of another project: any failure is "does not run"
        print(f"MemTracker does not run: {type(error).__name__}: {error}", file=sys.stderr)
        return None


def cpu_row(name: str, case: Architecture, optimizer: str, model: nn.Module) -> dict[str, Any]:
    """One line of the CPU's table."""
    make, options = OPTIMIZERS[optimizer]
    arguments = (model, case.input_shape, case.batch_size, make)
    more = {**case.more, **options}
    start = time.perf_counter()
    estimated = estimate_training_memory(*arguments, device="cpu", **more).peak
    seconds = time.perf_counter() - start
    measured = measure_training_memory(*arguments, device="cpu", **more).peak
    return {
        "model": name, "optimizer": optimizer, "batch_size": case.batch_size,
        "estimated": estimated, "measured": measured, "seconds": seconds,
        "torchinfo": torchinfo_total(model, case),
        "mem_tracker": mem_tracker_peak(case.make(), case, make, options),
        "holds": holds(case, estimated, measured),
    }  # fmt: skip


def cuda_row(name: str, case: Architecture, optimizer: str) -> dict[str, Any]:
    """One line of the GPU's table."""
    make, options = OPTIMIZERS[optimizer]
    model = case.make()
    arguments = (model, case.input_shape, case.batch_size * CUDA_SCALE, make)
    more = {**case.more, **options}
    estimate = estimate_training_memory(*arguments, **more)
    expected = estimate.allocator()
    measured = measure_training_memory(*arguments, device="cuda", **more)
    assert measured.allocated is not None
    return {
        "model": name, "optimizer": optimizer, "batch_size": case.batch_size * CUDA_SCALE,
        "estimated": estimate.peak, "requested": measured.requested,
        "expected_allocated": expected.allocated, "allocated": measured.allocated,
        "expected_reserved": expected.reserved, "reserved": measured.reserved,
        "holds": holds(case, expected.allocated, measured.allocated, cuda=True),
    }  # fmt: skip


def card_rows(case_names: Iterable[str]) -> list[dict[str, Any]]:
    """For each emulated card: what is computed for notebook 09's share of it, and what runs."""
    in_all = torch.cuda.get_device_properties(0).total_memory
    rows = []
    for name in case_names:
        case = CASES[name]
        model = case.make()
        for gigabytes in CARDS_GB:
            limit = gigabytes * 10**9
            if limit > in_all:
                continue
            computed = largest_batch_size(
                model, case.input_shape, int(SHARE_OF_CARD * limit), torch.optim.Adam, **case.more
            )
            torch.cuda.empty_cache()
            torch.cuda.set_per_process_memory_fraction(limit / in_all)
            try:
                found = find_batch_size(
                    model, case.input_shape, torch.optim.Adam, start=computed,
                    largest=2 * computed, device="cuda", **case.more,
                )  # fmt: skip
            finally:
                torch.cuda.set_per_process_memory_fraction(1.0)
            rows.append(
                {
                    "model": name,
                    "card_gb": gigabytes,
                    "computed": computed,
                    "runs": found,
                    "holds": computed <= found,
                }
            )
    return rows


def measured_workspace() -> Workspace:
    """What cuBLAS keeps on this GPU; to be called before anything else runs on it."""
    before = torch.cuda.memory_allocated()
    take_workspaces(torch.device("cuda"))
    gpu = torch.cuda.get_device_name()
    kept = torch.cuda.memory_allocated() - before
    return Workspace(kept, f"measured on {gpu}, torch {torch.__version__}")


def versions() -> dict[str, str]:
    """Of what the numbers depend on."""
    found = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "system": f"{platform.system()} {platform.machine()}",
    }
    if torch.cuda.is_available():
        found |= {"gpu": torch.cuda.get_device_name(), "cuda": str(torch.version.cuda)}
    return found


def cpu_report(rows: list[dict[str, Any]]) -> str:
    """The CPU's rows as a Markdown table."""
    facts = ", ".join(f"{name} {version}" for name, version in versions().items())
    lines = [
        "# Training memory on the CPU: estimated, measured, and what other tools say",
        "",
        f"{facts}; {torch.get_num_threads()} thread. Bytes; the second step, `foreach=True`.",
        "",
        "| model | batch | optimizer | estimated | measured | error | torchinfo | MemTracker | s |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        error = row["estimated"] / row["measured"] - 1
        oracle = "does not run" if row["mem_tracker"] is None else f"{row['mem_tracker']:,}"
        lines.append(
            f"| {row['model']} | {row['batch_size']} | {row['optimizer']} | {row['estimated']:,} | "
            f"{row['measured']:,} | {error:+.3%} | {row['torchinfo']:,} | {oracle} | "
            f"{row['seconds']:.2f} |"
        )
    errors = [abs(row["estimated"] / row["measured"] - 1) for row in rows]
    exact = sum(row["estimated"] == row["measured"] for row in rows)
    missed = [f"{row['model']} with {row['optimizer']}" for row in rows if not row["holds"]]
    lines += [
        "",
        f"{exact} of {len(rows)} to the byte; median error {statistics.median(errors):.4%}, worst "
        f"{max(errors):.3%}. Claimed: within {SMALLEST_MISS} bytes or {SHARE:.1%}, with "
        f"convolutions within {SHARE_WITH_CONVOLUTIONS:.0%}: "
        + (f"DOES NOT HOLD for {', '.join(missed)}." if missed else "holds."),
    ]
    return "\n".join(lines) + "\n"


def measure_gpu(cases: dict[str, Architecture], results: Path) -> bool:
    """Measure on the GPU, print a summary, store the numbers; whether all claims hold."""
    workspace = measured_workspace()
    rows = [
        cuda_row(name, case, optimizer) for name, case in cases.items() for optimizer in OPTIMIZERS
    ]
    cards = card_rows([name for name in ("CNN", "resnet18", "resnet50") if name in cases])
    found = {
        "versions": versions(),
        "workspace": {"bytes": workspace.nbytes, "origin": workspace.origin},
        "steps": rows,
        "cards": cards,
    }
    name = torch.cuda.get_device_name().lower().replace(" ", "-").replace("/", "-")
    keep(json.dumps(found, indent=1) + "\n", results / f"{name}.json")
    errors = [abs(row["expected_allocated"] / row["allocated"] - 1) for row in rows]
    reserved = [abs(row["expected_reserved"] / row["reserved"] - 1) for row in rows]
    print(f"allocated: median error {statistics.median(errors):.2%}, worst {max(errors):.2%}")
    print(f"reserved: median error {statistics.median(reserved):.2%}, worst {max(reserved):.2%}")
    print(f"workspace {in_units(workspace.nbytes)}, {workspace.origin}")
    for row in [*rows, *cards]:
        if not row["holds"]:
            print(f"DOES NOT HOLD: {row}")
    return all(row["holds"] for row in [*rows, *cards])


def main(arguments: list[str] | None = None) -> int:
    """Measure what there is to measure on, print it, and return 0 where every claim holds."""
    parser = argparse.ArgumentParser(description="Training memory, estimated and measured.")
    parser.add_argument("--only", nargs="+", choices=list(CASES), help="these models alone")
    parser.add_argument("--out", type=Path, help="write the CPU's table to this file too")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results")
    options = parser.parse_args(arguments)

    cases = {name: case for name, case in CASES.items() if name in (options.only or CASES)}
    torch.set_num_threads(1)
    all_hold = True
    if torch.cuda.is_available():
        all_hold = measure_gpu(cases, options.results)
    rows = []
    for name, case in cases.items():
        model = case.make()
        for optimizer in OPTIMIZERS:
            rows.append(cpu_row(name, case, optimizer, model))
            print(f"{name}, {optimizer}: done", file=sys.stderr)
    all_hold = all_hold and all(row["holds"] for row in rows)
    return conclude(cpu_report(rows), all_hold, options.out)


if __name__ == "__main__":
    sys.exit(main())
