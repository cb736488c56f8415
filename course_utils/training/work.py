"""What a run works with: its device, its data, its network, its optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR
from torch.utils.data import DataLoader, Dataset

from course_utils.datasets import ImageDataset, load_fashion_mnist, load_mnist, make_loader
from course_utils.devices import pick_device, set_seed
from course_utils.models import CNN, MLP, SoftmaxRegression
from course_utils.training.errors import WrongInput
from course_utils.training.place import Place
from course_utils.training.processes import Processes
from course_utils.training.sampling import GlobalBatchSampler
from course_utils.training.settings import Settings

_MODELS = {"softmax": SoftmaxRegression, "mlp": MLP, "cnn": CNN}
_LOADERS = {"mnist": load_mnist, "fashion": load_fashion_mnist}

TEST_BATCH = 1000
SHARE_OF_GPU_FOR_DATA = 0.25
"""A data set that fills more of the free GPU memory stays in main memory."""

Batches = DataLoader[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Work:
    """Model, optimizer and schedule, the same in every process, and this process's batches."""

    model: nn.Module
    optimizer: Optimizer
    scheduler: LRScheduler
    sampler: GlobalBatchSampler
    train_loader: Batches
    test_loader: Batches


def choose_device(wanted: str | None, place: Place) -> torch.device:
    """The device of this process: the GPU with the number of its local rank, or the CPU.

    A process that is alone on its machine takes the GPU that `COURSE_DEVICE=cuda:1` names.

    Raises WrongInput where the machine lacks it, or has fewer than processes.
    """
    option = "--device" if wanted else "COURSE_DEVICE"
    try:
        chosen = torch.device(wanted) if wanted else pick_device()
    except (ValueError, RuntimeError) as error:
        raise WrongInput(str(error)) from error
    kind = chosen.type
    there = {"cpu": place.local_world_size, "mps": int(torch.backends.mps.is_available())}
    count = there.get(kind, torch.cuda.device_count())
    if count == 0:
        raise WrongInput(f"{option}: {kind} was asked for, but this machine has none")
    if place.local_world_size > count:
        raise WrongInput(
            f"--device: expected one {kind} device for each process, got {count} for "
            f"{place.local_world_size} processes: start fewer, or add --device cpu"
        )
    if kind != "cuda":
        return torch.device(kind)
    alone = place.local_world_size == 1 and chosen.index is not None
    return chosen if alone else torch.device("cuda", place.local_rank)


def check_precision(precision: str, device: torch.device) -> None:
    """Raise WrongInput where the device cannot compute in bfloat16."""
    if precision == "bf16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
        raise WrongInput("--precision: expected float32, because this GPU lacks bf16")


class OnDevice(Dataset[tuple[Tensor, Tensor]]):
    """A data set whose pictures live on the device, so that no batch has to travel there.

    Each batch is that of the `ImageDataset`: images float32 [B, C, H, W] in [0, 1], labels [B].
    """

    def __init__(self, dataset: ImageDataset, device: torch.device) -> None:
        self.images, self.labels = dataset.images.to(device), dataset.labels.to(device)

    def __len__(self) -> int:
        return len(self.images)

    def __getitems__(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        # int64 also for an empty share, whose list has no type of its own
        chosen = torch.tensor(indices, dtype=torch.int64).to(self.images.device, non_blocking=True)
        images = self.images.index_select(0, chosen).to(torch.float32).div_(255)
        return images, self.labels.index_select(0, chosen)


def load_data(settings: Settings) -> tuple[ImageDataset, ImageDataset]:
    """The training and the test images. Raises WrongInput where they cannot be had."""
    load = _LOADERS[settings.data]
    try:
        return load(full=settings.full), load(train=False, full=settings.full)
    except RuntimeError as error:
        raise WrongInput(f"--data: {error}") from error


def prepare(
    settings: Settings, data: tuple[ImageDataset, ImageDataset], processes: Processes
) -> Work:
    """Build everything from the seed, so that all processes begin with equal weights."""
    train_set, test_set = data
    sampler = GlobalBatchSampler(
        len(train_set), settings.batch_size, settings.seed, processes.rank, processes.world_size
    )
    # The test images need no order: each process takes its share of them, batch by batch.
    test_share = range(processes.rank, len(test_set), processes.world_size)
    test_batches = [
        list(test_share[i : i + TEST_BATCH]) for i in range(0, len(test_share), TEST_BATCH)
    ]
    set_seed(settings.seed)
    model = _MODELS[settings.model]().to(processes.device)
    optimizer = {"adam": Adam, "sgd": SGD}[settings.optimizer](model.parameters(), lr=settings.lr)
    steps = settings.epochs * -(-sampler.num_batches // settings.accumulate)
    return Work(
        model=model,
        optimizer=optimizer,
        scheduler=_scheduler(settings, optimizer, steps),
        sampler=sampler,
        train_loader=_loader(train_set, sampler, processes.device),
        test_loader=_loader(test_set, test_batches, processes.device),
    )


def _scheduler(settings: Settings, optimizer: Optimizer, steps: int) -> LRScheduler:
    if settings.schedule == "one-cycle":
        # Plain SGD has no momentum to cycle.
        cycles = settings.optimizer == "adam"
        return OneCycleLR(optimizer, max_lr=settings.lr, total_steps=steps, cycle_momentum=cycles)
    return LambdaLR(optimizer, _unchanged)


def _unchanged(step: int) -> float:
    return 1.0


def _loader(
    dataset: ImageDataset, batches: GlobalBatchSampler | list[list[int]], device: torch.device
) -> Batches:
    """A stock loader over the data on the device if they fit, else from pinned memory."""
    if device.type == "cuda" and not fits(dataset, torch.cuda.mem_get_info(device)[0]):
        return make_loader(dataset, batch_sampler=batches, pin_memory=True)
    chosen = dataset if device.type == "cpu" else OnDevice(dataset, device)
    return make_loader(chosen, batch_sampler=batches)


def fits(dataset: ImageDataset, free_bytes: int) -> bool:
    """Whether the data set is small against the memory that is free on the device."""
    return dataset.images.nbytes + dataset.labels.nbytes <= SHARE_OF_GPU_FOR_DATA * free_bytes
