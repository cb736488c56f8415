"""Tensors, their memory and the explorer of both: what it shows is what torch does."""

from __future__ import annotations

import itertools

import pytest
import torch

from course_utils.figures import Explorer, Reading, explore_strides, strides_figure
from course_utils.figures.strides import _NOTHING, _OPERATIONS, _read

PICTURE = torch.arange(8 * 6, dtype=torch.uint8).reshape(8, 6)


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return explore_strides(PICTURE)


def words(explorer: Explorer, first: str, then: str) -> str:
    return str(explorer.draw(first=first, then=then))


def test_both_lists_drive_the_picture(explorer: Explorer) -> None:
    explorer.controls["first"].value = "flip(1)"
    assert "flip(1): shape [3, 4]" in explorer.words.value
    explorer.controls["then"].value = "permute(1, 0)"
    assert "flip(1) then permute(1, 0): shape [4, 3]" in explorer.words.value
    explorer.controls["then"].value = _NOTHING
    assert "flip(1): shape" in explorer.words.value


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("permute(1, 0)", _NOTHING, "shape [4, 3], strides (1, 4), a view of the same memory"),
        ("permute(1, 0)", "contiguous()", "shape [4, 3], strides (3, 1), a copy in new memory"),
        ("reshape, sizes reversed", _NOTHING, "shape [4, 3], strides (3, 1), a view"),
        ("[::2, ::2]", _NOTHING, "shape [2, 2], strides (8, 2), a view of the same memory"),
        ("flip(1)", _NOTHING, "shape [3, 4], strides (4, 1), a copy in new memory"),
        ("unsqueeze(0)", _NOTHING, "shape [1, 3, 4], strides (12, 4, 1), a view"),
    ],
)
def test_shape_strides_and_memory_are_those_of_torch(
    explorer: Explorer, first: str, then: str, expected: str
) -> None:
    assert expected in words(explorer, first, then)


def test_a_view_that_torch_refuses_gives_its_reason(explorer: Explorer) -> None:
    explorer.controls["first"].value = "permute(1, 0)"
    explorer.controls["then"].value = "view(-1)"
    with pytest.raises(ValueError, match=r"refuses view\(-1\) for the shape \[4, 3\].*stride"):
        words(explorer, "permute(1, 0)", "view(-1)")
    assert explorer.words.value == ""


def test_every_choice_gives_a_picture_or_a_sentence() -> None:
    drawn = set()
    for first, then in itertools.product(_OPERATIONS, [_NOTHING, *_OPERATIONS]):
        try:
            reading = _read(PICTURE, first, then)
        except ValueError as refusal:
            assert str(refusal).startswith("PyTorch refuses")
            continue
        kind = (reading.table.shape, reading.is_view)
        if kind not in drawn:  # one picture of each kind is enough, and takes its time
            strides_figure(reading)
            drawn.add(kind)
    assert len(drawn) > 10


def test_table_and_picture_go_through_the_same_operations() -> None:
    for name, (_, apply) in _OPERATIONS.items():
        reading = _read(PICTURE, name, _NOTHING)
        assert torch.equal(reading.picture, apply(PICTURE))
        assert torch.equal(reading.table, apply(torch.arange(12).reshape(3, 4)))


def test_the_boxes_show_the_memory_in_its_order() -> None:
    def boxes(reading: Reading, position: int) -> list[str]:
        return [text.get_text() for text in strides_figure(reading).axes[position].texts]

    turned = _read(PICTURE, "permute(1, 0)", _NOTHING)
    assert boxes(turned, 0) == [str(number) for number in range(12)]
    assert boxes(turned, 1)[:3] == ["0", "4", "8"]
    copied = _read(PICTURE, "permute(1, 0)", "contiguous()")
    assert boxes(copied, 0) == [str(number) for number in range(12)]
    assert boxes(copied, 1)[:3] == ["0", "4", "8"]


def test_without_a_kernel_four_operations_stand_side_by_side(explorer: Explorer) -> None:
    figure = explorer.static()
    assert len(figure.axes) == 8
    for code in ("permute(1, 0)", "reshape(4, 3)", "[::2, ::2]", "flip(1)"):
        assert code in str(figure)
