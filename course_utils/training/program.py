"""The program: reads the command line, runs, and turns every way to end into an exit code."""

from __future__ import annotations

import sys
import time

from course_utils.training.errors import EndsRun, LostProcess, Stopped, WrongInput
from course_utils.training.place import Place
from course_utils.training.settings import Settings, parse

SECONDS_TO_BE_ENDED = 10
"""How long a process that failed along with the others leaves it to torchrun to end it."""


def main(arguments: list[str] | None = None) -> int:
    """Run with these arguments, by default those of the command line; return the exit code."""
    place = Place()
    try:
        place = Place.from_environment()
        _train(parse(sys.argv[1:] if arguments is None else arguments, place.world_size), place)
    except KeyboardInterrupt:
        return 130
    except EndsRun as end:
        _say(end, place)
        return end.exit_code
    return 0


def _train(settings: Settings, place: Place) -> None:
    # Here, not above: a wrong command line and --help are answered without waiting for torch.
    from course_utils.training.run import run

    if place.launched:
        from torch.distributed.elastic.multiprocessing.errors import record

        # Writes an exception where torchrun looks for it, to show it in its summary.
        record(run)(settings, place)
    else:
        run(settings, place)


def _say(end: EndsRun, place: Place) -> None:
    """Print the sentence, once on each machine, without being ended by torchrun before that."""
    everybody_knows = not isinstance(end, LostProcess)
    if everybody_knows and place.local_rank != 0:
        # torchrun ends all processes when one has exited: not before the first one has spoken.
        if not isinstance(end, Stopped):
            time.sleep(SECONDS_TO_BE_ENDED)
        return
    kind = "error: " if isinstance(end, WrongInput) else ""
    who = f"[rank {place.rank}] " if isinstance(end, LostProcess) else ""
    print(f"{who}{kind}{end}", file=sys.stderr, flush=True)
