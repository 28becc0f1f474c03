"""What a run leaves behind that had to end: the tape of a path whose books do not close."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sim.chain.digest import digest
from sim.chain.tape import SUFFIX, Recorder
from sim.engine.conservation import ConservationError
from sim.runs import twins
from sim.runs.experiment import Task, play
from sim.runs.kinds import chain_maker
from sim.runs.staging import stage

FOLDER = "broken"


def leave_tape(broken: ConservationError, task: Task, folder: Path) -> Path:
    """Run the path of a task once more, alone, and keep every call. Paths do not depend on their company."""
    varied = task.variations[broken.row : broken.row + 1]
    alone = replace(task, paths=(broken.path,), variations=varied, folder=None)
    twin = twins.of(task.scenario, task.seed, alone.paths, folder)
    chain, window, head = stage(task.design, task.scenario, task.seed, alone.paths, chain_maker(task.chain), twin)
    recorder = Recorder()
    try:
        with suppress(ConservationError):
            play(alone, chain, window, recorder)
        tape = recorder.tape(0, head.noted(digest(chain, 0), broken.message))
    finally:
        chain.close()
    file = folder / FOLDER / f"{broken.design}-{broken.path:05d}{SUFFIX}"
    tape.save(file)
    return file
