"""The notebooks under strict nbval, many times in a row, each time in another surrounding.

    python benchmarks/soak.py [--rounds 20] [--notebooks 00 01] [--out FILE]

Each round copies the tree as it is now, runs pytest with nbval over the copy's notebooks as
`python course.py test` does (every stored output compared with a fresh one; but a cell has ten
minutes, because two kernels with two threads each fight over two cores), and then looks whether
anything in the copy is new, changed or gone. The rounds take the settings below in turn, and
another PYTHONHASHSEED each. The table has one row a round; the exit code is 1 where a test failed,
none ran, or the tree was not left as it was.

Run it with the Python of the course's environment. Python and pytest write no caches in these
rounds, so that whatever is left behind is the notebooks' own doing. A read-only checkout and a HOME
that cannot be written to are made with permission bits. Those do not bind root, whose rounds see a
read-only mount instead, in a mount namespace of their own (Linux, `unshare`).
"""

import argparse
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from machine import keep, machine
from tree_copy import ROOT, copy_tree, state

ODD_NAME = "Kurs für Anfänger – 学习 1"


@dataclass(frozen=True)
class Setting:
    """One surrounding. locales: the first of these that the machine has, or can make, is LC_ALL."""

    name: str
    threads: int = 1
    folder: str = "course"
    read_only: bool = False
    home_read_only: bool = False
    zone: str = ""
    locales: tuple[str, ...] = ()


SETTINGS = (
    Setting("1 thread"),
    Setting("2 threads", threads=2),
    Setting("path with spaces and non-ASCII letters", folder=ODD_NAME),
    Setting("read-only checkout", read_only=True),
    Setting("HOME not writable", home_read_only=True),
    Setting("TZ Asia/Kolkata, LC_ALL=C", zone="Asia/Kolkata", locales=("C",)),
    Setting(
        "TZ America/St_Johns, LC_ALL of another language",
        threads=2,
        zone="America/St_Johns",
        locales=("tr_TR.utf8", "de_DE.utf8", "C.utf8"),
    ),
    Setting(
        "all at once",
        threads=2,
        folder=ODD_NAME,
        read_only=True,
        home_read_only=True,
        zone="Pacific/Kiritimati",
        locales=("tr_TR.utf8", "de_DE.utf8", "C"),
    ),
)


@dataclass(frozen=True)
class Round:
    """What came of one round. left: the lines of git's status that were not there before it."""

    setting: str
    hash_seed: int
    seconds: float
    passed: int
    failed: int
    left: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether tests ran, none failed and the tree was left as it was."""
        return self.passed > 0 and self.failed == 0 and not self.left


def run_round(setting: Setting, hash_seed: int, notebooks: Sequence[str]) -> Round:
    """Copy the tree, run the notebooks in the setting, and look at what the copy has become."""
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as scratch:
        tree, home, passing = (Path(scratch) / name for name in (setting.folder, "home", "tmp"))
        for folder in (tree, home, passing):
            folder.mkdir()
        copy_tree(tree)
        before = state(tree)
        words = locale_of(setting, Path(scratch) / "locales")
        frozen = [tree] * setting.read_only + [home] * setting.home_read_only
        report = Path(scratch) / "report.xml"
        started = time.monotonic()
        with read_only(frozen) as prefix:
            finished = subprocess.run(
                [*prefix, *command(tree, notebooks, report)],
                cwd=tree,
                env=environment(setting, hash_seed, tree, home, passing) | words,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        seconds = time.monotonic() - started
        name = setting.name + (f" ({words['LC_ALL']})" if len(setting.locales) > 1 else "")
        passed, failed = counts(report)
        failed += finished.returncode not in (0, 1) or (finished.returncode == 1 and not failed)
        if failed:
            print(finished.stdout[-6000:], finished.stderr[-2000:], sep="\n", file=sys.stderr)
        return Round(name, hash_seed, seconds, passed, failed, difference(before, state(tree)))


def command(tree: Path, notebooks: Sequence[str], report: Path) -> list[str]:
    """pytest over the copy's notebooks, with the options of `python course.py test`."""
    paths = [
        str(path.relative_to(tree))
        for path in sorted((tree / "notebooks").glob("*.ipynb"))
        if not notebooks or path.name[:2] in notebooks
    ]
    return [
        *(sys.executable, "-m", "pytest", *paths, "-q", "-p", "no:cacheprovider"),
        *("-n", "2", "--dist", "loadfile", "--nbval", "--nbval-current-env"),
        *("--nbval-cell-timeout=600", f"--junit-xml={report}"),
    ]


def environment(
    setting: Setting, hash_seed: int, tree: Path, home: Path, passing: Path
) -> dict[str, str]:
    """The variables of a round. PYTHONPATH: the copy's package instead of the installed one."""
    variables = {
        **os.environ,
        "COURSE_DEVICE": "cpu",
        "OMP_NUM_THREADS": str(setting.threads),
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(home),
        "TMPDIR": str(passing),
    }
    # What a desktop or a shell has set would stand in for HOME and LC_ALL.
    for name in [one for one in variables if one.startswith(("LC_", "XDG_")) or one == "LANG"]:
        del variables[name]
    if setting.zone:
        variables["TZ"] = setting.zone
    return variables


def locale_of(setting: Setting, folder: Path) -> dict[str, str]:
    """The variables of the first of the setting's locales that is there or can be compiled."""
    if not setting.locales:
        return {}
    there = []
    if shutil.which("locale"):
        listing = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True)
        there = ["C", *listing.stdout.split()]
    for name in setting.locales:
        if name in there:
            return {"LC_ALL": name}
        if shutil.which("localedef"):
            folder.mkdir(exist_ok=True)
            source = ("-i", name.partition(".")[0], "-f", "UTF-8")
            subprocess.run(["localedef", *source, folder / name], capture_output=True)
            if (folder / name).is_dir():
                return {"LC_ALL": name, "LOCPATH": str(folder)}
    return {"LC_ALL": "C"}


@contextmanager
def read_only(folders: Sequence[Path]) -> Iterator[list[str]]:
    """Folders that cannot be written to meanwhile; yields what to put before the command."""
    if not folders:
        yield []
    elif os.geteuid() == 0:
        mounts = [f"--mount={folder}" for folder in folders]
        yield ["unshare", "--mount", sys.executable, __file__, *mounts, "--"]
    else:
        paths = [path for folder in folders for path in (folder, *folder.rglob("*"))]
        for path in paths:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
        try:
            yield []
        finally:
            for path in paths:
                path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o200)


def become(folders: Sequence[str], command: Sequence[str]) -> None:
    """Inside `unshare`: mount the folders read-only, prove it, and become the command."""
    for folder in folders:
        subprocess.run(["mount", "--bind", folder, folder], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        try:
            (Path(folder) / "written").touch()
        except OSError:
            continue
        raise SystemExit(f"{folder} can still be written to")
    os.chdir(Path.cwd())  # the mount lies over the folder that was entered before
    os.execvp(command[0], list(command))


def counts(report: Path) -> tuple[int, int]:
    """(passed, failed) tests of pytest's report; failed 1 where there is none."""
    if not report.exists():
        return 0, 1
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    tests, bad, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites for name in names)
        for names in (("tests",), ("failures", "errors"), ("skipped",))
    )
    return tests - bad - skipped, bad


def difference(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """The lines of git's status that only one of the two has."""
    return tuple(sorted({*before} ^ {*after}))


def table(rounds: Sequence[Round]) -> str:
    """The report: a row a round, and the verdict."""
    good = sum(one.good for one in rounds)
    lines = [
        "# The notebooks, again and again",
        "",
        f"{machine('nbval', 'ipykernel')}. Strict nbval, two workers.",
        "",
        "| round | setting | hash seed | seconds | passed | failed | left behind |",
        "| ---: | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for number, one in enumerate(rounds, start=1):
        left = ", ".join(one.left) or "nothing"
        lines.append(
            f"| {number} | {one.setting} | {one.hash_seed} | {one.seconds:.0f} "
            f"| {one.passed} | {one.failed} | {left} |"
        )
    lines += ["", f"{good} of {len(rounds)} rounds without a failure and with the tree as it was."]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Run the rounds, print each as it ends, and store the table."""
    if arguments and arguments[0].startswith("--mount="):
        cut = arguments.index("--")
        become([one.removeprefix("--mount=") for one in arguments[:cut]], arguments[cut + 1 :])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=len(SETTINGS))
    parser.add_argument("--first", type=int, default=1, help="the setting to begin with")
    parser.add_argument("--notebooks", nargs="*", default=[], help="numbers, such as 00 01")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        parser.error("the tree is no git repository: its state before and after is git's to tell")
    rounds = []
    for number in range(given.rounds):
        setting = SETTINGS[(number + given.first - 1) % len(SETTINGS)]
        rounds.append(run_round(setting, number, given.notebooks))
        print(table(rounds).splitlines()[-3], flush=True)
        keep(table(rounds), given.out)
    print(table(rounds).splitlines()[-1])
    return 0 if all(one.good for one in rounds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
