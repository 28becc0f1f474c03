"""How far a comparison is, on the screen."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Bar:
    """A progress bar on a screen, fed with the steps of the tasks."""

    def __init__(self, screen: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            MofNCompleteColumn(),
            TextColumn("steps"),
            TimeElapsedColumn(),
            console=screen,
        )
        self._task = self._progress.add_task("compiling and deploying", total=None)

    def __enter__(self) -> Callable[[dict[str, int], int], None]:
        """Begin; what is returned takes the steps of each task, and how many tasks there are."""
        self._progress.start()
        return self._show

    def __exit__(self, failure: object, *_: object) -> None:
        """End full, unless something failed."""
        task = self._progress.tasks[0]
        if failure is None and task.total:  # neighbours with longer steps have fewer of them than was reckoned with
            self._progress.update(self._task, completed=task.total)
        self._progress.stop()

    def _show(self, steps: dict[str, int], tasks: int) -> None:
        if steps:
            longest = max(steps.values())
            self._progress.update(
                self._task, description="simulating", completed=sum(steps.values()), total=max(longest * tasks, 1)
            )
