"""The functions and classes that a notebook has its reader build, to hold the package to them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import torch
from torch.utils.data import Dataset

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def built_in(notebook: str, name: str) -> Any:
    """What stands under `name` in the solution of an exercise; notebook: its number, "05"."""
    (file,) = NOTEBOOKS.glob(f"{notebook}_*.ipynb")
    cells = nbformat.read(file, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    (solution,) = (code for code in blocks if re.search(rf"^(def|class) {name}\b", code, re.M))
    names: dict[str, Any] = {"torch": torch, "Dataset": Dataset}
    exec(solution, names)
    return names[name]
