"""What notebook 10 shows of two processes holds for two and for three of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from course_utils.datasets import load_mnist
from course_utils.devices import set_seed
from course_utils.models import SoftmaxRegression
from course_utils.training.demonstrations import BATCH, UNEVEN, all_reduce_by_hand, gradient
from tests.course_utils.train.launching import finished

Seen = list[dict[str, Any]]


@pytest.fixture(scope="module", params=[2, 3])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What each process wrote down, in the order of ranks."""
    folder = tmp_path_factory.mktemp("demonstrations")
    code, _, err = finished(
        folder, processes=request.param, module="course_utils.training.demonstrations"
    )
    assert code == 0, err
    files = [folder / f"rank_{rank}.pt" for rank in range(request.param)]
    assert sorted(folder.iterdir()) == files
    return [torch.load(file, weights_only=True) for file in files]


def big_batch(count: int) -> torch.Tensor:
    """The gradient of the whole batch, for the weights of process 0."""
    set_seed(0)
    return gradient(SoftmaxRegression(), *load_mnist().__getitems__(list(range(count))))


def test_the_sum_by_hand_is_that_of_all_reduce(seen: Seen) -> None:
    total = sum(one["own numbers"] for one in seen)
    for one in seen:
        assert torch.equal(one["by hand"], total)
        assert torch.equal(one["all_reduce"], total)


def test_all_begin_with_the_weights_of_the_first(seen: Seen) -> None:
    assert len({one["weight before"] for one in seen}) == len(seen)
    assert {one["weight after"] for one in seen} == {seen[0]["weight before"]}


def test_every_sample_is_in_one_share(seen: Seen) -> None:
    assert sorted(index for one in seen for index in one["share"]) == list(range(BATCH))


def test_ddp_averages_the_gradients_of_the_processes(seen: Seen) -> None:
    mean = torch.stack([one["own gradient"] for one in seen]).mean(dim=0)
    for one in seen:
        # float32 sums of 64 gradients, none above 1, in another order
        torch.testing.assert_close(one["DDP gradient"], mean, rtol=0, atol=1e-6)
    assert not torch.allclose(seen[0]["own gradient"], mean, rtol=0, atol=1e-3)


def test_equal_shares_give_the_big_batch_and_unequal_ones_do_not(seen: Seen) -> None:
    def error(name: str, count: int) -> float:
        return float((seen[0][name] - big_batch(count)).abs().max())

    assert (error("DDP gradient", BATCH) < 1e-6) == (BATCH % len(seen) == 0)
    assert (error("uneven gradient", UNEVEN) < 1e-6) == (UNEVEN % len(seen) == 0)


def test_a_share_is_less_work(seen: Seen) -> None:
    for one in seen:
        assert 0 < one["seconds, share"] < one["seconds, whole batch"]


def test_without_a_group_there_is_nobody_to_add_to(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="process group"):
        all_reduce_by_hand(torch.ones(2))
