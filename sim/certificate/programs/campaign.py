"""Many random programs on some processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from sim.certificate.programs.running import Finding, run

#: Programs of a task: few, so that the bar moves and Ctrl-C loses little.
_PART = 4


def campaign(
    programs: int, seed: int, jobs: int, show: Callable[[int, int], None] | None = None
) -> tuple[Finding, bool]:
    """Run the programs 0, 1, 2 .. of a seed; Ctrl-C ends it early with what was finished.

    Args:
        show: told (done, all) after each part.

    Returns:
        What they came to, and whether nobody interrupted.
    """
    found = Finding()
    try:
        for part in _results(programs, seed, jobs):
            found.add(part)
            if show is not None:
                show(found.programs, programs)
    except KeyboardInterrupt:
        return found, False
    except TerminatedWorkerError:
        done = f"{found.programs} of {programs} programs of seed {seed} were finished"
        found.differences.append(f"a process died inside of compiled code: {done}; --jobs 1 stops at the program")
    for lines in (found.refused, found.invalid, found.differences):
        lines.sort()  # parts end in any order
    return found, True


def _results(programs: int, seed: int, jobs: int) -> Iterator[Finding]:
    parts = [range(first, min(first + _PART, programs)) for first in range(0, programs, _PART)]
    if jobs == 1:
        yield from (_part(seed, part) for part in parts)
        return
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    yield from parallel(delayed(_part)(seed, part) for part in parts)


def _part(seed: int, numbers: range) -> Finding:
    found = Finding()
    for number in numbers:
        found.add(run(seed, number))
    return found
