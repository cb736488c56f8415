"""How a check decides and speaks, on an exercise small enough to see through."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from course_checks import engine, progress, registry
from course_checks.compare import difference, same, show
from course_checks.declared import replaced
from course_checks.engine import Exercise, Mistake, Variant
from course_checks.isolation import is_stub
from course_checks.result import CheckResult


def _vectors(generator: Generator) -> Iterator[tuple[Tensor]]:
    yield (torch.tensor([1.0, 3.0]),)
    yield (torch.rand(5, generator=generator),)
    yield (torch.rand(1, generator=generator),)


MEAN = Exercise(
    number="9.1",
    name="mean",
    solution="def mean(values):\n    return values.mean()\n",
    cases=_vectors,
    mistakes=(
        Mistake("sum", replaced("mean()", "sum()"), "That is the sum. How many values are there?"),
        Mistake("largest", lambda values: values.max(), "That is the largest. What is the middle?"),
    ),
    variants=(Variant(lambda values: values.median(), "That is the median."),),
)


def _mean_in_two_lines(values: Tensor) -> Tensor:
    total = values.sum()
    return total / len(values)


def test_right_answer_passes_however_it_is_written() -> None:
    result = MEAN.judge(_mean_in_two_lines)
    assert (result.passed, result.attempted, result.mistake) == (True, True, None)


def test_mistake_is_named_with_input_expectation_and_question() -> None:
    result = MEAN.judge(lambda values: torch.tensor(sum(values.tolist())))
    assert result.mistake == "sum"
    assert result.message.splitlines() == [
        "Input: values = [1.0, 3.0] (float32)",
        "Expected: 2.0 (float32)",
        "Got: 4.0 (float32)",
        "That is the sum. How many values are there?",
    ]


def test_two_mistakes_at_once_get_no_name() -> None:
    """Sum on some inputs and maximum on others is neither of the two."""
    result = MEAN.judge(lambda values: values.sum() if len(values) == 2 else values.max())
    assert result.mistake is None
    assert result.attempted and not result.passed


def test_a_mistake_on_one_input_only_gets_no_name() -> None:
    result = MEAN.judge(lambda values: values.sum() if len(values) == 2 else values.mean())
    assert result.mistake is None


def test_variant_passes_with_a_word() -> None:
    result = MEAN.judge(lambda values: values.sort().values[(len(values) - 1) // 2])
    assert result.passed
    assert result.message == "That is the median."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda values: None if len(values) == 2 else values.mean(), "returned None"),
        (lambda values: values, "Expected shape [], got [2]."),
        (lambda values: values.mean().double() + 1, "Expected dtype float32, got float64."),
        (lambda values: values.mean().item(), "Expected a tensor, got a float."),
        (lambda values: values.numpy() + 1, "Expected a tensor, got a NumPy array"),
        (lambda values: values.mean() * torch.nan, "nan"),
        (lambda values: values.mean() + 1e-2, "1 of 1 values differ."),
        (lambda values: values.mean().requires_grad_(), "gradients"),
        (lambda values: values.sub_(1).mean() + 1, "changed its input (values) in place"),
    ],
)
def test_other_differences_are_described_by_their_kind(answer: Any, words: str) -> None:
    result = MEAN.judge(answer)
    assert result.mistake is None
    assert words in result.message
    assert len(result.message.splitlines()) <= 5


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda values: print(values.mean()), "nothing returned"),
        (lambda values: values.mean().numpy(), "NumPy array"),
        (lambda values: values.double().mean(), "float64"),
    ],
)
def test_the_right_value_in_the_wrong_form_is_named(answer: Any, name: str) -> None:
    assert MEAN.judge(answer).mistake == name


def test_float_noise_is_no_mistake() -> None:
    assert MEAN.judge(lambda values: values.double().mean().float() * (1 + 2e-7)).passed


def test_of_several_observations_only_those_that_differ_are_shown() -> None:
    both = Exercise(
        number="9.2",
        name="both",
        solution="pair = (1, 2)\n",
        cases=lambda generator: [()],
        mistakes=(),
        observe=lambda answer: {"first": answer[0], "second": answer[1]},
    )
    lines = both.judge((1, 3)).message.splitlines()
    assert lines == ["Expected: {second: 2}", "Got: {second: 3}", "second: The number differs."]


def test_first_print_is_kept_and_the_rest_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    def talks(values: Tensor) -> Tensor:
        print("here")
        return values.mean()

    MEAN.check(talks)
    assert capsys.readouterr().out.count("here") == 1


def test_errors_show_the_students_line_and_a_translation() -> None:
    def multiplies(values: Tensor) -> Tensor:
        square = values.unsqueeze(0)
        return square @ square

    message = MEAN.judge(multiplies).message.splitlines()
    assert message[0] == "Input: values = [1.0, 3.0] (float32)"
    assert "return square @ square" in message[1]
    assert message[2].startswith("raised RuntimeError: ")
    assert "mat1 and mat2 shapes cannot be multiplied (1x2 and 1x2)" in message[2]
    assert message[3].startswith("In A @ B the last axis of A")


def test_interrupting_goes_through() -> None:
    def stopped(values: Tensor) -> Tensor:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        MEAN.judge(stopped)


def test_slow_answers_are_judged_by_what_they_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_PATIENCE_SECONDS", 0.0)
    seen: list[Tensor] = []

    def notes(values: Tensor) -> Tensor:
        seen.append(values)
        return values.mean()

    assert MEAN.judge(notes).passed
    assert len(seen) == 1


def _global_state() -> tuple[Any, ...]:
    return (
        torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate(),
        torch.is_grad_enabled(), torch.get_default_dtype(), sys.getrecursionlimit(), sys.stdout,
    )  # fmt: skip


def test_what_an_answer_does_to_the_settings_of_the_notebook_is_undone() -> None:
    def meddles(values: Tensor) -> Tensor:
        torch.manual_seed(1)
        np.random.seed(1)
        random.seed(1)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        sys.setrecursionlimit(sys.getrecursionlimit() + 7)
        sys.stdout = sys.stderr
        return values

    before = _global_state()
    assert not MEAN.judge(meddles).passed
    assert _global_state() == before


def _leaves(values: Tensor) -> Tensor:
    sys.exit(3)


def _never_ends(values: Tensor) -> Tensor:
    return _never_ends(values)


@pytest.mark.parametrize(
    ("answer", "words"),
    [(_leaves, "SystemExit"), (_never_ends, "RecursionError"), (lambda: 7, "TypeError")],
)
def test_an_answer_that_breaks_off_gets_a_verdict(answer: Any, words: str) -> None:
    assert words in MEAN.judge(answer).message


def _with_docstring(images: Tensor) -> int:  # type: ignore[empty-body]
    """Only words."""
    ...


def _passes(images: Tensor) -> None:
    # A comment is no work.
    pass


class _Untouched:
    def __init__(self, images: Tensor) -> None: ...

    def __len__(self) -> int:  # type: ignore[empty-body]
        ...


@pytest.mark.parametrize(
    "stub",
    [_with_docstring, _passes, _Untouched, ..., None, {"a": ...}, {"a": None, "b": ...}, [...]],
)
def test_stubs(stub: Any) -> None:
    assert is_stub(stub)
    assert not MEAN.judge(stub).attempted


@pytest.mark.parametrize(
    "answer", [len, lambda x: 0, lambda x: x, lambda: True, 0, "", {"a": 0}, {}]
)
def test_not_stubs(answer: Any) -> None:
    assert not is_stub(answer)


def test_same_is_strict_about_kind_and_lenient_about_rounding() -> None:
    assert same(2, 2) and not same(2, 2.0) and not same(2, True)
    assert same(0.1 + 0.2, 0.3) and not same(0.3, 0.31)
    assert same((1, [2.0]), [1, (2.0,)]) and not same((1, 2), (1, 2, 3))
    assert same({"a": torch.ones(2)}, {"a": torch.ones(2)}) and not same({"a": 1}, {"b": 1})
    assert same(torch.tensor([torch.nan]), torch.tensor([torch.nan]))
    assert difference(torch.ones(2), torch.ones(2, 1)) == (
        "shape",
        "Expected shape [2], got [2, 1].",
    )


def test_show_is_one_short_line() -> None:
    assert show(torch.tensor([0.123456])) == "[0.1235] (float32)"
    assert show(torch.zeros(4, 5)) == "float32 tensor of shape [4, 5]"
    assert show(list(range(200))).endswith("…") and len(show(list(range(200)))) == 160


def test_html_is_escaped_and_says_the_same() -> None:
    result = CheckResult(False, True, "a<b", "Got: <script>", "9.1")
    assert "<script>" not in result.html and "&lt;script&gt;" in result.html
    assert "not yet (a&lt;b)" in result.html
    assert "not yet (a<b)" in result.text and "Got: <script>" in result.text


def test_passing_is_noted_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(file))
    MEAN.check(lambda values: values.sum())
    assert not file.exists()
    MEAN.check(lambda values: values.mean())
    MEAN.check(lambda values: values.sum())
    assert json.loads(file.read_text(encoding="utf-8")) == {"passed": ["9.1"]}
    # The lock is an empty file, by which notebooks that pass at the same moment take turns.
    assert {path.name for path in tmp_path.iterdir()} <= {"progress.json", ".progress.json.lock"}


def test_progress_lists_the_notebooks_exercises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    registry.show_progress("00")
    assert capsys.readouterr().out.splitlines()[0] == "0 of 1 exercises of notebook 00 passed"
    progress.record_passed("0.1")
    registry.show_progress("00")
    assert capsys.readouterr().out.splitlines() == [
        "1 of 1 exercises of notebook 00 passed",
        "  ✓ 0.1 batch_length",
    ]
    with pytest.raises(ValueError, match="notebook: expected a number such as \"01\", got '99'"):
        registry.show_progress("99")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"passed": 3}', '{"passed": [1, "0.1"]}', "\x00"]
)
def test_damaged_progress_counts_as_little_as_it_says(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "progress.json"
    file.write_text(content, encoding="utf-8")
    monkeypatch.setenv("COURSE_PROGRESS", str(file))
    assert progress.passed_exercises() <= {"0.1"}
    progress.record_passed("2.1")
    assert "2.1" in progress.passed_exercises()


def test_a_folder_that_cannot_be_written_costs_the_record_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "missing" / "progress.json"))
    assert MEAN.check(lambda values: values.mean()).passed


def test_a_file_system_without_locks_costs_the_record_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr("filelock.FileLock", refuse)
    assert MEAN.check(lambda values: values.mean()).passed


KINDS = Exercise(
    number="9.3",
    name="kinds",
    solution='answers = {"a": "fruit", "b": "root", "c": "leaf"}\n',
    stub='answers = {"a": ..., "b": ..., "c": ...}\n',
    cases=lambda generator: [("a",), ("b",), ("c",)],
    observe=lambda answers, part: answers[part],
    mistakes=(
        Mistake("seeds", {"a": "root", "b": "root", "c": "leaf"}, "Where are its seeds?"),
        Mistake("below", {"a": "fruit", "b": "leaf", "c": "leaf"}, "Does it grow below?"),
    ),
)


def test_a_table_with_one_wrong_entry_gets_its_name() -> None:
    assert KINDS.judge({"a": "root", "b": "root", "c": "leaf"}).mistake == "seeds"


def test_a_table_with_several_wrong_entries_gets_a_hint_for_each() -> None:
    result = KINDS.judge({"a": "root", "b": "leaf", "c": "fruit"})
    assert result.mistake is None
    assert result.message.splitlines() == [
        "a: Where are its seeds?",
        "b: Does it grow below?",
        "c: 'fruit' does not fit.",
    ]


def test_a_table_that_is_half_filled_is_judged_as_far_as_it_goes() -> None:
    result = KINDS.judge({"a": "fruit", "b": "leaf", "c": ...})
    assert (result.attempted, result.passed) == (True, False)
    assert result.message.splitlines() == ["b: Does it grow below?", "Still open: c."]
    assert KINDS.judge({"a": "fruit", "b": ..., "c": ...}).mistake == "not finished"
    assert not KINDS.judge({"a": ..., "b": ..., "c": ...}).attempted


SIZES = Exercise(
    number="9.4",
    name="sizes",
    solution=(
        "def sizes(values):\n    found = []\n    for value in values:\n"
        "        found.append(len(value))\n    return found\n"
    ),
    cases=lambda generator: [(["a", "bb"],), (["ccc"],)],
    mistakes=(),
)


def test_what_ends_in_the_first_turn_is_named_wherever_there_is_a_loop() -> None:
    assert SIZES.judge(lambda values: [len(values[0])]).mistake == "first turn of the loop only"


class _HalfABox:
    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __len__(self) -> int:  # type: ignore[empty-body]
        ...


def test_a_class_with_a_method_left_open_is_not_finished() -> None:
    box = Exercise(
        number="9.5",
        name="box",
        solution=(
            "class Box:\n    def __init__(self, thing):\n        self.thing = thing\n\n"
            "    def __len__(self):\n        return 1\n"
        ),
        cases=lambda generator: [()],
        observe=lambda answer: len(answer(7)),
        mistakes=(),
    )
    result = box.judge(_HalfABox)
    assert (result.attempted, result.mistake) == (True, "not finished")
    assert "Still open: __len__." in result.message
