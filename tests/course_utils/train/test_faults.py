"""Processes that are killed, stopped or fail: nothing is lost, and the cause is shown."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from course_utils.training.processes import loopback_interface
from tests.course_utils.train.failing import REASON
from tests.course_utils.train.launching import (
    KILL,
    PATIENCE,
    SMALL,
    assert_same_bits,
    events,
    finished,
    program,
    torchrun,
)

KILLS = 10
EPOCHS = 120
"""More than ten attempts get done that end as early as the kills below."""


def wait_for(what: Callable[[], Any], started: subprocess.Popen[str]) -> Any:
    """Wait until `what` is true, as long as the run is going on."""
    end = time.monotonic() + PATIENCE
    while not (found := what()):
        assert started.poll() is None, started.communicate()
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.005)
    return found


def attempts(log: Path) -> list[list[dict[str, Any]]]:
    """The log's events, in a list of their own for each start of the processes."""
    found: list[list[dict[str, Any]]] = []
    for event in events(log):
        if event["event"] == "start":
            found.append([])
        found[-1].append(event)
    return found


def test_ten_kills_in_a_row_lose_nothing(tmp_path: Path) -> None:
    run = (*SMALL, "--epochs", EPOCHS)
    log, chance = tmp_path / "log.jsonl", random.Random(time.time_ns())
    options = ("--standalone", "--max-restarts", str(KILLS + 2), "--monitor-interval", "0.1")
    arguments = (*run, "--checkpoint-dir", tmp_path / "killed", "--log-file", log)
    with torchrun(*arguments, options=options) as started:
        for kill in range(KILLS):
            wait_for(lambda: len(attempts(log)) > kill, started)  # noqa: B023 - called at once
            epochs = chance.randrange(4)
            wait_for(lambda: len(attempts(log)[kill]) > epochs, started)  # noqa: B023
            # Somewhere in the epoch after that: in a batch, in the evaluation, in a save.
            time.sleep(chance.uniform(0, 0.06))
            os.kill(chance.choice(attempts(log)[kill][0]["processes"])["pid"], KILL)
        _, err = started.communicate(timeout=PATIENCE)
        assert started.returncode == 0, err
    starts = [attempt[0] for attempt in attempts(log)]
    assert [start["restarts"] for start in starts] == list(range(KILLS + 1))
    # Each start goes on where the one before it had got, and never begins again.
    done = [start["epochs"] for start in starts]
    assert done == sorted(done) and done[-1] > 0
    for before, start in zip(attempts(log), starts[1:], strict=False):
        ended = [event["number"] for event in before if event["event"] == "epoch"]
        # The log knows of an epoch a moment before the checkpoint does.
        assert start["epochs"] in [before[0]["epochs"], *ended][-2:]
    assert program(*run, "--checkpoint-dir", tmp_path / "whole") == 0
    assert_same_bits(tmp_path / "whole", tmp_path / "killed")


def test_sigterm_ends_all_with_a_checkpoint_that_one_process_goes_on_from(tmp_path: Path) -> None:
    run = (*SMALL, "--epochs", EPOCHS)
    log = tmp_path / "log.jsonl"
    arguments = (*run, "--checkpoint-dir", tmp_path / "stopped", "--log-file", log)
    with torchrun(*arguments) as started:
        wait_for(lambda: len(events(log)) > 2, started)
        started.terminate()
        _, err = started.communicate(timeout=PATIENCE)
    assert started.returncode != 0
    assert err.count("Stopped by SIGTERM after epoch ") == 1
    stopped = events(log)[-1]
    assert (stopped["event"], stopped["by"]) == ("stopped", "SIGTERM")
    assert program(*arguments, "--resume") == 0
    # Now alone, and from the very batch that the two had got to.
    again = attempts(log)[1][0]
    assert (again["epochs"], again["batch"]) == (stopped["epochs"], stopped["batch"])
    assert len(again["processes"]) == 1
    assert program(*run, "--checkpoint-dir", tmp_path / "whole") == 0
    assert_same_bits(tmp_path / "whole", tmp_path / "stopped")


def test_the_error_of_the_process_that_failed_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    code, _, err = finished(*SMALL, "--log-file", log, module="tests.course_utils.train.failing")
    assert code == 1
    assert f"ValueError: {REASON}" in err
    # The other one, whose connection broke, does not compete with it.
    cause = err.partition("Root Cause")[2]
    assert "rank      : 1 " in cause and REASON in cause
    assert "another process ended" not in err and "Connection closed" not in err


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def machine(port: int) -> tuple[str, ...]:
    """The options that one of two machines gives to torchrun; both are this one here."""
    return (
        *("--nnodes", "2", "--rdzv-backend", "c10d", "--rdzv-endpoint", f"127.0.0.1:{port}"),
        *("--rdzv-id", "lesson", "--local-addr", "127.0.0.1", "--max-restarts", "2"),
    )


def test_two_machines_train_together_and_survive_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The group spans two "machines", so the program does not choose loopback by itself.
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", loopback_interface() or "")
    run = (*SMALL, "--epochs", EPOCHS // 4)
    log, options = tmp_path / "log.jsonl", machine(free_port())
    arguments = (*run, "--checkpoint-dir", tmp_path / "both", "--log-file", log, "--resume")
    with ExitStack() as stack:
        both = [
            stack.enter_context(torchrun(*arguments, processes=1, options=options))
            for _ in range(2)
        ]
        wait_for(lambda: len(events(log)) > 2, both[0])
        os.kill(events(log)[0]["processes"][1]["pid"], KILL)
        for started in both:
            _, err = started.communicate(timeout=PATIENCE)
            assert started.returncode == 0, err
    assert len(attempts(log)) == 2
    assert attempts(log)[1][0]["epochs"] > 0
    assert program(*run, "--checkpoint-dir", tmp_path / "whole") == 0
    assert_same_bits(tmp_path / "whole", tmp_path / "both")
