"""Every public function under hundreds of draws of wrong arguments, counted.

    python benchmarks/robust.py [--draws 500] [--only softmax make_loader] [--out FILE]

hypothesis draws arguments for each function: some fit, and of most one or two are replaced by
something else, such as another shape, dtype or device, an empty batch, nan, huge and negative
sizes, bools, arrays, lists or None. The answer must be right (compared with torch's own function or
with plain arithmetic), or an error of a documented kind, in one line that begins with the name of
an argument. The cases are those of `tests/course_utils/robust`, which make a few draws of each. The table has a
row a function; the exit code is 1 where an answer was neither.
"""

import argparse
import io
import sys
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from machine import keep, machine

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.course_utils.robust.case import Arguments, Case, outcome  # noqa: E402
from tests.course_utils.robust.test_public_functions import CASES  # noqa: E402


def count(case: Case, draws: int) -> tuple[Counter[str], str]:
    """How often each outcome came, and what went wrong, "" for nothing."""
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=draws,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        # Without shrinking: the numbers of draws are to be read off, a test finds small examples.
        phases=[Phase.generate],
    )
    @given(case.arguments)
    def draw(arguments: Arguments) -> None:
        outcomes["draws"] += 1
        with redirect_stdout(io.StringIO()):  # of explorers, which clear a page that is not there
            outcomes[outcome(case, arguments)] += 1

    try:
        draw()
    except Exception as error:
        return outcomes, (str(error).splitlines() or [type(error).__name__])[0][:200]
    return outcomes, ""


def main() -> int:
    """Draw, print a row a function, and store the table where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--only", nargs="*", default=[], help="parts of names")
    parser.add_argument("--out", type=Path)
    given_here = parser.parse_args()
    lines = [
        "# Wrong arguments, function by function",
        "",
        f"{machine('hypothesis')}.",
        "",
        "| function | draws | right answers | documented errors | neither |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    failed = 0
    for case in CASES:
        if given_here.only and not any(part in case.name for part in given_here.only):
            continue
        outcomes, wrong = count(case, given_here.draws)
        draws, right = outcomes.pop("draws", 0), outcomes.pop("right answer", 0)
        failed += bool(wrong)
        lines.append(
            f"| {case.name} | {draws} | {right} | {outcomes.total()} | {wrong or 'none'} |"
        )
        print(lines[-1], flush=True)
    lines += ["", f"{failed} functions with an answer that was neither."]
    print(lines[-1])
    keep("\n".join(lines) + "\n", given_here.out)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
