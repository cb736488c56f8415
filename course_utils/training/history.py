"""What a training run has achieved so far: one record per epoch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """One epoch: mean losses per sample, accuracies between 0 and 1, seconds of training."""

    number: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"Epoch {self.number}: "
            f"train loss {self.train_loss:.4f}, train accuracy {self.train_accuracy:.2%}, "
            f"test loss {self.test_loss:.4f}, test accuracy {self.test_accuracy:.2%}"
        )


@dataclass
class History:
    """The epochs of a run, in order; printing it gives article-style lines, one per epoch.

    `course_utils.figures.training_curves` draws it: accuracy in one panel, loss in the other.

    Built in notebook 07.
    """

    epochs: list[Epoch] = field(default_factory=list)

    def add(self, epoch: Epoch) -> None:
        """Append the record of one more epoch."""
        self.epochs.append(epoch)

    def __len__(self) -> int:
        return len(self.epochs)

    def __getitem__(self, index: int) -> Epoch:
        return self.epochs[index]

    def __str__(self) -> str:
        return "\n".join(str(epoch) for epoch in self.epochs)

    __repr__ = __str__

    def column(self, name: str) -> list[float]:
        """One figure over all epochs, such as `history.column("test_accuracy")`.

        Raises ValueError for a name that an epoch does not have.
        """
        names = list(Epoch.__dataclass_fields__)
        if name not in names:
            raise ValueError(f"name: expected one of {', '.join(names)}, got {name!r}")
        return [getattr(epoch, name) for epoch in self.epochs]

    def state_dict(self) -> dict[str, Any]:
        """The history as plain lists and numbers, for a checkpoint."""
        return {"epochs": [asdict(epoch) for epoch in self.epochs]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self.epochs = [Epoch(**epoch) for epoch in state["epochs"]]
