"""The workflow for GitHub Actions, which cannot run here, agrees with what can."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from course_launcher.cli import COMMANDS
from course_launcher.readme import links

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / ".github" / "workflows" / "course.yml"
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load(FILE.read_text(encoding="utf-8"))
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]


def steps(job: str) -> list[dict[str, Any]]:
    return list(JOBS[job]["steps"])


def scripts(job: str) -> str:
    """All that the job runs in a shell."""
    return "\n".join(str(step["run"]) for step in steps(job) if "run" in step)


def actions() -> Iterator[str]:
    for job in JOBS:
        yield from (str(step["uses"]) for step in steps(job) if "uses" in step)


def course_commands(text: str) -> set[str]:
    """The commands of the front door in a text, whatever Python is called there."""
    return set(re.findall(r"python3? course\.py (\w+)", text))


def test_linux_runs_the_test_command_of_the_readme_and_of_ci() -> None:
    assert "python course.py test\n" in README
    assert CI.rstrip().endswith("python3 course.py test")
    assert steps("everything")[-1]["run"] == "python course.py test"


def test_linux_prepares_what_ci_prepares() -> None:
    installed = {
        package
        for script in (CI, scripts("everything"))
        for line in re.findall(r"apt-get install -y -qq (.+)", script)
        for package in line.split()
    }
    here = re.findall(r"apt-get install -y -qq (.+)", scripts("everything"))
    # npm is there already where .ci/run runs.
    assert installed == {*here[0].split()} and "npm" in installed
    package = re.search(r"npm pack --silent (\S+@[\d.]+)", CI)
    assert package is not None and package[0] in scripts("everything")
    for name in set(re.findall(r"\bexport (COURSE_\w+)", CI)):
        assert name in JOBS["everything"].get("env", {}) or f"{name}=" in scripts("everything")


@pytest.mark.parametrize("job", ["everything", "systems"])
def test_every_supported_python_is_tried(job: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tried = JOBS[job]["strategy"]["matrix"]["python"]
    assert tried == ["3.11", "3.12", "3.13", "3.14"]
    supported = SpecifierSet(project["requires-python"])
    assert all(version in supported for version in tried)
    # The first is the oldest that is supported, and no quotes are missing: 3.10 is not 3.1.
    assert f"3.{int(tried[0].split('.')[1]) - 1}" not in supported
    assert all(isinstance(version, str) for version in tried)


def test_every_system_of_the_readme_is_tried() -> None:
    systems = {"Linux": "ubuntu", "macOS": "macos", "Windows": "windows"}
    runners = [str(JOBS["everything"]["runs-on"]), *JOBS["systems"]["strategy"]["matrix"]["system"]]
    for name, runner in systems.items():
        assert f"| {name} |" in README
        assert any(one.startswith(runner) for one in runners), name


def test_it_runs_only_commands_that_exist() -> None:
    used = {command for job in JOBS for command in course_commands(scripts(job))}
    assert used == {"check", "test", "site"} <= {*COMMANDS}


def test_the_site_is_published_only_from_main_and_after_every_test() -> None:
    only_main = "github.event_name != 'pull_request' && github.ref == 'refs/heads/main'"
    assert JOBS["publish"]["if"] == only_main
    assert {*JOBS["publish"]["needs"]} == {*JOBS} - {"publish"}
    upload = next(step for step in steps("site") if "upload-pages" in str(step.get("uses")))
    assert upload["with"]["path"] == "build/site/html"


def test_permissions_are_the_least() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    granted = {name: job["permissions"] for name, job in JOBS.items() if "permissions" in job}
    assert granted == {"publish": {"pages": "write", "id-token": "write"}}


def test_every_job_ends_and_every_action_has_a_version() -> None:
    assert all(5 <= job["timeout-minutes"] <= 60 for job in JOBS.values())
    for action in actions():
        assert re.fullmatch(r"actions/[\w-]+@v\d+", action), action


def test_no_script_contains_what_a_stranger_may_have_written() -> None:
    """A pull request's title or branch in a script would be run by the shell."""
    for job in JOBS:
        assert "${{" not in scripts(job), job


def test_the_readme_badge_shows_this_workflow() -> None:
    assert f"actions/workflows/{FILE.name}/badge.svg" in links("https://github.com/someone/x")[0]
