"""One epoch, evaluation and whole runs: weights, figures, errors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset

from course_utils.datasets import ImageDataset, make_loader
from course_utils.functional import sgd
from course_utils.models import SoftmaxRegression
from course_utils.training import Epoch, History, evaluate, fit, train_epoch


def batches(sizes: list[int], seed: int = 0) -> list[tuple[Tensor, Tensor]]:
    """Batches of the given sizes: images [B, 1, 2, 3] and labels of three classes."""
    generator = torch.Generator().manual_seed(seed)
    made = []
    for size in sizes:
        images = torch.randn(size, 1, 2, 3, generator=generator)
        made.append((images, torch.randint(3, (size,), generator=generator)))
    return made


def small_model(seed: int = 0) -> SoftmaxRegression:
    torch.manual_seed(seed)
    return SoftmaxRegression(in_features=6, classes=3)


def test_an_epoch_is_the_loop_written_out() -> None:
    data = batches([4, 4, 2])
    ours, theirs = small_model(), small_model()
    train_epoch(ours, data, torch.optim.SGD(ours.parameters(), lr=0.5))
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.5)
    for images, labels in data:
        optimizer.zero_grad()
        F.cross_entropy(theirs(images), labels).backward()
        optimizer.step()
    assert all(map(torch.equal, ours.parameters(), theirs.parameters()))


def test_an_updater_takes_the_same_steps_as_an_optimizer() -> None:
    data = batches([4, 4, 2])
    ours, theirs = small_model(), small_model()
    parameters = list(ours.parameters())
    loss = train_epoch(ours, data, lambda batch_size: sgd(parameters, 0.5, batch_size))
    assert loss == pytest.approx(
        train_epoch(theirs, data, torch.optim.SGD(theirs.parameters(), 0.5))
    )
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        # The mean is taken before the backward pass in one and after it in the other.
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_a_model_that_is_a_plain_function_trains_with_an_updater() -> None:
    weight = torch.zeros(6, 3, requires_grad=True)
    data = batches([8])
    first, _ = train_epoch(lambda x: x.flatten(1) @ weight, data, lambda b: sgd([weight], 0.5, b))
    assert first == pytest.approx(math.log(3))
    assert evaluate(lambda x: x.flatten(1) @ weight, data)[0] < first


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_losses_and_accuracies_weigh_every_sample_alike(sizes: list[int]) -> None:
    data = batches(sizes)
    whole = [(torch.cat([x for x, _ in data]), torch.cat([y for _, y in data]))]
    model = small_model()
    assert evaluate(model, data) == pytest.approx(evaluate(model, whole), rel=1e-5)
    frozen = torch.optim.SGD(model.parameters(), lr=0.0)
    assert train_epoch(model, data, frozen) == pytest.approx(evaluate(model, whole), rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 7), min_size=1, max_size=7), accumulate=st.integers(2, 4))
def test_accumulating_is_one_large_batch(sizes: list[int], accumulate: int) -> None:
    """For every group, the incomplete last one and batches of unequal size included."""
    data = batches(sizes)
    groups = [data[i : i + accumulate] for i in range(0, len(data), accumulate)]
    merged = [(torch.cat([x for x, _ in g]), torch.cat([y for _, y in g])) for g in groups]
    one, other = small_model(), small_model()
    train_epoch(one, data, torch.optim.SGD(one.parameters(), lr=0.3), accumulate=accumulate)
    train_epoch(other, merged, torch.optim.SGD(other.parameters(), lr=0.3))
    for ours, theirs in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_old_gradients_do_not_count() -> None:
    data = batches([4, 4, 4])
    for accumulate in (1, 2):
        clean, stale = small_model(), small_model()
        for param in stale.parameters():
            param.grad = torch.full_like(param, 7.0)
        for model in (clean, stale):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
            train_epoch(model, data, optimizer, accumulate=accumulate)
        assert all(map(torch.equal, clean.parameters(), stale.parameters()))


def test_the_schedule_steps_with_the_optimizer() -> None:
    model = small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    train_epoch(model, batches([4, 4, 4, 4, 4]), optimizer, scheduler=scheduler, accumulate=2)
    assert optimizer.param_groups[0]["lr"] == 0.5**3


class _Modes(nn.Module):
    """Notes the mode and the gradient switch of each call; one part is frozen in eval mode."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 3)
        self.frozen = nn.Dropout(0.5).eval()
        self.seen: list[tuple[bool, bool]] = []

    def forward(self, images: Tensor) -> Tensor:
        self.seen.append((self.training, torch.is_grad_enabled()))
        logits: Tensor = self.linear(images.flatten(1))
        return logits


def test_evaluate_predicts_in_eval_mode_without_gradients_and_restores_each_part() -> None:
    model = _Modes()
    evaluate(model, batches([2]))
    assert model.seen == [(False, False)]
    assert model.training and model.linear.training and not model.frozen.training


def test_evaluate_restores_the_mode_after_an_error() -> None:
    model = small_model()
    with pytest.raises(RuntimeError):
        evaluate(model, [(torch.zeros(2, 99), torch.zeros(2, dtype=torch.int64))])
    assert model.training


def test_training_puts_the_model_into_training_mode() -> None:
    model = _Modes().eval()
    train_epoch(model, batches([2]), torch.optim.SGD(model.parameters(), lr=0.1))
    assert model.seen == [(True, True)]


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_loss_that_is_not_finite_stops_at_its_step(value: float) -> None:
    data = batches([2, 2, 2])
    data[1][0][0, 0, 0, 0] = value
    model = small_model()
    with pytest.raises(
        RuntimeError, match="loss: expected a finite number, got nan at epoch 4, step 2"
    ):
        train_epoch(model, data, torch.optim.SGD(model.parameters(), lr=0.1), epoch=4)
    assert all(torch.isfinite(param).all() for param in model.parameters())


def image_data(count: int = 40) -> ImageDataset:
    generator = torch.Generator().manual_seed(3)
    images = torch.randint(0, 256, (count, 1, 2, 3), generator=generator, dtype=torch.uint8)
    return ImageDataset(images, images.flatten(1)[:, :3].argmax(dim=1), ("a", "b", "c"))


def test_fit_learns_and_keeps_its_history(capsys: pytest.CaptureFixture[str]) -> None:
    data = image_data(300)
    loader = make_loader(data, batch_size=16, shuffle=True, seed=0)
    model = small_model()
    history = fit(
        model, loader, loader, 12, torch.optim.Adam(model.parameters(), lr=0.05), progress=False
    )
    assert len(history) == 12
    assert history[-1].test_accuracy > 0.9
    assert history.column("test_loss")[-1] < history.column("test_loss")[0]
    assert [epoch.number for epoch in history.epochs] == list(range(1, 13))
    assert str(history).splitlines()[0].startswith("Epoch 1: train loss ")
    assert capsys.readouterr() == ("", "")


def test_the_bar_counts_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    loader = make_loader(image_data(), batch_size=16)
    model = small_model()
    fit(model, loader, loader, 2, torch.optim.SGD(model.parameters(), lr=0.1))
    assert "epoch 2/2" in capsys.readouterr().err


def test_the_line_of_an_epoch() -> None:
    epoch = Epoch(3, 0.51234, 0.8125, 0.4, 0.9, 1.0)
    assert str(epoch) == (
        "Epoch 3: train loss 0.5123, train accuracy 81.25%, test loss 0.4000, test accuracy 90.00%"
    )
    history = History([epoch])
    again = History()
    again.load_state_dict(history.state_dict())
    assert again == history and repr(again) == str(epoch)
    with pytest.raises(ValueError, match="name: expected one of number, train_loss"):
        history.column("loss")


def test_bad_input_is_named() -> None:
    model = small_model()
    loader = make_loader(image_data(), batch_size=16)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="accumulate: expected at least 1, got 0"):
        train_epoch(model, batches([2]), optimizer, accumulate=0)
    with pytest.raises(ValueError, match="loader: expected at least one batch, got none"):
        train_epoch(model, [], optimizer)
    with pytest.raises(ValueError, match="accumulate: expected 1 with an updater, got 2"):
        train_epoch(model, batches([2]), lambda batch_size: None, accumulate=2)
    with pytest.raises(ValueError, match="loader: expected at least one batch"):
        evaluate(model, [])
    with pytest.raises(ValueError, match="epochs: expected at least 1, got 0"):
        fit(model, loader, loader, 0, optimizer)


class _Stream(IterableDataset[tuple[Tensor, int]]):
    """Samples one after the other, nobody knows how many."""

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        yield torch.zeros(1, 2, 3), 0


def test_fit_looks_at_its_arguments_before_it_begins(tmp_path: Path) -> None:
    model = small_model()
    loader = make_loader(image_data(), batch_size=16)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    path = tmp_path / "run.pt"
    fit(model, loader, loader, 1, optimizer, checkpoint=path, progress=False)
    other = small_model(1)
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1)
    before = [param.tolist() for param in other.parameters()]
    with pytest.raises(TypeError, match=r"^checkpoint: expected a path, got 5$"):
        fit(other, loader, loader, 2, optimizer, checkpoint=5)  # type: ignore[arg-type]
    stream = DataLoader(_Stream())
    with pytest.raises(TypeError, match=r"^train_loader: expected .* length, got DataLoader: "):
        fit(other, stream, loader, 2, optimizer, checkpoint=path)
    missing = tmp_path / "missing" / "run.pt"
    with pytest.raises(RuntimeError, match=r"^checkpoint: cannot write in .*missing \("):
        fit(other, loader, loader, 2, optimizer, checkpoint=missing)
    assert [param.tolist() for param in other.parameters()] == before
