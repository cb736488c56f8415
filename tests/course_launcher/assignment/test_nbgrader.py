"""What nbgrader itself makes of the assignments, from the source to the exported grades."""

from __future__ import annotations

import re
from typing import Any

import pytest

from course_checks import EXERCISES
from course_launcher.notebook_files import Notebook, joined, read
from tests.notebooks.reading import PATHS

from .nbgrader_course import NbgraderCourse, grade_id, imports, nbgrader_cells, parts, run

NAMES = [path.stem for path in PATHS]
EVERY = pytest.mark.parametrize("name", NAMES)

# A right answer may warn: nbgrader by itself would take that for a failed test.
NOISE = """\
import functools
import sys
import warnings


def noisy(answer):
    @functools.wraps(answer)
    def speaking(*arguments):
        print("a word on stderr", file=sys.stderr)
        warnings.warn("a warning", stacklevel=1)
        return answer(*arguments)

    return speaking


batch_length = noisy(batch_length)
"""

# What the student "wrong" hands in; the exercises that are not here they have right.
WRONG = {
    "00_start_here": {"0.1": "def batch_length(images):\n    return images.shape[1]\n"},
    "01_tensor_shapes": {
        "1.1": "def flatten_batch(images):\n    return images.flatten()\n",
        "1.4": "def channel_statistics(images):\n    raise SystemExit\n",
    },
}
GRADED = pytest.mark.parametrize("name", WRONG)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> NbgraderCourse:
    """Every notebook of the course as an assignment, and what nbgrader releases of it."""
    made = NbgraderCourse(tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("home"))
    for name in NAMES:
        made.add(name)
    made.run("generate_assignment", "*")
    return made


@pytest.fixture(scope="module")
def graded(course: NbgraderCourse) -> NbgraderCourse:
    """Three students' submissions of two notebooks, graded and exported."""
    for name, wrong in WRONG.items():
        right = {grade_id(number): code for number, code in solutions(name).items()}
        wrong = {grade_id(number): code for number, code in wrong.items()}
        noise = {"exercise-0-1": f"{right['exercise-0-1']}\n\n{NOISE}"} if name[:2] == "00" else {}
        course.submit("right", name, {**right, **noise})
        course.submit("wrong", name, {**right, **wrong})
        course.submit("empty", name, {})
    course.run("autograde", "*")
    course.run("export")
    return course


def solutions(name: str) -> dict[str, str]:
    """Number to solution, as a reader would copy them from the folds of the course's notebook."""
    found, number = {}, ""
    for cell in read(PATHS[NAMES.index(name)])["cells"]:
        source = joined(cell["source"])
        heading = re.match(r"### Exercise (\d+\.\d+)", source)
        number = heading[1] if heading else number
        fold = source.partition("<summary>Solution</summary>")[2]
        if fold:
            found[number] = fold.partition("```python\n")[2].partition("```")[0]
    return found


def numbers(name: str) -> list[str]:
    return [number for number in EXERCISES if number.partition(".")[0].zfill(2) == name[:2]]


def text_of_cells(notebook: Notebook) -> str:
    return "\n".join(joined(cell["source"]) for cell in notebook["cells"])


# --- the source ---------------------------------------------------------------------------------


@EVERY
def test_source_has_a_solution_and_a_test_for_each_exercise(
    course: NbgraderCourse, name: str
) -> None:
    source = course.source(name)
    ids = [grade_id(number) for number in numbers(name)]
    assert list(nbgrader_cells(source, "solution")) == ids
    assert list(nbgrader_cells(source, "grade")) == ids


@EVERY
def test_metadata(course: NbgraderCourse, name: str) -> None:
    source = course.source(name)
    for role in ("solution", "grade"):
        for identifier, cell in nbgrader_cells(source, role).items():
            metadata = dict(cell["metadata"]["nbgrader"])
            points = metadata.pop("points", None)
            assert metadata == {
                "grade": role == "grade",
                "grade_id": identifier if role == "solution" else f"{identifier}-check",
                "locked": role == "grade",
                "schema_version": 3,
                "solution": role == "solution",
                "task": False,
            }
            assert (points in (1, 2, 3)) if role == "grade" else (points is None)
    ids = [cell["id"] for cell in source["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", one) for one in ids)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in source["cells"])


@EVERY
def test_points_are_the_dots_of_the_task(course: NbgraderCourse, name: str) -> None:
    source = course.source(name)
    dots = re.findall(
        r"^### Exercise (\S+).*?\n\n([●○]{3}) ·", text_of_cells(source), flags=re.MULTILINE
    )
    points = {
        identifier: cell["metadata"]["nbgrader"]["points"]
        for identifier, cell in nbgrader_cells(source, "grade").items()
    }
    assert points == {grade_id(number): shown.count("●") for number, shown in dots}


@EVERY
def test_the_solution_in_the_source_gets_its_points(course: NbgraderCourse, name: str) -> None:
    source = course.source(name)
    tests = nbgrader_cells(source, "grade")
    for identifier, cell in nbgrader_cells(source, "solution").items():
        scope = imports(source)
        assert run(joined(cell["source"]), scope).passed
        run(joined(tests[identifier]["source"]), scope)


# --- what students get --------------------------------------------------------------------------


@EVERY
def test_released_version_tells_no_solution(course: NbgraderCourse, name: str) -> None:
    released = course.released(name)
    everything = text_of_cells(released)
    for word in ("BEGIN", "END SOLUTION", "HIDDEN", "<summary>Solution"):
        assert word not in everything
    stubs = nbgrader_cells(released, "solution")
    folds = [
        joined(cell["source"])
        for cell in released["cells"]
        if "<summary>Hint 1" in joined(cell["source"])
    ]
    assert [fold.count("<details>") for fold in folds] == [2] * len(stubs)
    for number, solution in solutions(name).items():
        assert solution.strip() not in everything
        stub = joined(stubs[grade_id(number)]["source"])
        given = course_stub(name, number)
        for line in map(str.strip, solution.splitlines()):
            if line and line not in given:
                assert line not in stub


def course_stub(name: str, number: str) -> str:
    """The code cell of an exercise in the course's own notebook."""
    cells = read(PATHS[NAMES.index(name)])["cells"]
    tasks = [joined(cell["source"]).startswith(f"### Exercise {number} ") for cell in cells]
    return joined(cells[tasks.index(True) + 1]["source"])


@EVERY
def test_released_stub_is_the_courses_own(course: NbgraderCourse, name: str) -> None:
    """The same lines, and nbgrader's invitation to write; the check says "not attempted yet"."""
    released = course.released(name)
    tests = nbgrader_cells(course.source(name), "grade")
    for number, (identifier, cell) in zip(
        numbers(name), nbgrader_cells(released, "solution").items(), strict=True
    ):
        source, scope = joined(cell["source"]), imports(released)
        for line in course_stub(name, number).splitlines():
            assert line.removesuffix("...").rstrip() in source
        assert "# YOUR CODE HERE" in parts(source)[1]
        verdict = run(source, scope)
        assert not verdict.attempted and not verdict.passed
        with pytest.raises(AssertionError):
            run(joined(tests[identifier]["source"]), scope)


# --- the grades ---------------------------------------------------------------------------------


@GRADED
def test_scores(graded: NbgraderCourse, name: str) -> None:
    points = {
        identifier: cell["metadata"]["nbgrader"]["points"]
        for identifier, cell in nbgrader_cells(graded.source(name), "grade").items()
    }
    full, scores = sum(points.values()), graded.scores()
    lost = sum(points[grade_id(number)] for number in WRONG[name])
    assert scores["right", name] == (full, full)
    assert scores["wrong", name] == (full - lost, full)
    assert scores["empty", name] == (0, full)


@GRADED
@pytest.mark.parametrize("student", ["right", "wrong", "empty"])
def test_only_failed_tests_raise(graded: NbgraderCourse, name: str, student: str) -> None:
    """The notebook around the exercises runs through, whatever a student hands in."""
    failed = set(errors(graded.autograded(student, name))) - expected_errors(name)
    wrong = {"right": [], "wrong": list(WRONG[name]), "empty": numbers(name)}[student]
    assert failed == {f"{grade_id(number)}-check" for number in wrong}


def errors(notebook: Notebook) -> list[str]:
    """The grade ids, or else the ids, of the cells that raised."""
    return [
        cell["metadata"].get("nbgrader", {}).get("grade_id", cell["id"])
        for cell in notebook["cells"]
        if any(output["output_type"] == "error" for output in cell.get("outputs", ()))
    ]


def expected_errors(name: str) -> set[str]:
    """The ids of the cells that show an error on purpose."""
    return {
        cell["id"]
        for cell in read(PATHS[NAMES.index(name)])["cells"]
        if "raises-exception" in cell["metadata"].get("tags", ())
    }


@GRADED
def test_students_read_the_verdicts(graded: NbgraderCourse, name: str) -> None:
    for student, words in (("empty", "not attempted yet"), ("right", "correct")):
        for cell in nbgrader_cells(graded.autograded(student, name), "solution").values():
            assert words in shown(cell["outputs"])
    wrong = nbgrader_cells(graded.autograded("wrong", name), "solution")
    for number in WRONG[name]:
        assert "not yet" in shown(wrong[grade_id(number)]["outputs"])


def shown(outputs: list[dict[str, Any]]) -> str:
    return "\n".join(joined(output.get("data", {}).get("text/plain", "")) for output in outputs)


def test_grading_is_not_the_instructors_progress(graded: NbgraderCourse) -> None:
    assert not (graded.home / "progress.json").exists()
    assert (graded.folder / "autograded" / "right" / "00_start_here" / "progress.json").exists()
