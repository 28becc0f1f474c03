"""How far the workers are: each task leaves its step count in a small file, the parent adds them up for the bar.

Processes share nothing else, so this works for any number of them, and an interrupted run leaves no lock behind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

#: Steps between two marks of a task.
EVERY = 10
POLL_S = 0.5


def mark(folder: Path, name: str) -> Callable[[int, int], None]:
    """A progress function that writes the steps done to a file of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name

    def told(done: int, steps: int) -> None:
        if done % EVERY == 0 or done == steps:
            file.write_text(str(done))

    return told


def steps_done(folder: Path) -> dict[str, int]:
    """Steps done by each task that has begun."""
    done = {}
    for file in folder.glob("*"):
        text = file.read_text()
        if text:
            done[file.name] = int(text)
    return done


@contextmanager
def watched(folder: Path, show: Callable[[dict[str, int]], None]) -> Iterator[None]:
    """Call `show` twice a second with what the tasks have done, and once more at the end."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(POLL_S):
            show(steps_done(folder))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        show(steps_done(folder))
