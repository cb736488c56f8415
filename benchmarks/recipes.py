"""The recipes that `benchmarks/training.py` compares: the articles', as they stand, and ours."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, Subset

from course_utils.datasets import ImageDataset, load_fashion_mnist, make_loader
from course_utils.devices import set_seed
from course_utils.metrics import get_num_correct
from course_utils.models import CNN, SoftmaxRegression
from course_utils.training import fit

ARTICLE_EPOCHS = 5
ONE_CYCLE_IMAGES = 20_000
ONE_CYCLE_BATCH = 32
PEAK = 0.006
SOFTMAX_EPOCHS = 10

Batches = Iterable[tuple[Tensor, Tensor]]


@dataclass
class Data:
    """The same pictures twice: as torchvision hands them out, and as the course does."""

    stock_train: Any
    stock_test: Any
    train: ImageDataset
    test: ImageDataset


@dataclass
class Run:
    """What one recipe took, in seconds, and the test accuracy with which it ended."""

    training: float = 0.0
    testing: float = 0.0
    accuracies: list[float] = field(default_factory=list)

    @property
    def total(self) -> float:
        return self.training + self.testing

    @property
    def accuracy(self) -> float:
        return self.accuracies[-1]


def load(root: Path) -> Data:
    """The full Fashion-MNIST out of `root`; loaded by the course first, which may download it."""
    train, test = (load_fashion_mnist(part, full=True, root=root) for part in (True, False))
    to_tensor = torchvision.transforms.ToTensor()
    stock_train, stock_test = (
        torchvision.datasets.FashionMNIST(root, train=part, transform=to_tensor)
        for part in (True, False)
    )
    return Data(stock_train, stock_test, train, test)


# The article's recipe, as it stands: loops in the notebook's words, no helper of the course.


def plain_train(
    model: nn.Module,
    loader: Batches,
    optimizer: torch.optim.Optimizer,
    scheduler: OneCycleLR | None = None,
) -> tuple[float, float]:
    """One epoch; the mean loss and the accuracy while training, as every such loop reports."""
    loss_function = nn.CrossEntropyLoss()
    model.train()
    total_loss, num_correct, num_samples = 0.0, 0, 0
    for images, labels in loader:
        logits = model(images)
        loss = loss_function(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        total_loss += loss.item() * len(labels)
        num_correct += int(logits.argmax(dim=1).eq(labels).sum().item())
        num_samples += len(labels)
    return total_loss / num_samples, num_correct / num_samples


def plain_test(model: nn.Module, loader: Batches) -> tuple[float, float]:
    """Mean loss and accuracy over the loader."""
    loss_function = nn.CrossEntropyLoss()
    model.eval()
    total_loss, num_correct, num_samples = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in loader:
            logits = model(images)
            total_loss += loss_function(logits, labels).item() * len(labels)
            num_correct += int(logits.argmax(dim=1).eq(labels).sum().item())
            num_samples += len(labels)
    return total_loss / num_samples, num_correct / num_samples


def article_cnn(data: Data, seed: int) -> Run:
    """SGD 0.01, batches of 32 through torchvision's data set, a test after each epoch."""
    set_seed(seed)
    model, run = CNN(), Run()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    train_loader = DataLoader(data.stock_train, batch_size=32, shuffle=True)
    test_loader = DataLoader(data.stock_test, batch_size=32)
    for _ in range(ARTICLE_EPOCHS):
        start = time.perf_counter()
        plain_train(model, train_loader, optimizer)
        trained = time.perf_counter()
        run.accuracies.append(plain_test(model, test_loader)[1])
        run.training += trained - start
        run.testing += time.perf_counter() - trained
    return run


def course_cnn(data: Data, seed: int) -> Run:
    """One pass over part of the pictures with one-cycle Adam, and one test."""
    set_seed(seed)
    model = CNN()
    chosen = torch.randperm(len(data.train))[:ONE_CYCLE_IMAGES].tolist()
    loader = make_loader(Subset(data.train, chosen), ONE_CYCLE_BATCH, shuffle=True, seed=seed)
    optimizer = torch.optim.Adam(model.parameters())
    scheduler = OneCycleLR(optimizer, max_lr=PEAK, total_steps=len(loader))
    return run_fit(data, model, loader, optimizer, scheduler, epochs=1)


def run_fit(
    data: Data,
    model: nn.Module,
    loader: DataLoader[Any],
    optimizer: torch.optim.Optimizer,
    scheduler: OneCycleLR | None,
    epochs: int,
) -> Run:
    """`fit` as a `Run`; what it does beside training counts as testing."""
    start = time.perf_counter()
    history = fit(
        model, loader, make_loader(data.test, 250), epochs, optimizer, scheduler, progress=False
    )
    total = time.perf_counter() - start
    training = sum(history.column("seconds"))
    return Run(training, total - training, history.column("test_accuracy"))


def small_normal_softmax(seed: int) -> SoftmaxRegression:
    """The network with which both softmax recipes begin."""
    set_seed(seed)
    model = SoftmaxRegression()
    nn.init.normal_(model.linear.weight, std=0.01)
    nn.init.zeros_(model.linear.bias)
    return model


def article_softmax(data: Data, seed: int) -> Run:
    """Softmax regression from tensor operations, over a per-sample loader."""
    linear = small_normal_softmax(seed).linear
    weight = linear.weight.detach().T.clone().requires_grad_()
    bias = linear.bias.detach().clone().requires_grad_()

    def net(images: Tensor) -> Tensor:
        exponentials = (images.reshape(-1, 784) @ weight + bias).exp()
        return exponentials / exponentials.sum(dim=1, keepdim=True)

    def updater(batch_size: int) -> None:
        with torch.no_grad():
            for param in (weight, bias):
                assert param.grad is not None
                param -= 0.1 * param.grad / batch_size
                param.grad.zero_()

    # The order of `make_loader(..., seed=seed)`: with other batches, above all another short last
    # one, the accuracies of ten epochs would differ by chance, by up to a point.
    order = torch.Generator().manual_seed(seed)
    train_loader = DataLoader(data.stock_train, batch_size=256, shuffle=True, generator=order)
    test_loader = DataLoader(data.stock_test, batch_size=256)
    run = Run()
    for _ in range(SOFTMAX_EPOCHS):
        start = time.perf_counter()
        for images, labels in train_loader:
            loss = -net(images)[range(len(labels)), labels].log()
            loss.sum().backward()
            updater(len(labels))
        trained = time.perf_counter()
        with torch.no_grad():
            hits = sum(get_num_correct(net(images), labels) for images, labels in test_loader)
        run.accuracies.append(hits / len(data.stock_test))
        run.training += trained - start
        run.testing += time.perf_counter() - trained
    return run


def course_softmax(data: Data, seed: int) -> Run:
    """The same weights, learning rate, batches and epochs with the course's loader and loop."""
    model = small_normal_softmax(seed)
    loader = make_loader(data.train, 256, shuffle=True, seed=seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return run_fit(data, model, loader, optimizer, None, SOFTMAX_EPOCHS)


RECIPES = {
    f"CNN, article: SGD 0.01, batch 32, {ARTICLE_EPOCHS} epochs": article_cnn,
    f"CNN, course: one-cycle Adam, batch {ONE_CYCLE_BATCH}, {ONE_CYCLE_IMAGES:,} images once": (
        course_cnn
    ),
    f"softmax regression, article: per-sample loader, {SOFTMAX_EPOCHS} epochs": article_softmax,
    f"softmax regression, course: batched fetch, {SOFTMAX_EPOCHS} epochs": course_softmax,
}
"""What the table calls a recipe, and the recipe: the articles' before the course's, in pairs."""
