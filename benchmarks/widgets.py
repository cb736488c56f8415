"""Milliseconds from moving a control of an explorer to the picture that follows it.

    python benchmarks/widgets.py [--rounds N] [--out FILE]

Every explorer of `course_utils.figures` is made as its notebook makes it, with data of the same
sizes. Then each control is set to several of its values, from one end to the other. The time runs
from the assignment until the picture is published as a PNG, as in a kernel: drawing, encoding, and
the widget's own work. What is missing is the way to the browser and its painting. A value that the
explorer refuses in words is measured too. Beside the time on the clock stands that of the
processor, which other programs on the same machine lengthen less.

torch gets one thread. The claim stands below the table; the exit code is 1 where it does not hold.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from explorers import MAKERS
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from machine import conclude, machine, verdict

from course_utils import figures as widgets
from course_utils.figures import Explorer

MOST_MILLISECONDS = 150
"""Claimed of each explorer's median, on the clock."""

Times = dict[str, list[tuple[float, float]]]


def values_of(control: Any) -> list[Any]:
    """Several values of a control, from one end to the other: at most seven."""
    if hasattr(control, "options"):
        # (label, value) pairs or plain values, whatever the explorer gave.
        pairs = [one if isinstance(one, tuple) else (one, one) for one in control.options]
        choices = [value for _, value in pairs]
    elif isinstance(control.value, bool):
        choices = [False, True]
    elif hasattr(control, "base"):
        low, high = control.min, control.max
        choices = [control.base ** (low + (high - low) * share / 6) for share in range(7)]
    else:
        kind = type(control.value)
        low, high = control.min, control.max
        choices = sorted({kind(low + (high - low) * share / 6) for share in range(7)})
    if len(choices) <= 7:
        return choices
    return [choices[round((len(choices) - 1) * share / 6)] for share in range(7)]


def milliseconds(explorer: Explorer) -> Iterator[tuple[float, float]]:
    """Of each change of each control: time on the clock, and time of this process's processor."""
    for control in explorer.controls.values():
        for value in values_of(control):
            if control.value == value:
                continue
            with capture_output() as shown:
                start, start_working = time.perf_counter(), time.process_time()
                control.value = value
                elapsed = time.perf_counter() - start
                working = time.process_time() - start_working
            if not shown.outputs:
                raise RuntimeError(f"{control.description}: {value!r} changed no picture")
            yield 1000 * elapsed, 1000 * working


def measure(rounds: int) -> Times:
    """Both times of every change, for each explorer."""
    times: Times = {}
    for name in widgets.__all__:
        if not name.startswith("explore_"):
            continue
        with capture_output():
            explorer = MAKERS[name]()
        list(milliseconds(explorer))  # fonts, caches and the first estimates
        times[name] = [one for _ in range(rounds) for one in milliseconds(explorer)]
    return times


def report(times: Times) -> tuple[str, bool]:
    """The table and the claim as Markdown, and whether it holds."""
    lines = [
        "# Milliseconds from a control to its picture",
        "",
        f"{machine('matplotlib', 'ipywidgets')}, {torch.get_num_threads()} torch thread.",
        "",
        "| explorer | changes | median | worst | median of the processor's time |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    medians = {}
    for name, changes in times.items():
        clock, working = zip(*changes, strict=True)
        medians[name] = statistics.median(clock)
        lines.append(
            f"| {name} | {len(clock)} | {medians[name]:.0f} | {max(clock):.0f} | "
            f"{statistics.median(working):.0f} |"
        )
    holds = max(medians.values()) <= MOST_MILLISECONDS
    lines += [
        "",
        f"- slowest median: {max(medians.values()):.0f} ms (claimed: at most {MOST_MILLISECONDS} "
        f"ms): {verdict(holds)}.",
    ]
    return "\n".join(lines) + "\n", holds


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and return 0 where the claim holds."""
    parser = argparse.ArgumentParser(description="Measure how fast the explorers redraw.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="write the table to this file too")
    options = parser.parse_args(arguments)

    torch.set_num_threads(1)
    # Without a shell nothing would be published and no PNG made.
    InteractiveShell.instance(history_manager=None)
    text, holds = report(measure(options.rounds))
    return conclude(text, holds, options.out)


if __name__ == "__main__":
    sys.exit(main())
