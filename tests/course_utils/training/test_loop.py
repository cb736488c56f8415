"""One epoch, evaluation and whole runs: weights, figures, errors."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam

from course_utils.datasets import ImageDataset, make_loader
from course_utils.models import SoftmaxRegression
from course_utils.training import Epoch, History, evaluate, fit, train_epoch
from tests.course_utils.built import built_in


def batches(sizes: list[int]) -> list[tuple[Tensor, Tensor]]:
    """Batches of the given sizes: images [B, 1, 2, 3] and labels of three classes."""
    generator = torch.Generator().manual_seed(0)
    made = []
    for size in sizes:
        images = torch.randn(size, 1, 2, 3, generator=generator)
        made.append((images, torch.randint(3, (size,), generator=generator)))
    return made


def merged(data: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """The batches as a single one."""
    return torch.cat([images for images, _ in data]), torch.cat([labels for _, labels in data])


DATA = ImageDataset(
    torch.randint(256, (12, 1, 2, 3), generator=torch.Generator().manual_seed(1)).to(torch.uint8),
    torch.arange(12) % 3,
    "abc",
)


def small_model(seed: int = 0) -> SoftmaxRegression:
    torch.manual_seed(seed)
    return SoftmaxRegression(in_features=6, classes=3)


def test_an_epoch_is_the_loop_written_out() -> None:
    data = batches([4, 4, 2])
    ours, theirs = small_model(), small_model()
    train_epoch(ours, data, SGD(ours.parameters(), lr=0.5))
    optimizer = SGD(theirs.parameters(), lr=0.5)
    for images, labels in data:
        optimizer.zero_grad()
        F.cross_entropy(theirs(images), labels).backward()
        optimizer.step()
    assert all(map(torch.equal, ours.parameters(), theirs.parameters()))


def test_evaluate_is_the_one_of_notebook_07() -> None:
    data, model = batches([4, 4, 2]), small_model()
    assert evaluate(model, data) == pytest.approx(built_in("07", "evaluate")(model, data))


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_losses_and_accuracies_weigh_every_sample_alike(sizes: list[int]) -> None:
    data, model = batches(sizes), small_model()
    whole = evaluate(model, [merged(data)])
    assert evaluate(model, data) == pytest.approx(whole, rel=1e-5)
    frozen = SGD(model.parameters(), lr=0.0)
    assert train_epoch(model, data, frozen) == pytest.approx(whole, rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 7), min_size=1, max_size=7), accumulate=st.integers(1, 4))
def test_accumulating_is_one_large_batch(sizes: list[int], accumulate: int) -> None:
    """For every group, the incomplete last one and batches of unequal size included."""
    data = batches(sizes)
    groups = [merged(data[i : i + accumulate]) for i in range(0, len(data), accumulate)]
    one, other = small_model(), small_model()
    train_epoch(one, data, SGD(one.parameters(), lr=0.3), accumulate=accumulate)
    train_epoch(other, groups, SGD(other.parameters(), lr=0.3))
    for ours, theirs in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_old_gradients_do_not_count(accumulate: int) -> None:
    clean, stale = small_model(), small_model()
    for param in stale.parameters():
        param.grad = torch.full_like(param, 7.0)
    for model in (clean, stale):
        optimizer = SGD(model.parameters(), lr=0.3)
        train_epoch(model, batches([4, 4, 4]), optimizer, accumulate=accumulate)
    assert all(map(torch.equal, clean.parameters(), stale.parameters()))


def test_the_schedule_steps_with_the_optimizer() -> None:
    model = small_model()
    optimizer = SGD(model.parameters(), lr=1.0)
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


def test_training_puts_the_model_into_training_mode() -> None:
    model = _Modes().eval()
    train_epoch(model, batches([2]), SGD(model.parameters(), lr=0.1))
    assert model.seen == [(True, True)]


def test_a_loss_that_is_not_finite_stops_at_its_step() -> None:
    data = batches([2, 2, 2])
    data[1][0][0, 0, 0, 0] = torch.inf
    model = small_model()
    with pytest.raises(
        RuntimeError, match="loss: expected a finite number, got nan at epoch 4, step 2: lower"
    ):
        train_epoch(model, data, SGD(model.parameters(), lr=0.1), epoch=4)
    assert all(torch.isfinite(param).all() for param in model.parameters())


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (torch.zeros(2, 1, dtype=torch.int64), r"labels: expected shape \[2\], got \[2, 1\]"),
        (torch.zeros(2), "labels: expected class indices .*, got torch.float32"),
        (torch.zeros(3, dtype=torch.int64), r"labels: expected shape \[2\], got \[3\]"),
    ],
)
def test_labels_that_do_not_fit_are_named(labels: Tensor, sentence: str) -> None:
    model, data = small_model(), [(torch.zeros(2, 1, 2, 3), labels)]
    with pytest.raises((TypeError, ValueError), match=sentence):
        train_epoch(model, data, SGD(model.parameters()))
    with pytest.raises((TypeError, ValueError), match=sentence):
        evaluate(model, data)


def test_sizes_that_cannot_be_are_named() -> None:
    model = small_model()
    loader, optimizer = batches([2]), SGD(model.parameters())
    with pytest.raises(ValueError, match="accumulate: expected at least 1, got 0"):
        train_epoch(model, loader, optimizer, accumulate=0)
    with pytest.raises(ValueError, match="loader: expected at least one batch, got none"):
        train_epoch(model, [], optimizer)
    with pytest.raises(ValueError, match="loader: expected at least one batch, got none"):
        evaluate(model, [])
    with pytest.raises(ValueError, match="epochs: expected at least 1, got 0"):
        fit(model, make_loader(image_data(4)), loader, 0, optimizer)


def image_data(count: int) -> ImageDataset:
    generator = torch.Generator().manual_seed(3)
    images = torch.randint(0, 256, (count, 1, 2, 3), generator=generator, dtype=torch.uint8)
    return ImageDataset(images, images.flatten(1)[:, :3].argmax(dim=1), ("a", "b", "c"))


def test_fit_learns_and_keeps_its_history(capsys: pytest.CaptureFixture[str]) -> None:
    loader = make_loader(image_data(300), batch_size=16, shuffle=True, seed=0)
    model = small_model()
    history = fit(model, loader, loader, 12, Adam(model.parameters(), lr=0.05), progress=False)
    assert [epoch.number for epoch in history.epochs] == list(range(1, 13))
    assert history[-1].test_accuracy > 0.9
    assert history.column("test_loss")[-1] < history.column("test_loss")[0]
    assert capsys.readouterr() == ("", "")


def test_the_bar_counts_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    loader = make_loader(image_data(40), batch_size=16)
    model = small_model()
    fit(model, loader, loader, 2, SGD(model.parameters(), lr=0.1))
    said = capsys.readouterr().err
    assert "epoch 2/2" in said and "/6 " in said


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


def test_fit_asks_where_it_can_write_before_it_trains(tmp_path: Path) -> None:
    model = small_model()
    before = [param.tolist() for param in model.parameters()]
    loader, missing = make_loader(image_data(4)), tmp_path / "missing" / "run.pt"
    with pytest.raises(RuntimeError, match=r"^checkpoint: cannot write in .*missing \("):
        fit(model, loader, loader, 2, SGD(model.parameters()), checkpoint=missing)
    assert [param.tolist() for param in model.parameters()] == before


LOSSES = {
    "class weights": nn.CrossEntropyLoss(weight=torch.tensor([0.2, 1.0, 3.0])),
    "ignored labels": nn.CrossEntropyLoss(ignore_index=1),
    "label smoothing": nn.CrossEntropyLoss(label_smoothing=0.1),
    "all of them": nn.CrossEntropyLoss(
        weight=torch.tensor([0.2, 1.0, 3.0]), ignore_index=1, label_smoothing=0.1
    ),
}


@pytest.mark.parametrize("name", LOSSES)
@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_split_in_any_way_a_loss_is_that_of_one_batch_of_all_samples(
    name: str, sizes: list[int]
) -> None:
    data, loss = batches(sizes), LOSSES[name]
    for _, labels in data:
        labels[0] = 0  # in every batch, one label counts
    whole = [merged(data)]
    ours, theirs = small_model(), small_model()
    assert evaluate(ours, data, loss) == pytest.approx(evaluate(theirs, whole, loss), rel=1e-5)
    in_groups = train_epoch(ours, data, SGD(ours.parameters(), lr=0.5), loss, accumulate=9)
    at_once = train_epoch(theirs, whole, SGD(theirs.parameters(), lr=0.5), loss)
    assert in_groups == pytest.approx(at_once, rel=1e-5)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_a_loss_that_is_a_sum_is_refused_by_name() -> None:
    model, data, loss = small_model(), batches([2]), nn.CrossEntropyLoss(reduction="sum")
    with pytest.raises(ValueError, match="loss_function: expected reduction='mean', got 'sum'"):
        evaluate(model, data, loss)
    with pytest.raises(ValueError, match="loss_function: expected reduction='mean', got 'sum'"):
        train_epoch(model, data, SGD(model.parameters(), lr=0.1), loss)


def test_a_batch_without_a_label_that_counts_says_so() -> None:
    model, images = small_model(), torch.zeros(2, 1, 2, 3)
    with pytest.raises(ValueError, match="labels: expected at least one that counts"):
        train_epoch(model, [(images, torch.full((2,), -100))], SGD(model.parameters(), lr=0.1))


def test_a_plateau_is_stepped_with_the_test_loss_and_goes_on_after_a_stop(tmp_path: Path) -> None:
    def run(epochs: int, path: Path) -> tuple[float, Tensor]:
        model = small_model()
        optimizer = SGD(model.parameters(), lr=1.0)
        # A threshold that no epoch reaches: every second one halves the rate.
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=0.5, patience=1, threshold=10
        )
        loader = make_loader(DATA, batch_size=4, shuffle=True, seed=0)
        fit(model, loader, loader, epochs, optimizer, plateau, checkpoint=path, progress=False)
        return optimizer.param_groups[0]["lr"], model.linear.weight.detach()

    rate, weight = run(6, tmp_path / "whole.pt")
    run(3, tmp_path / "stopped.pt")
    again, resumed = run(6, tmp_path / "stopped.pt")
    assert rate == again < 1.0
    assert torch.equal(weight, resumed)


def test_lbfgs_is_refused_before_anything_moves() -> None:
    model, data = small_model(), batches([2])
    before = model.linear.weight.detach().clone()
    with pytest.raises(ValueError, match="optimizer: LBFGS"):
        fit(model, data, data, 1, torch.optim.LBFGS(model.parameters()))  # type: ignore[arg-type]
    assert torch.equal(model.linear.weight, before)
