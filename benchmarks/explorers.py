"""The explorers as the notebooks make them, for measuring; data of the same sizes."""

from collections.abc import Callable

import torch
from torch import nn

from course_utils import figures as widgets
from course_utils.datasets import load_fashion_mnist
from course_utils.figures import Explorer
from course_utils.memory import estimate_training_memory
from course_utils.models import CNN


def strides() -> Explorer:
    """Notebook 01: a grey picture of 96 × 80."""
    return widgets.explore_strides(torch.arange(96 * 80).reshape(96, 80).to(torch.uint8))


def batches() -> Explorer:
    """Notebook 03: a hundred pictures of 28 × 28."""
    return widgets.explore_batches(load_fashion_mnist().images[:100])


def softmax() -> Explorer:
    """Notebook 05: three scores."""
    return widgets.explore_softmax()


def convolution() -> Explorer:
    """Notebook 06: a picture of 5 × 5, two kernels of 3 × 3 and one of 2 × 2."""
    edge = torch.tensor([[-1.0, 0.0, 1.0]] * 3)
    kernels = {"right": edge, "below": edge.T, "sum": torch.ones(2, 2)}
    return widgets.explore_convolution(torch.arange(25.0).reshape(5, 5), kernels, 2, 1)


def memory() -> Explorer:
    """Notebook 08: a network of 16 hidden layers and the CNN under a limit of 32 MiB."""
    layers = [nn.Flatten(), nn.Linear(784, 256), nn.ReLU()]
    for _ in range(15):
        layers += [nn.Linear(256, 256), nn.ReLU()]
    models = {"16 layers": nn.Sequential(*layers, nn.Linear(256, 10)), "CNN": CNN()}
    example = estimate_training_memory(CNN(), (1, 28, 28), 1024)
    return widgets.explore_memory(models, (1, 28, 28), 32 * 2**20, {"CNN": example})


def batch_size() -> Explorer:
    """Notebook 09: seven batch sizes with their speeds and peaks."""
    sizes = [1, 4, 16, 64, 256, 1024, 2048]
    speeds = [float(40 * size) for size in sizes]
    peaks = [2**20 + 10_000 * size for size in sizes]
    return widgets.explore_batch_size(
        sizes, speeds, peaks, [1_000, 10_000, 60_000], [2**21, 2**22, 2**23]
    )


MAKERS: dict[str, Callable[[], Explorer]] = {
    "explore_strides": strides,
    "explore_batches": batches,
    "explore_softmax": softmax,
    "explore_convolution": convolution,
    "explore_memory": memory,
    "explore_batch_size": batch_size,
}
