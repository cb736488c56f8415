"""What notebook 10 shows of two processes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from course_utils.datasets import load_mnist
from course_utils.devices import set_seed
from course_utils.models import SoftmaxRegression
from course_utils.training.demonstrations import BATCH, UNEVEN, all_reduce_by_hand, gradient
from tests.course_utils.training.launching import finished

Seen = list[dict[str, Any]]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What each process wrote down, in the order of ranks; started as in the first edition."""
    folder = tmp_path_factory.mktemp("demonstrations")
    code, _, err = finished(folder, module="course_utils.train.demonstrations")
    assert code == 0, err
    return [torch.load(folder / f"rank_{rank}.pt", weights_only=True) for rank in range(2)]


def big_batch(count: int) -> Tensor:
    """The gradient of the whole batch, for the weights of process 0."""
    set_seed(0)
    return gradient(SoftmaxRegression(), *load_mnist().__getitems__(list(range(count))))


def test_the_sum_by_hand_is_that_of_all_reduce(seen: Seen) -> None:
    total = sum(one["own numbers"] for one in seen)
    for one in seen:
        assert torch.equal(one["by hand"], total)
        assert torch.equal(one["all_reduce"], total)


def test_ddp_gives_all_the_weights_of_the_first_and_the_mean_gradient(seen: Seen) -> None:
    assert seen[0]["weight before"] != seen[1]["weight before"]
    mean = torch.stack([one["own gradient"] for one in seen]).mean(dim=0)
    for one in seen:
        assert one["weight after"] == seen[0]["weight before"]
        # float32 sums of 64 gradients, none above 1, in another order
        torch.testing.assert_close(one["DDP gradient"], mean, rtol=0, atol=1e-6)
    assert not torch.allclose(seen[0]["own gradient"], mean, rtol=0, atol=1e-3)


def test_equal_shares_give_the_big_batch_and_unequal_ones_do_not(seen: Seen) -> None:
    assert sorted(index for one in seen for index in one["share"]) == list(range(BATCH))
    assert (seen[0]["DDP gradient"] - big_batch(BATCH)).abs().max() < 1e-6
    assert (seen[0]["uneven gradient"] - big_batch(UNEVEN)).abs().max() > 1e-6


def test_a_share_is_less_work(seen: Seen) -> None:
    for one in seen:
        assert 0 < one["seconds, share"] < one["seconds, whole batch"]


def test_without_a_group_there_is_nobody_to_add_to() -> None:
    with pytest.raises(ValueError, match="process group"):
        all_reduce_by_hand(torch.ones(2))
