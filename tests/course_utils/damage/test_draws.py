"""Random damage is refused with the file's name. `benchmarks/damage.py` draws more of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.course_utils.damage.draws import (
    KINDS,
    Subject,
    bundled_files,
    checkpoint,
    draw,
    full_set,
    run_folder,
)
from tests.sources import fashion_folder

DRAWS = 40


def small_full_set(folder: Path) -> AbstractContextManager[Subject]:
    return full_set(folder, fashion_folder(), train=False)


@pytest.mark.parametrize("subject", [bundled_files, small_full_set, checkpoint, run_folder])
def test_damage_is_refused_with_the_files_name(
    subject: Callable[[Path], AbstractContextManager[Subject]], tmp_path: Path
) -> None:
    rng = random.Random(0)
    with subject(tmp_path) as whole:
        drawn = [draw(whole, rng) for _ in range(DRAWS)]
        assert {one.verdict for one in drawn} == {"refused"}, drawn
        assert {one.kind for one in drawn} == set(KINDS)
        # Put back, each of them loads: what was refused was the damage.
        assert [whole.refusal(file) for file in whole.files] == [None] * len(whole.files)
