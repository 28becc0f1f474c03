"""Adding paths until an interval is narrow enough, without spoiling it by looking."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.risk.intervals import CONFIDENCE

FIRST = 64  # paths at the first look, then twice as many each time


@dataclass(frozen=True, slots=True)
class Looks:
    """Numbers of paths at which a comparison is looked at, and how narrow its headline has to be to stop.

    The chance to err is shared out among all planned looks (Bonferroni): the chance that the interval of any look
    misses is at most 5 %, whatever makes one stop and however the looks depend on each other.
    """

    width: float  # full width of the interval, in the unit of the headline
    planned: tuple[int, ...]  # paths at each look; the last is the most that there may be
    stopped_at: int = 0  # paths; 0: still looking
    is_reached: bool = False

    @staticmethod
    def of(width: float, paths: int) -> Looks:
        """Looks at 64, 128, 256, ... paths, the last at the most that there may be."""
        stages = [min(FIRST, paths)]
        while stages[-1] < paths:
            stages.append(min(2 * stages[-1], paths))
        return Looks(width, tuple(stages))

    @property
    def confidence(self) -> float:
        """Of every single interval, so that 95 % is left at the end."""
        return 1.0 - (1.0 - CONFIDENCE) / len(self.planned)

    def at(self, paths: int, is_reached: bool = False) -> Looks:
        """The same looks after one of them."""
        return replace(self, stopped_at=paths, is_reached=is_reached)
