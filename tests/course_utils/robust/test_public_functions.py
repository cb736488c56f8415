"""Whatever is handed to a public function: a right answer, or an error that names the argument.

A few draws each here; `python benchmarks/robust.py` makes 500 and more, and counts.
"""

from __future__ import annotations

import inspect
import re
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils import (
    datasets,
    environment,
    figures,
    functional,
    memory,
    metrics,
    models,
    shapes,
    training,
    widgets,
)
from tests.course_utils.robust import (
    chart_cases,
    data_cases,
    figure_cases,
    memory_cases,
    shape_cases,
    tensor_cases,
    training_cases,
    widget_cases,
)
from tests.course_utils.robust.case import Case, outcome

CASES = [
    *tensor_cases.CASES,
    *shape_cases.CASES,
    *data_cases.CASES,
    *training_cases.CASES,
    *memory_cases.CASES,
    *figure_cases.CASES,
    *chart_cases.CASES,
    *widget_cases.CASES,
]
MODULES = (
    *(datasets, environment, figures, functional, memory, metrics, models, shapes, training),
    widgets,
)

# They take no arguments, or are made by the functions above alone.
WITHOUT_A_CASE = {
    "datasets.verify_bundled",
    "environment.check_environment",
    "environment.main",
    *("environment.EnvironmentReport", "environment.Row"),
    *("memory.AllocatorEstimate", "memory.LayerMemory", "memory.MemoryEstimate"),
    *("memory.MemoryMeasurement", "memory.Moment", "memory.Trial", "memory.Workspace"),
    *("shapes.ShapeTrace", "shapes.Step"),
    *("training.Epoch", "widgets.explore_softmax"),
    # The bare step that a loop has: what does not fit gets torch's own words, as it would there.
    "memory.training_step",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
# The same draws in each run: what CI says is about the code, and new draws are the script's.
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_right_answer_or_a_named_error(case: Case, data: st.DataObject) -> None:
    outcome(case, data.draw(case.arguments))


def public_names(module: ModuleType) -> set[str]:
    """The module's functions and classes, as `functional.softmax`."""
    last = module.__name__.rpartition(".")[2]
    # `widgets` imports each of its own only when it is asked for.
    members = {
        name: getattr(module, name) for name in {*vars(module), *getattr(module, "__all__", ())}
    }
    return {
        f"{last}.{name}"
        for name, value in members.items()
        if (inspect.isfunction(value) or inspect.isclass(value)) and not name.startswith("_")
        if value.__module__.startswith((module.__name__, "course_utils.datasets.bundled"))
    }


def test_every_public_function_has_a_case() -> None:
    there = {name for case in CASES for name in re.findall(r"\w+\.\w+|\w+", case.name)}
    for module in MODULES:
        for name in sorted(public_names(module) - WITHOUT_A_CASE):
            assert name in there or name.rpartition(".")[2] in there, name
