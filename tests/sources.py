"""The original data from which the bundled files were made, as far as this machine has them."""

import os
from pathlib import Path

import pytest

FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")


def fashion_folder() -> Path:
    """The folder with the four original Fashion-MNIST files, which a Debian package installs.

    Without it the test is skipped, but fails in `.ci/run`.
    """
    if not FASHION_FOLDER.is_dir():
        sentence = (
            "This test reads the original Fashion-MNIST files of a Debian or Ubuntu package: "
            "apt-get install dataset-fashion-mnist"
        )
        if os.environ.get("COURSE_NEEDS_ORIGINALS"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    return FASHION_FOLDER
