"""How an exercise is described, and how a check decides.

A check runs the answer and the reference on the same inputs, the smallest first. Where they
differ, it runs each known mistake on them too and names the one that behaves like the answer on
*every* input. The source of the answer is never read.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch

from course_checks import progress
from course_checks.compare import difference, same, same_outcome, show
from course_checks.declared import Edit, made, stub_of
from course_checks.errors import explain_error
from course_checks.general import Mistake, early_return, general_mistakes
from course_checks.isolation import Outcome, is_stub, open_parts, quiet, run
from course_checks.result import CheckResult
from course_utils.memory import each_operation

__all__ = ["Exercise", "Mistake", "Variant", "call"]

# After this many seconds a slow but finite answer is judged by the inputs it has seen.
_PATIENCE_SECONDS = 5.0


# One input, what the reference made of it, what the answer made of it.
Trial = tuple[tuple[Any, ...], Outcome, Outcome]


def call(answer: Callable[..., Any], *arguments: Any) -> Any:
    """The usual way to look at an answer: call it."""
    return answer(*arguments)


@dataclass(frozen=True)
class Variant:
    """Another right answer that is worth a word: it passes, and its message says what it is.

    answer: an `Edit` of the solution, or an implementation of its own. message: one or two
    sentences.
    """

    answer: Any
    message: str


@dataclass(frozen=True)
class Exercise:
    """One exercise: its number in the course, the right answer, and how to try an answer.

    number: "1.2". name: its check is called `check_<name>`. solution: the text of the notebook's
    fold, docstrings included. cases: from a seeded generator to argument tuples, the smallest
    first, edge cases last. mistakes: the known ones, each different from the others on some case.
    observe: what to do with an answer and one case; its result is compared. The default calls the
    answer; an exercise whose answer is a class or plain data says here how to look at it. variants:
    right answers that differ from the reference. forbids: what the task rules out, as a part of the
    name of a torch operation, with the sentence for whoever uses it. stub: what the student finds,
    where it is not just the solution with `...` in it.
    """

    number: str
    name: str
    solution: str
    cases: Callable[[torch.Generator], Iterable[tuple[Any, ...]]]
    mistakes: tuple[Mistake, ...]
    observe: Callable[..., Any] = field(default=call)
    variants: tuple[Variant, ...] = ()
    forbids: tuple[tuple[str, str], ...] = ()
    stub: str = ""

    @cached_property
    def reference(self) -> Any:
        """The right answer, made from the solution."""
        return made(self.solution)

    @property
    def stub_text(self) -> str:
        """What stands in the notebook before anything has been written."""
        return self.stub or stub_of(self.solution)

    def forms(self, mistake: Mistake) -> list[Any]:
        """The wrong answers of one mistake, made from the solution where they are edits of it."""
        wrong = mistake.wrong if isinstance(mistake.wrong, tuple) else (mistake.wrong,)
        return [self.answer_of(one) for one in wrong]

    def answer_of(self, declared: Any) -> Any:
        """The answer itself: an edit of the solution is made first."""
        return made(declared.change(self.solution)) if isinstance(declared, Edit) else declared

    @cached_property
    def _known(self) -> list[tuple[Mistake, Any]]:
        known = (*self.mistakes, *general_mistakes(self.reference), *early_return(self.solution))
        return [(mistake, wrong) for mistake in known for wrong in self.forms(mistake)]

    def check(self, answer: Any, seed: int = 0) -> CheckResult:
        """Try `answer`, show the verdict and return it.

        seed: of the random inputs; the notebooks use the default, the tests many.
        """
        result = self.judge(answer, seed)
        result.show()
        if result.passed:
            progress.record_passed(self.number)
        return result

    def judge(self, answer: Any, seed: int = 0) -> CheckResult:
        """The verdict on `answer`, without showing it. Never raises for what an answer does."""
        if is_stub(answer):
            return self._result(False, False, None, "Replace the ... and run the cell again.")
        generator = torch.Generator().manual_seed(seed)
        cases = list(self.cases(generator))
        tried: list[Trial] = []
        start = time.perf_counter()
        for position, case in enumerate(cases):
            expected = run(self.observe, self.reference, case, self._names)
            if position == 0:
                got = run(self.observe, answer, case, self._names)
            else:
                with quiet():
                    got = run(self.observe, answer, case, self._names)
            tried.append((case, expected, got))
            if time.perf_counter() - start > _PATIENCE_SECONDS:
                break
        if all(_accepted(expected, got) for _, expected, got in tried):
            ruled_out = self._ruled_out(answer, cases[0])
            return self._result(not ruled_out, True, "ruled out" if ruled_out else None, ruled_out)
        for variant in self.variants:
            if self._behaves_like(self.answer_of(variant.answer), tried):
                return self._result(True, True, None, variant.message)
        first_wrong = next(entry for entry in tried if not _accepted(entry[1], entry[2]))
        mistake = next(
            (one for one, wrong in self._known if self._behaves_like(wrong, tried)), None
        )
        if mistake is not None:
            return self._result(
                False, True, mistake.id, self._shown(*first_wrong) + mistake.message
            )
        if isinstance(answer, dict) and answer.keys() == self.reference.keys():
            return self._part_by_part(answer, tried)
        if still_open := open_parts(answer):
            words = f"Still open: {', '.join(still_open)}. What else does the task ask for?"
            return self._result(False, True, "not finished", words)
        return self._result(False, True, None, self._described(answer, *first_wrong))

    def _ruled_out(self, answer: Any, case: tuple[Any, ...]) -> str:
        """The sentence for an answer that is right by a way that the task rules out, else ""."""
        if not self.forbids:
            return ""
        used: list[str] = []
        with quiet(), each_operation(lambda name, result: used.append(name)):
            run(self.observe, answer, case, self._names)
        sentences = (words for part, words in self.forbids if any(part in name for name in used))
        return next(sentences, "")

    def _part_by_part(self, answer: dict[Any, Any], tried: list[Trial]) -> CheckResult:
        """The verdict on a table of which several entries are wrong, or open: a line for each."""
        lines, still_open = [], open_parts(answer)
        for (part, *_), expected, got in tried:
            if part in still_open or _accepted(expected, got):
                continue
            alone = {**self.reference, part: answer[part]}
            hints = (one.message for one in self.mistakes if alone in self.forms(one))
            lines.append(f"{part}: {next(hints, f'{_came(got)} does not fit.')}")
        name = "not finished" if still_open and not lines else None
        if still_open:
            lines.append(f"Still open: {', '.join(still_open)}.")
        return self._result(False, True, name, "\n".join(lines))

    @property
    def _names(self) -> tuple[str, ...]:
        """The names of the answer's arguments, to speak of them in messages."""
        target = self.reference if self.observe is call else self.observe
        if not callable(target):
            return ()
        names = tuple(inspect.signature(target).parameters)
        return names if self.observe is call else names[1:]

    def _behaves_like(self, other: Any, tried: list[Trial]) -> bool:
        """Whether `other` came out as the answer did on every input that was tried."""
        with quiet():
            return all(
                same_outcome(run(self.observe, other, case, self._names), got)
                for case, _, got in tried
            )

    def _shown(self, case: tuple[Any, ...], expected: Outcome, got: Outcome) -> str:
        """Up to three lines: the input, what was expected, what came."""
        lines = []
        if case:
            pairs = zip(self._names, case, strict=False)
            lines.append("Input: " + ", ".join(f"{name} = {show(value)}" for name, value in pairs))
        expected, got = _where_they_differ(expected, got)
        lines.append("Expected: " + _came(expected))
        lines.append("Got: " + _came(got))
        return "\n".join(lines) + "\n"

    def _described(
        self, answer: Any, case: tuple[Any, ...], expected: Outcome, got: Outcome
    ) -> str:
        """The message for a wrong answer that is no known mistake."""
        if got.error is not None:
            head = self._shown(case, expected, got).splitlines()[:1] if case else []
            return "\n".join([*head, *explain_error(got.error, answer)])
        if expected.error is not None:
            line = "Such an input should be refused with an error; your answer took it."
        elif got.changed and got.changed != expected.changed:
            line = f"Your answer changed its input ({', '.join(got.changed)}) in place."
        elif got.settings != expected.settings:
            line = (
                f"Your answer leaves {' and '.join(got.settings)} changed for every cell after it. "
                "Which form of that switch ends by itself?"
            )
        else:
            found = difference(expected.value, got.value)
            line = found[1] if found is not None else ""
        return self._shown(case, expected, got) + line

    def _result(
        self, passed: bool, attempted: bool, mistake: str | None, message: str
    ) -> CheckResult:
        return CheckResult(passed, attempted, mistake, message, self.number)


def _accepted(expected: Outcome, got: Outcome) -> bool:
    """Whether `got` is the reference's outcome; where that is an error, its type counts."""
    if expected.error is not None:
        return got.error is not None and isinstance(got.error, type(expected.error))
    return same_outcome(expected, got)


def _where_they_differ(expected: Outcome, got: Outcome) -> tuple[Outcome, Outcome]:
    """Both without the named observations in which they agree."""
    one, other = expected.value, got.value
    if not isinstance(one, dict) or not isinstance(other, dict) or one.keys() != other.keys():
        return expected, got
    keys = [key for key in one if not same(one[key], other[key])] or list(one)
    return (
        replace(expected, value={key: one[key] for key in keys}),
        replace(got, value={key: other[key] for key in keys}),
    )


def _came(outcome: Outcome) -> str:
    if outcome.error is None:
        return show(outcome.value)
    first = str(outcome.error).strip().splitlines()
    return f"{type(outcome.error).__name__}: {first[0][:90] if first else ''}".rstrip(": ")
