"""What the course's training is worth: time to an accuracy, on the full Fashion-MNIST.

    python benchmarks/training.py [--root FOLDER] [--seeds N] [--threads N] [--out FILE]

Three comparisons, all in one process on one machine:

- the CNN of notebook 06, trained by the recipe of many first articles (torchvision's data set with
  `ToTensor` in a stock DataLoader, plain loops, SGD with learning rate 0.01, batches of 32, five
  epochs) and by the course's (`make_loader`, `fit`, Adam with a one-cycle schedule, a single pass
  over part of the pictures). Both start from the same weights. The claim is about the time until
  the test accuracy with which the article's recipe ends;
- softmax regression, ten epochs of SGD with learning rate 0.1 and batches of 256: written from
  scratch over a per-sample loader, against `SoftmaxRegression`, `make_loader` and `fit`, from the
  same weights and with the same batches;
- `fit` against the same loop written bare, with the same bookkeeping.

Seconds are of the wall clock, loading included. Training and testing are timed apart; a claim
about a recipe compares all that it does, the tests after each epoch included. The exit code is 1
where a claim does not hold.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import torch
from machine import conclude, machine, verdict
from recipes import ONE_CYCLE_BATCH, PEAK, RECIPES, Data, Run, load, plain_test, plain_train
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import Subset

from course_utils.datasets import data_folder, make_loader
from course_utils.devices import set_seed
from course_utils.models import CNN
from course_utils.training import fit

FIT_IMAGES = 10_000

TIMES_CNN = 12
TIMES_SOFTMAX = 10
POINTS_SOFTMAX = 0.5
OVERHEAD = 0.05


def fit_against_bare(data: Data, rounds: int) -> list[float]:
    """How many times as long as the bare loop `fit` took, one number a round, in turns."""
    ratios = []
    for turn in range(rounds + 1):
        seconds = {}
        # Who begins changes from round to round: what the machine does meets both alike.
        for way in ("fit", "bare") if turn % 2 else ("bare", "fit"):
            set_seed(turn)
            model = CNN()
            part = Subset(data.train, range(FIT_IMAGES))
            loader = make_loader(part, ONE_CYCLE_BATCH, shuffle=True, seed=turn)
            tests = make_loader(data.test, 250)
            optimizer = torch.optim.Adam(model.parameters())
            scheduler = OneCycleLR(optimizer, max_lr=PEAK, total_steps=len(loader))
            start = time.perf_counter()
            if way == "fit":
                fit(model, loader, tests, 1, optimizer, scheduler, progress=False)
            else:
                plain_train(model, loader, optimizer, scheduler)
                plain_test(model, tests)
            seconds[way] = time.perf_counter() - start
        if turn:  # the first round only warms up
            ratios.append(seconds["fit"] / seconds["bare"])
    return ratios


def row(name: str, seed: int, run: Run) -> str:
    return f"| {name} | {seed} | {run.training:.1f} | {run.testing:.1f} | {run.accuracy:.2%} |"


def compare(
    name: str, article: list[Run], course: list[Run], times: float, points: float | None
) -> tuple[str, bool]:
    """The claim about one pair of recipes in words, and whether it holds.

    times: how many times shorter, for the median over the seeds. points: how far the accuracies
    may lie apart for each seed; None: the course's must be at least the article's.
    """
    pairs = list(zip(article, course, strict=True))
    ratio = statistics.median(one.total / other.total for one, other in pairs)
    training = statistics.median(one.training / other.training for one, other in pairs)
    if points is None:
        level = all(other.accuracy >= one.accuracy for one, other in pairs)
        wanted = "at least the accuracy of the article's recipe for every seed"
    else:
        level = all(abs(other.accuracy - one.accuracy) <= points / 100 for one, other in pairs)
        wanted = f"the same accuracy within {points} points for every seed"
    holds = ratio >= times and level
    text = (
        f"- {name}: {ratio:.1f} × shorter (claimed: at least {times} ×; training alone "
        f"{training:.1f} ×), {wanted}: {verdict(holds)}."
    )
    return text, holds


def report(data: Data, seeds: int) -> tuple[str, bool]:
    """Everything measured, as Markdown, and whether all claims hold."""
    lines = [
        "# Seconds of training, full Fashion-MNIST",
        "",
        f"{machine('torchvision')}, {torch.get_num_threads()} torch threads. The accuracy is "
        f"that on all {len(data.test):,} test images at the end.",
        "",
        "| recipe | seed | training, s | testing, s | test accuracy |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    runs: dict[str, list[Run]] = {name: [] for name in RECIPES}
    # Seed by seed, so that the recipes that are compared run close together.
    for seed in range(seeds):
        for name, recipe in RECIPES.items():
            run = recipe(data, seed)
            runs[name].append(run)
            print(row(name, seed, run), file=sys.stderr, flush=True)
    lines += [row(name, seed, run) for name in RECIPES for seed, run in enumerate(runs[name])]
    cnn_article, cnn_course, softmax_article, softmax_course = runs.values()
    claims = [
        compare("CNN", cnn_article, cnn_course, TIMES_CNN, None),
        compare(
            "softmax regression", softmax_article, softmax_course, TIMES_SOFTMAX, POINTS_SOFTMAX
        ),
    ]
    ratios = fit_against_bare(data, rounds=2 * seeds + 1)
    overhead = statistics.median(ratios) - 1
    claims.append(
        (
            f"- `fit` against the same loop written bare, CNN, {FIT_IMAGES:,} images: "
            f"{overhead:+.1%} (median of {len(ratios)} rounds from {min(ratios) - 1:+.1%} to "
            f"{max(ratios) - 1:+.1%}; claimed: at most {OVERHEAD:+.0%}): "
            f"{verdict(overhead <= OVERHEAD)}.",
            overhead <= OVERHEAD,
        )
    )
    lines += ["", *(text for text, _ in claims)]
    return "\n".join(lines) + "\n", all(holds for _, holds in claims)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and return 0 where every claim holds."""
    parser = argparse.ArgumentParser(description="Measure the course's training.")
    parser.add_argument("--root", type=Path, default=None, help="folder of the full data sets")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="torch threads (one is steadier)")
    parser.add_argument("--out", type=Path, help="write the table to this file too")
    options = parser.parse_args(arguments)

    torch.set_num_threads(options.threads)
    text, all_hold = report(load(data_folder(options.root)), options.seeds)
    return conclude(text, all_hold, options.out)


if __name__ == "__main__":
    sys.exit(main())
