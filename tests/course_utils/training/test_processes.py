"""Several processes: the weights and figures of a single one; kills, stops and failures."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.distributed import HashStore  # type: ignore[attr-defined]

from course_utils.training.processes import Place, Processes, loopback_interface, meet
from course_utils.training.settings import LostProcess
from tests.course_utils.training.failing import REASON
from tests.course_utils.training.launching import (
    PATIENCE,
    SMALL,
    assert_same_bits,
    events,
    finished,
    program,
    torchrun,
)
from tests.course_utils.training.scenarios import CPU, SCENARIOS, WORLDS, trained

ALONE = Processes(Place(), CPU)
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
Results = dict[tuple[int, int], dict[str, Any]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What each process of each group ended with, by world size and rank."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("scenarios")
    code, _, err = finished(folder, processes=4, module="tests.course_utils.training.scenarios")
    assert code == 0, err
    return {
        (world_size, rank): torch.load(folder / f"{world_size}_{rank}.pt", weights_only=True)
        for world_size in WORLDS
        for rank in range(world_size)
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_they_end_with_the_weights_and_figures_of_one_process(name: str, results: Results) -> None:
    expected = trained(SCENARIOS[name], ALONE)
    for (world_size, rank), result in results.items():
        found = result[name]
        assert torch.equal(found["weights"], results[world_size, 0][name]["weights"])
        if world_size == 3:
            continue  # another cut of the batches, other rounding
        assert torch.equal(found["weights"], expected["weights"]), (world_size, rank)
        # Test images are cut into other batches, which rounds a loss in its last digits.
        tolerance = 2e-2 if "bf16" in name else 1e-5
        torch.testing.assert_close(
            found["figures"], expected["figures"], rtol=tolerance, atol=tolerance
        )


def test_three_processes_agree_up_to_rounding(results: Results) -> None:
    expected = trained(SCENARIOS["softmax"], ALONE)["weights"]
    # Adam divides by the size of the gradient, which magnifies the rounding of small ones.
    assert (results[3, 0]["softmax"]["weights"] - expected).abs().mean() < 1e-4


def test_they_tell_each_other_the_same(results: Results) -> None:
    for (world_size, _), result in results.items():
        said = result["said"]
        assert said["largest"] == 3 * (world_size - 1)
        assert said["from_first"] == "rank 0"
        assert said["from_all"] == list(range(world_size))
        assert "expected a finite number, got nan in epoch 1" in said["failure"]


def test_each_start_meets_apart_from_what_dead_processes_left_in_the_store() -> None:
    store, patience = HashStore(), timedelta(seconds=30)
    store.set("hello/1", "said by a process that is dead")
    names: list[str] = []
    for _ in range(3):
        with ThreadPoolExecutor(3) as pool:
            met = [pool.submit(meet, store, rank, 3, patience) for rank in range(3)]
            found = {one.result() for one in met}
        assert len(found) == 1
        names += found
    assert len(set(names)) == 3
    with pytest.raises(LostProcess, match=r"processes \[1\] did not come"):
        meet(store, 0, 2, timedelta(seconds=0.2))


def test_the_place_is_what_torchrun_says(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2",
        "TORCHELASTIC_RESTART_COUNT": "5",
    }  # fmt: skip
    assert Place.from_environment() == Place()
    for variable, value in said.items():
        monkeypatch.setenv(variable, value)
    assert Place.from_environment() == Place(3, 4, 1, 2, restarts=5, launched=True)


def wait_for(what: Callable[[], Any], started: subprocess.Popen[str]) -> None:
    """Wait until `what` is true, as long as the run is going on."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert started.poll() is None, started.communicate()
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.005)


def starts(log: Path) -> list[dict[str, Any]]:
    return [event for event in events(log) if event["event"] == "start"]


def test_sigterm_ends_all_with_a_checkpoint_that_one_process_goes_on_from(tmp_path: Path) -> None:
    run, log = (*SMALL, "--epochs", 30), tmp_path / "log.jsonl"
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
    again = starts(log)[1]
    assert (again["epochs"], again["batch"]) == (stopped["epochs"], stopped["batch"])
    assert len(again["processes"]) == 1
    assert program(*run, "--checkpoint-dir", tmp_path / "whole") == 0
    assert_same_bits(tmp_path / "whole", tmp_path / "stopped")


def test_the_error_of_the_process_that_failed_is_shown() -> None:
    code, _, err = finished(*SMALL, module="tests.course_utils.training.failing")
    assert code == 1
    assert f"ValueError: {REASON}" in err
    # The other one, whose connection broke, does not compete with it.
    cause = err.partition("Root Cause")[2]
    assert "rank      : 1 " in cause and REASON in cause
    assert "another process ended" not in err and "Connection closed" not in err


def test_wrong_input_is_said_once(tmp_path: Path) -> None:
    code, out, err = finished("--batch-size", 7, "--checkpoint-dir", tmp_path)
    assert code == 1  # torchrun's own; the process's is in its summary
    assert err.count("--batch-size: expected a multiple of 2") == 1 and out == ""
    assert "exitcode  : 2" in err
    assert not list(tmp_path.iterdir())


def machine(port: int) -> tuple[str, ...]:
    """The options that one of two machines gives to torchrun; both are this one here."""
    return (
        *("--nnodes", "2", "--rdzv-backend", "c10d", "--rdzv-endpoint", f"127.0.0.1:{port}"),
        *("--rdzv-id", "lesson", "--local-addr", "127.0.0.1", "--max-restarts", "2"),
        *("--monitor-interval", "0.1"),
    )


def test_two_machines_train_together_and_survive_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The group spans two "machines", so the program does not choose loopback by itself.
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", loopback_interface() or "")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        options = machine(probe.getsockname()[1])
    run, log = (*SMALL, "--epochs", 30), tmp_path / "log.jsonl"
    arguments = (*run, "--checkpoint-dir", tmp_path / "both", "--log-file", log, "--resume")
    with ExitStack() as stack:
        both = [
            stack.enter_context(torchrun(*arguments, processes=1, options=options))
            for _ in range(2)
        ]
        wait_for(lambda: len(events(log)) > 2, both[0])
        os.kill(starts(log)[0]["processes"][1]["pid"], KILL)
        for started in both:
            _, err = started.communicate(timeout=PATIENCE)
            assert started.returncode == 0, err
    assert len(starts(log)) == 2 and starts(log)[1]["epochs"] > 0
    assert program(*run, "--checkpoint-dir", tmp_path / "whole") == 0
    assert_same_bits(tmp_path / "whole", tmp_path / "both")
