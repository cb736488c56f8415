"""A small run of `fit` as a program that can be killed.

`python -m tests.course_utils.training.run_small FOLDER` uses all that a resumed run must restore:
dropout, batch statistics, Adam, a schedule, shuffling.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import nn

from course_utils.datasets import ImageDataset, load_mnist, make_loader
from course_utils.devices import set_seed
from course_utils.training import fit

EPOCHS = 8


def main(folder: Path) -> None:
    """Train, going on from `folder/run.pt` if it is there, and store the weights at the end."""
    torch.set_num_threads(1)
    set_seed(0)
    whole = load_mnist()
    data = ImageDataset(whole.images[:1500], whole.labels[:1500], whole.classes)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(64, 10),
    )  # fmt: skip
    loader = make_loader(data, batch_size=16, shuffle=True, seed=1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=5e-3, total_steps=EPOCHS * len(loader)
    )
    history = fit(
        model, loader, loader, EPOCHS, optimizer, scheduler,
        checkpoint=folder / "run.pt", progress=False,
    )  # fmt: skip
    result = {"model": model.state_dict(), "losses": history.column("train_loss")}
    torch.save(result, folder / "result.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
