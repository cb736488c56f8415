"""Small instances of the architectures and optimizers that the estimate is held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models

from course_utils.models import CNN, MLP

OPTIMIZERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "SGD": (torch.optim.SGD, {}),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "Adam": (torch.optim.Adam, {}),
    "AdamW": (torch.optim.AdamW, {}),
}


def tokens(batch_size: int) -> tuple[Tensor, Tensor]:
    """[B, 16] token ids and [B] labels."""
    return torch.zeros(batch_size, 16, dtype=torch.long), torch.zeros(batch_size, dtype=torch.long)


@dataclass(frozen=True)
class Architecture:
    """How to make a model, what to feed it, and whether it has convolutions."""

    make: Callable[[], nn.Module]
    input_shape: tuple[int, ...] | None
    batch_size: int
    convolutions: bool = False
    more: dict[str, Any] = field(default_factory=dict)


class Residual(nn.Module):
    """Linear layers with BatchNorm and a residual connection."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(784, 256)
        self.norm = nn.BatchNorm1d(256)
        self.inner = nn.Linear(256, 256)
        self.last = nn.Linear(256, 10)

    def forward(self, images: Tensor) -> Tensor:
        start = self.first(images.flatten(1))
        logits: Tensor = self.last(start + torch.relu(self.inner(self.norm(start))))
        return logits


class TiedWeights(nn.Module):
    """An embedding whose table is the last layer's weight, too."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(1000, 64)
        self.inner = nn.Linear(64, 64)
        self.last = nn.Linear(64, 1000, bias=False)
        self.last.weight = self.embedding.weight

    def forward(self, ids: Tensor) -> Tensor:
        logits: Tensor = self.last(torch.relu(self.inner(self.embedding(ids)))).mean(1)
        return logits


class Encoder(nn.Module):
    """Token ids through an embedding and a transformer layer, with dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(1000, 64)
        self.layer = nn.TransformerEncoderLayer(64, 4, 128, dropout=0.1, batch_first=True)
        self.last = nn.Linear(64, 10)

    def forward(self, ids: Tensor) -> Tensor:
        logits: Tensor = self.last(self.layer(self.embedding(ids)).mean(1))
        return logits


def dropout_heavy() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(256, 256), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(256, 10),
    )  # fmt: skip


def vision_transformer() -> nn.Module:
    model: nn.Module = models.VisionTransformer(
        image_size=32, patch_size=8, num_layers=3, num_heads=4, hidden_dim=64, mlp_dim=128,
        num_classes=10,
    )  # fmt: skip
    return model


GREY, COLOUR = (1, 28, 28), (3, 64, 64)
ARCHITECTURES = {
    "MLP": Architecture(MLP, GREY, 64),
    "wide MLP": Architecture(lambda: MLP(3072, 512), (3, 32, 32), 128),
    "CNN": Architecture(CNN, GREY, 32, convolutions=True),
    "dropout": Architecture(dropout_heavy, GREY, 64),
    "residual": Architecture(Residual, GREY, 64),
    "tied weights": Architecture(TiedWeights, None, 8, more={"inputs": tokens}),
    "encoder": Architecture(Encoder, None, 8, more={"inputs": tokens}),
    "resnet18": Architecture(lambda: models.resnet18(num_classes=10), COLOUR, 4, True),
    "mobilenet": Architecture(lambda: models.mobilenet_v3_small(num_classes=10), COLOUR, 8, True),
    "vision transformer": Architecture(vision_transformer, (3, 32, 32), 8, True),
}
