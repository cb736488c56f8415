"""A torch and torchvision that do not belong together are found at every start, for nothing."""

import pytest

from course_launcher.failures import Failure
from course_launcher.places import Places
from course_launcher.set_up import ensure

from .fakes import IMPORT, FakeMachine

MEND = "-m pip install --force-reinstall -c constraints.txt torch torchvision"


@pytest.mark.parametrize("pair", [("2.14.0", "0.29.2"), ("2.15.0", "0.28.0")])
def test_a_pair_that_does_not_match_is_refused_at_every_start(
    places: Places, machine: FakeMachine, pair: tuple[str, str]
) -> None:
    ensure(places)
    machine.kinds()
    machine.install(*pair)
    for _ in range(2):
        with pytest.raises(Failure, match=f"torch {pair[0]}, torchvision {pair[1]}") as raised:
            ensure(places)
        assert MEND in str(raised.value)
    assert machine.ran == [], "nothing is imported to find this"
    machine.install("2.15.0", "0.29.2")
    ensure(places)


def test_another_build_is_tried_once(places: Places, machine: FakeMachine) -> None:
    ensure(places)
    machine.kinds()
    machine.install("2.15.0+cpu", "0.29.2")
    machine.fails = {"import torch, torchvision": "operator torchvision::nms does not exist"}
    with pytest.raises(Failure, match="do not belong together"):
        ensure(places)
    machine.fails = {}
    machine.install("2.15.0+cpu", "0.29.2+cpu")
    machine.kinds()
    ensure(places)
    assert machine.kinds() == [IMPORT]
    ensure(places)
    assert machine.ran == []


def test_a_missing_torch_is_refused(places: Places, machine: FakeMachine) -> None:
    ensure(places)
    for folder in places.site_packages():
        next(folder.glob("torchvision-*")).rmdir()
    with pytest.raises(Failure, match="torchvision missing"):
        ensure(places)
