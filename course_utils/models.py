"""The course's three networks. Each takes a batch and returns one score (logit) per class.

None of them applies softmax: the loss functions work on logits, and `argmax` does not need it.
"""

from __future__ import annotations

from torch import Tensor, nn


class SoftmaxRegression(nn.Module):
    """One linear layer over the flattened picture: images [B, ...] to logits [B, K].

    in_features: C · H · W of one picture. classes: K. in_features · classes + classes parameters
    (7,850 for grey 28 x 28 pictures and ten classes).

    Built in notebook 05.
    """

    def __init__(self, in_features: int = 784, classes: int = 10) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear = nn.Linear(in_features, classes)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.linear(self.flatten(images))
        return logits


class MLP(nn.Module):
    """Two linear layers with a ReLU between: images [B, ...] to logits [B, K].

    in_features: C · H · W of one picture (784 grey, 3,072 for a 32 x 32 colour picture). With the
    defaults it has 101,770 parameters.

    Built in notebook 06.
    """

    def __init__(self, in_features: int = 784, hidden: int = 128, classes: int = 10) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.hidden = nn.Linear(in_features, hidden)
        self.relu = nn.ReLU()
        self.output = nn.Linear(hidden, classes)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.output(self.relu(self.hidden(self.flatten(images))))
        return logits


class CNN(nn.Module):
    """Two convolutions with pooling, two linear layers: images [B, C, 28, 28] to logits [B, K].

    The sizes on the way are 28 -> 26 -> 13 -> 11 -> 5, so 64 · 5 · 5 = 1,600 features reach the
    first linear layer. With one input channel and ten classes it has 121,930 parameters.

    Built in notebook 06.
    """

    def __init__(self, in_channels: int = 1, classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 32, kernel_size=3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, kernel_size=3),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64 * 5 * 5, 64),
            nn.ReLU(),
            nn.Linear(64, classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(images))
        return logits
