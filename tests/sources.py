"""The original data from which the bundled files were made, as far as this machine has them."""

from pathlib import Path

FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")


def fashion_folder() -> Path:
    """The folder with the four original Fashion-MNIST files, which a Debian package installs."""
    assert FASHION_FOLDER.is_dir(), (
        "This test reads the original Fashion-MNIST files of a Debian or Ubuntu package: "
        "apt-get install dataset-fashion-mnist"
    )
    return FASHION_FOLDER
