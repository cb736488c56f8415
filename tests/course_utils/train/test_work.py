"""Devices, data on the device, and which backend carries what."""

from __future__ import annotations

import pytest
import torch
import torch.distributed as dist

from course_utils.datasets import ImageDataset, load_mnist, make_loader
from course_utils.training.place import Place
from course_utils.training.processes import backend_for
from course_utils.training.work import OnDevice, choose_device, fits


def test_data_on_the_device_give_the_batches_of_the_data_set() -> None:
    dataset = load_mnist(train=False)
    resident = OnDevice(dataset, torch.device("cpu"))
    assert len(resident) == len(dataset)
    batches = [[5, 3, 1999], [0], []]  # a share may be empty
    loaders = (make_loader(data, batch_sampler=batches) for data in (resident, dataset))
    for (images, labels), (expected, expected_labels) in zip(*loaders, strict=True):
        assert torch.equal(images, expected) and images.dtype == torch.float32
        assert torch.equal(labels, expected_labels) and labels.dtype == torch.int64


def test_data_go_to_the_device_where_they_fit() -> None:
    images = torch.zeros(10, 1, 28, 28, dtype=torch.uint8)
    dataset = ImageDataset(images, torch.zeros(10, dtype=torch.int64), ("zero",))
    nbytes = 10 * 784 + 10 * 8
    assert fits(dataset, 4 * nbytes) and not fits(dataset, 4 * nbytes - 1)


def test_gloo_carries_what_is_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert backend_for(torch.device("cpu")) == "gloo"
    for there, backend in ((True, "cpu:gloo,cuda:nccl"), (False, "gloo")):
        monkeypatch.setattr(dist, "is_nccl_available", lambda there=there: there)
        assert backend_for(torch.device("cuda", 1)) == backend


def test_any_number_of_processes_shares_the_cpu() -> None:
    assert choose_device("cpu", Place(5, 6, 5, 6, launched=True)) == torch.device("cpu")


def test_the_place_is_what_torchrun_says() -> None:
    assert Place.from_environment({}) == Place()
    assert Place.from_environment({"RANK": "3"}) == Place()
    said = {
        "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2",
        "TORCHELASTIC_RESTART_COUNT": "5",
    }  # fmt: skip
    assert Place.from_environment(said) == Place(3, 4, 1, 2, restarts=5, launched=True)
